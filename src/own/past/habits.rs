//! Visits by hour of day and by hour of week, smoothed.
//!
//! Bins are hours since 1970 modulo 24 and 168, so that no time zone is needed: a habit is a habit in any.

/// The kernel over neighbouring hours: a bell of a standard deviation of about an hour and a quarter.
const KERNEL: [f32; 7] = [0.02, 0.08, 0.23, 0.34, 0.23, 0.08, 0.02];
/// Hours in a week.
const WEEK: usize = 168;

/// Smoothed visits by time.
#[derive(Debug, Clone, Default)]
pub struct Habits {
    /// By item: hour of day.
    days: Vec<[f32; 24]>,
    /// By item: hour of week, from the second visit on; the first visit's hour until then.
    weeks: Vec<Week>,
    day: [f32; 24],
    week: Vec<f32>,
    total: f32,
}

#[derive(Debug, Clone)]
enum Week {
    Once(u8),
    Often(Box<[f32; WEEK]>),
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
        let item = item as usize;
        if item >= self.days.len() {
            self.days.push([0.0; 24]);
            self.weeks.push(Week::Once(hour as u8));
        } else if let Week::Once(first) = self.weeks[item] {
            let mut bins = Box::new([0.0; WEEK]);
            spread(&mut bins[..], first.into());
            self.weeks[item] = Week::Often(bins);
        }
        if let Week::Often(bins) = &mut self.weeks[item] {
            spread(&mut bins[..], hour);
        }
        spread(&mut self.days[item], hour % 24);
        self.week.resize(WEEK, 0.0);
        spread(&mut self.week, hour);
        spread(&mut self.day, hour % 24);
        self.total += 1.0;
    }

    /// An item's visits about this hour of day: the number expected if all were at such an hour is its number of visits times 0.34.
    #[must_use]
    pub fn by_day(&self, item: u32, hour: usize) -> f32 {
        self.days[item as usize][hour % 24]
    }

    /// An item's visits about this hour of week.
    #[must_use]
    pub fn by_week(&self, item: u32, hour: usize) -> f32 {
        match &self.weeks[item as usize] {
            Week::Often(bins) => bins[hour],
            Week::Once(first) => {
                let apart = (hour + WEEK + KERNEL.len() / 2 - usize::from(*first)) % WEEK;
                KERNEL.get(apart).copied().unwrap_or(0.0)
            }
        }
    }

    /// An item's visits on the day (24 hours from a UTC midnight) of this hour of week.
    #[must_use]
    pub fn on_day(&self, item: u32, hour: usize) -> f32 {
        let day = hour / 24 * 24;
        (day..day + 24).map(|hour| self.by_week(item, hour)).sum()
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
        let once: Vec<f32> = (0..WEEK).map(|hour| habits.by_week(0, hour)).collect();
        habits.learn(0, Some(23.0 * 3600.0));
        let twice: Vec<f32> = (0..WEEK).map(|hour| habits.by_week(0, hour) / 2.0).collect();
        assert_eq!(once, twice, "one visit and two at the same hour have the same shape");
        assert!((KERNEL.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }
}
