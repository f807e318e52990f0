//! Visits by hour of day and by hour of week, smoothed.
//!
//! Bins are hours since 1970 modulo 24 and 168, so that no time zone is needed: a habit is a habit in any.

/// The kernel over neighbouring hours: a bell of a standard deviation of about an hour and a quarter.
const KERNEL: [f32; 7] = [0.02, 0.08, 0.23, 0.34, 0.23, 0.08, 0.02];
/// Hours in a week.
const WEEK: usize = 168;

/// Visits of an item that are kept one by one: most items have no more, and their sums would take forty times the memory.
const FEW: usize = 14;

/// Smoothed visits by time.
#[derive(Debug, Clone, Default)]
pub struct Habits {
    items: Vec<Hours>,
    day: [f32; 24],
    week: Vec<f32>,
    total: f32,
}

/// An item's visits about an hour of day, and about an hour of week.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct About {
    /// About the hour of day.
    pub day: f32,
    /// About the hour of week.
    pub week: f32,
}

impl About {
    /// The week's hours first, then the day's.
    #[must_use]
    pub fn both(self) -> f32 {
        self.week + 0.5 * self.day
    }
}

/// When an item was visited.
#[derive(Debug, Clone)]
enum Hours {
    /// The hour of week of each visit, and how many there were.
    Few([u8; FEW], u8),
    /// Smoothed visits by hour of day and by hour of week.
    Many(Box<([f32; 24], [f32; WEEK])>),
}

impl Hours {
    fn add(&mut self, hour: usize) {
        match self {
            Self::Few(hours, count) if usize::from(*count) < FEW => {
                hours[usize::from(*count)] = hour as u8;
                *count += 1;
            }
            Self::Few(hours, _) => {
                let mut sums = Box::new(([0.0; 24], [0.0; WEEK]));
                hours.iter().map(|&hour| usize::from(hour)).chain([hour]).for_each(|hour| {
                    spread(&mut sums.0, hour % 24);
                    spread(&mut sums.1, hour);
                });
                *self = Self::Many(sums);
            }
            Self::Many(sums) => {
                spread(&mut sums.0, hour % 24);
                spread(&mut sums.1, hour);
            }
        }
    }
}

/// The kernel around a clock of so many hours, by the difference of two hours of the week plus a week.
const fn around(clock: usize) -> [f32; 2 * WEEK] {
    let mut weights = [0.0; 2 * WEEK];
    let mut difference = 0;
    while difference < weights.len() {
        let step = (difference + KERNEL.len() / 2) % clock;
        if step < KERNEL.len() {
            weights[difference] = KERNEL[step];
        }
        difference += 1;
    }
    weights
}

static DAILY: [f32; 2 * WEEK] = around(24);
static WEEKLY: [f32; 2 * WEEK] = around(WEEK);

/// What visits at these hours of the week add up to at `hour`.
fn near(weights: &[f32; 2 * WEEK], hours: &[u8], hour: usize) -> f32 {
    hours.iter().map(|&then| weights[hour + WEEK - usize::from(then)]).sum()
}

/// What visits at these hours of the week add up to over the 24 hours from `day` on.
fn on_day(hours: &[u8], day: usize) -> f32 {
    let share = |&then: &u8| {
        let first = (usize::from(then) + 2 * WEEK - KERNEL.len() / 2 - day) % WEEK;
        match first {
            0..=17 => 1.0,
            24..=161 => 0.0,
            _ => {
                KERNEL.iter().enumerate().filter(|(step, _)| (first + step) % WEEK < 24).map(|(_, weight)| weight).sum()
            }
        }
    };
    hours.iter().map(share).sum()
}

/// The hour of week of a time in seconds since 1970, from 0 (a Thursday's first, UTC).
#[must_use]
pub fn hour_of_week(time: f64) -> usize {
    (time / 3600.0).floor().rem_euclid(WEEK as f64) as usize
}

fn spread(bins: &mut [f32], hour: usize) {
    let all = bins.len();
    for (step, weight) in KERNEL.into_iter().enumerate() {
        bins[(hour + all + step - KERNEL.len() / 2) % all] += weight;
    }
}

impl Habits {
    pub(super) fn learn(&mut self, item: u32, time: Option<f64>) {
        let hour = time.map_or(0, hour_of_week);
        if item as usize >= self.items.len() {
            self.items.push(Hours::Few([0; FEW], 0));
        }
        self.items[item as usize].add(hour);
        self.week.resize(WEEK, 0.0);
        spread(&mut self.week, hour);
        spread(&mut self.day, hour % 24);
        self.total += 1.0;
    }

    /// An item's visits about this hour of day and of week.
    #[must_use]
    pub fn about(&self, item: u32, hour: usize) -> About {
        About { day: self.by_day(item, hour), week: self.by_week(item, hour) }
    }

    /// An item's visits about this hour of day: the number expected if all were at such an hour is its number of visits times 0.34.
    #[must_use]
    pub fn by_day(&self, item: u32, hour: usize) -> f32 {
        match &self.items[item as usize] {
            Hours::Few(hours, count) => near(&DAILY, &hours[..usize::from(*count)], hour),
            Hours::Many(sums) => sums.0[hour % 24],
        }
    }

    /// An item's visits about this hour of week.
    #[must_use]
    pub fn by_week(&self, item: u32, hour: usize) -> f32 {
        match &self.items[item as usize] {
            Hours::Few(hours, count) => near(&WEEKLY, &hours[..usize::from(*count)], hour),
            Hours::Many(sums) => sums.1[hour],
        }
    }

    /// An item's visits on the day (24 hours from a UTC midnight) of this hour of week.
    #[must_use]
    pub fn on_day(&self, item: u32, hour: usize) -> f32 {
        let day = hour / 24 * 24;
        match &self.items[item as usize] {
            Hours::Few(hours, count) => on_day(&hours[..usize::from(*count)], day),
            Hours::Many(sums) => sums.1[day..day + 24].iter().sum(),
        }
    }

    /// The share of all visits about this hour of day.
    #[must_use]
    pub fn day_share(&self, hour: usize) -> f32 {
        self.day[hour % 24] / self.total.max(1.0)
    }

    /// The share of all visits about this hour of week.
    #[must_use]
    pub fn week_share(&self, hour: usize) -> f32 {
        self.week.get(hour).map_or(0.0, |visits| visits / self.total.max(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visits_spread_over_neighbouring_hours_around_the_clock() {
        let mut habits = Habits::default();
        habits.learn(0, Some(23.0 * 3600.0));
        assert!((habits.by_day(0, 0) - 0.23).abs() < 1e-6 && (habits.by_week(0, 23) - 0.34).abs() < 1e-6);
        assert!((KERNEL.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn few_visits_and_many_add_up_alike() {
        let mut habits = Habits::default();
        let hours: Vec<usize> = (0..2 * FEW).map(|visit| (visit * 41) % WEEK).collect();
        for (before, &hour) in hours.iter().enumerate() {
            habits.learn(0, Some(hour as f64 * 3600.0));
            let (mut day, mut week) = ([0.0; 24], [0.0; WEEK]);
            for &hour in &hours[..=before] {
                spread(&mut day, hour % 24);
                spread(&mut week, hour);
            }
            for at in 0..WEEK {
                assert!((habits.by_week(0, at) - week[at]).abs() < 1e-5, "{before}, hour {at}");
                assert!((habits.by_day(0, at) - day[at % 24]).abs() < 1e-5, "{before}, hour {at}");
                let of_the_day: f32 = week[at / 24 * 24..at / 24 * 24 + 24].iter().sum();
                assert!((habits.on_day(0, at) - of_the_day).abs() < 1e-5, "{before}, hour {at}");
            }
        }
    }
}
