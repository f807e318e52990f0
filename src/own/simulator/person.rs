//! One simulated person.

use std::collections::BTreeMap;

use rand::RngExt;
use rand_pcg::Pcg32;

use super::Profile;
use crate::rng::{Stream, generator};

const HOUR: f64 = 3600.0;
const DAY: f64 = 24.0 * HOUR;
/// The first Monday of 2024, midnight UTC.
const START: f64 = 1_704_067_200.0;
/// Visits end here, whatever the days.
const MOST: usize = 20_000;

/// A visit, and the truth about it.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulatedVisit {
    /// The item, numbered by first appearance.
    pub item: u32,
    /// Seconds since 1970.
    pub time: f64,
    /// Does it start a sitting?
    pub starts: bool,
    /// The true probabilities of the ten likeliest items that were known then, the likeliest first.
    pub likeliest: Vec<(u32, f32)>,
}

/// A person's history.
#[derive(Debug, Clone, Default)]
pub struct Simulated {
    /// All visits.
    pub visits: Vec<SimulatedVisit>,
    /// Ids of the items.
    pub ids: Vec<String>,
    /// Titles of the items.
    pub titles: Vec<String>,
}

struct Habit {
    chain: Vec<u32>,
    hour: f64,
    /// 0: every day; 1: working days; 2: weekends; 3: one day of the week; 4: that day, every fourth week.
    kind: u32,
    day: u32,
    strength: f64,
}

struct Interest {
    hub: u32,
    /// Pages that exist, in the order in which they are read; `known` of them were visited.
    pool: Vec<u32>,
    /// Weights of the known ones.
    popularity: Vec<f64>,
    /// Where its trail has got to.
    trail: usize,
    strength: f64,
    /// The day it falls asleep, or wakes.
    until: f64,
    alive: bool,
}

/// A step's kinds, in the order of [`Profile::steps`].
#[derive(Clone, Copy, PartialEq)]
enum Step {
    Chain,
    Again,
    Back,
    Hub,
    Trail,
    Known,
    Habit,
    New,
}

/// Someone who behaves as the profile says, for so many days. The seed draws everything; the first days are the same however many follow.
#[must_use]
pub fn simulate(profile: &Profile, seed: u64, person: u64, days: u32) -> Simulated {
    let mut mind = Mind::new(profile, generator(seed, Stream::Simulated, person));
    for day in 0..days {
        mind.day(f64::from(day));
        if mind.out.visits.len() > MOST {
            break;
        }
    }
    mind.out
}

struct Mind<'a> {
    profile: &'a Profile,
    rng: Pcg32,
    out: Simulated,
    habits: Vec<Habit>,
    interests: Vec<Interest>,
    /// Pages, visited or not: their names.
    pages: Vec<(String, String)>,
    /// By page: its item's number, once it was visited.
    numbers: Vec<Option<u32>>,
    activity: f64,
    /// The day of coming back from an absence.
    away: f64,
    /// The habit and the place in its chain that was visited last.
    chain: Option<(usize, usize)>,
    /// The interest of the sitting.
    interest: usize,
    sitting: Vec<u32>,
}

impl<'a> Mind<'a> {
    fn new(profile: &'a Profile, mut rng: Pcg32) -> Self {
        let activity = (rng.random_range(-0.9..0.6_f64)).exp();
        let mut mind = Self {
            profile,
            rng,
            out: Simulated::default(),
            habits: Vec::new(),
            interests: Vec::new(),
            pages: Vec::new(),
            numbers: Vec::new(),
            activity,
            away: 0.0,
            chain: None,
            interest: 0,
            sitting: Vec::new(),
        };
        for number in 0..profile.habits {
            let habit = mind.habit(number);
            mind.habits.push(habit);
        }
        for number in 0..profile.interests {
            let interest = mind.interest(number);
            mind.interests.push(interest);
        }
        mind
    }

    fn page(&mut self, site: &str, page: usize, title: String) -> u32 {
        let id = if self.profile.urls { format!("https://{site}.example/{page}") } else { format!("{site}-{page}") };
        self.pages.push((id, title));
        self.numbers.push(None);
        self.pages.len() as u32 - 1
    }

    fn habit(&mut self, number: usize) -> Habit {
        let length = self.rng.random_range(1..=4_u32) as usize;
        let chain = (0..length)
            .map(|at| self.page(&format!("habit{number}"), at, format!("Habit {number}, part {at}")))
            .collect();
        let kinds = [0, 0, 1, 1, 1, 2, 3, 3, 3, 4];
        Habit {
            chain,
            hour: self.rng.random_range(7.0..23.0),
            kind: kinds[self.rng.random_range(0..10_u32) as usize],
            day: self.rng.random_range(0..7_u32),
            strength: self.rng.random_range(0.4..1.6),
        }
    }

    fn interest(&mut self, number: usize) -> Interest {
        let hub = self.page(&format!("interest{number}"), 0, format!("All about topic{number}"));
        let pool = (1..=self.profile.pool)
            .map(|at| {
                let site = if at % 3 == 0 { format!("elsewhere{}", at % 7) } else { format!("interest{number}") };
                self.page(&site, 1000 * number + at, format!("topic{number} chapter{at}"))
            })
            .collect();
        let popularity = (0..self.profile.pool).map(|_| 1.0 / self.rng.random_range(1.0..20.0)).collect();
        let alive = self.rng.random_range(0.0..1.0) < 0.4;
        let until = self.rng.random_range(3.0..30.0);
        Interest { hub, pool, popularity, trail: 0, strength: self.rng.random_range(0.3..1.5), until, alive }
    }

    fn day(&mut self, day: f64) {
        for at in 0..self.interests.len() {
            while self.interests[at].until < day {
                let interest = &mut self.interests[at];
                interest.alive = !interest.alive;
                let mean = if interest.alive { 16.0 } else { 40.0 };
                interest.until += 2.0 - mean * (1.0 - self.rng.random::<f64>()).ln();
            }
        }
        // Now and then nobody is there for a week or more.
        if self.rng.random::<f64>() < 0.008 {
            for interest in &mut self.interests {
                interest.until += 9.0;
            }
            self.away = day + self.rng.random_range(7.0..14.0);
        }
        if day < self.away {
            return;
        }
        let mut starts: Vec<f64> = Vec::new();
        let expected = self.profile.sittings * self.activity * if (day as u32) % 7 >= 5 { 0.7 } else { 1.1 };
        let mut left = expected;
        while left > 0.0 && self.rng.random::<f64>() < left {
            starts.push(self.start_hour(day));
            left -= 1.0;
        }
        starts.sort_by(f64::total_cmp);
        for hour in starts {
            let time = START + day * DAY + hour * HOUR;
            if self.out.visits.last().is_none_or(|last| time - last.time > 0.6 * HOUR) {
                self.sitting(time);
            }
        }
    }

    /// Mostly when a habit is due, else any waking hour.
    fn start_hour(&mut self, day: f64) -> f64 {
        let at = self.rng.random_range(0..2 * self.habits.len() as u32) as usize;
        if let Some(habit) = self.habits.get(at)
            && due_on(habit, day as u32)
        {
            return (habit.hour + 0.7 * (self.rng.random::<f64>() + self.rng.random::<f64>() - 1.0)).clamp(0.0, 23.9);
        }
        self.rng.random_range(7.0..23.5)
    }

    fn sitting(&mut self, start: f64) {
        self.sitting.clear();
        self.chain = None;
        self.interest = self.drawn_interest();
        let mut time = start;
        let mut first = true;
        while first || self.rng.random::<f64>() < 1.0 - 1.0 / self.profile.length {
            self.visit(time, first);
            first = false;
            time += 20.0 - 90.0 * (1.0 - self.rng.random::<f64>()).ln();
        }
    }

    fn drawn_interest(&mut self) -> usize {
        let weights: Vec<f64> = self.interest_weights();
        drawn(&weights, &mut self.rng)
    }

    fn interest_weights(&self) -> Vec<f64> {
        self.interests.iter().map(|interest| interest.strength * if interest.alive { 1.0 } else { 0.02 }).collect()
    }

    fn visit(&mut self, time: f64, starts: bool) {
        let choices = self.choices(time, starts);
        let likeliest = self.likeliest(&choices);
        let weights: Vec<f64> = choices.iter().map(|choice| choice.2).collect();
        let (step, page, _) = choices[drawn(&weights, &mut self.rng)];
        let page = page.unwrap_or_else(|| self.new_page());
        self.follow(step, page);
        let item = self.number(page);
        self.sitting.push(page);
        self.out.visits.push(SimulatedVisit { item, time, starts, likeliest });
    }

    /// Every step there is: its kind, its page (none: a new one) and its weight.
    fn choices(&self, time: f64, starts: bool) -> Vec<(Step, Option<u32>, f64)> {
        let mut choices = Vec::new();
        let mut rest = 1.0;
        if let Some((habit, at)) = self.chain
            && let Some(&page) = self.habits[habit].chain.get(at + 1)
        {
            choices.push((Step::Chain, Some(page), self.profile.fidelity));
            rest = 1.0 - self.profile.fidelity;
        }
        let due: Vec<f64> = self.habits.iter().map(|habit| dueness(habit, time)).collect();
        let all_due: f64 = due.iter().sum();
        let [again, back, hub, trail, known, habit, new] = self.profile.steps;
        let (habit, inside) = if starts { (self.profile.due * all_due.min(1.0), 0.0) } else { (habit, 1.0) };
        let steps: f64 = inside * (again + back) + hub + trail + known + new + habit;
        let mut push = |step: Step, page: Option<u32>, weight: f64| {
            if weight > 0.0 {
                choices.push((step, page, rest * weight / steps));
            }
        };
        if let Some(&last) = self.sitting.last().filter(|_| !starts) {
            push(Step::Again, Some(last), again);
            let earlier = || self.sitting.iter().rev().skip(1).take(10).enumerate();
            let all: f64 = earlier().map(|(at, _)| 1.0 / (at + 1) as f64).sum();
            earlier().for_each(|(at, &page)| push(Step::Back, Some(page), back / (at + 1) as f64 / all));
        }
        for (habit_due, planned) in due.iter().zip(&self.habits) {
            // Off its hours, any habit is as likely as it is strong.
            let share = 0.8 * habit_due / all_due.max(1e-9) + 0.2 * planned.strength / self.habits.len() as f64;
            push(Step::Habit, planned.chain.first().copied(), habit * share);
        }
        let interest = &self.interests[self.interest];
        push(Step::Hub, Some(interest.hub), hub);
        push(Step::Trail, interest.pool.get(interest.trail).copied(), trail);
        let weight =
            |at: usize| if self.numbers[interest.pool[at] as usize].is_some() { interest.popularity[at] } else { 0.0 };
        let all: f64 = (0..interest.pool.len()).map(weight).sum();
        if all > 0.0 {
            (0..interest.pool.len())
                .for_each(|at| push(Step::Known, Some(interest.pool[at]), known * weight(at) / all));
        }
        push(Step::New, None, new);
        choices
    }

    fn likeliest(&self, choices: &[(Step, Option<u32>, f64)]) -> Vec<(u32, f32)> {
        let mut known: BTreeMap<u32, f64> = BTreeMap::new();
        for &(_, page, weight) in choices {
            if let Some(item) = page.and_then(|page| self.numbers[page as usize]) {
                *known.entry(item).or_default() += weight;
            }
        }
        let all: f64 = choices.iter().map(|choice| choice.2).sum();
        let mut known: Vec<(u32, f32)> =
            known.into_iter().map(|(item, weight)| (item, (weight / all) as f32)).collect();
        known.sort_by(|a, b| b.1.total_cmp(&a.1));
        known.truncate(10);
        known
    }

    /// A page that nobody planned: it is of the interest's site, and is not met again but by going back.
    fn new_page(&mut self) -> u32 {
        let number = self.pages.len();
        let site = format!("interest{}", self.interest);
        self.page(&site, 100_000 + number, format!("topic{} aside{number}", self.interest))
    }

    fn follow(&mut self, step: Step, page: u32) {
        match step {
            Step::Chain => self.chain = self.chain.map(|(habit, at)| (habit, at + 1)),
            Step::Habit => {
                self.chain =
                    self.habits.iter().position(|habit| habit.chain.first() == Some(&page)).map(|habit| (habit, 0));
            }
            _ => self.chain = None,
        }
        let interest = &mut self.interests[self.interest];
        if step == Step::Trail {
            interest.trail = (interest.trail + 1) % interest.pool.len();
        }
    }

    fn number(&mut self, page: u32) -> u32 {
        if let Some(item) = self.numbers[page as usize] {
            return item;
        }
        let item = self.out.ids.len() as u32;
        let (id, title) = self.pages[page as usize].clone();
        self.out.ids.push(id);
        self.out.titles.push(title);
        self.numbers[page as usize] = Some(item);
        item
    }
}

fn due_on(habit: &Habit, day: u32) -> bool {
    let weekday = day % 7;
    match habit.kind {
        0 => true,
        1 => weekday < 5,
        2 => weekday >= 5,
        3 => weekday == habit.day,
        _ => weekday == habit.day && (day / 7).is_multiple_of(4),
    }
}

/// How due a habit is: a bell around its hour.
fn dueness(habit: &Habit, time: f64) -> f64 {
    let day = ((time - START) / DAY).floor();
    let hour = (time - START - day * DAY) / HOUR;
    let apart = (hour - habit.hour) / 0.8;
    if due_on(habit, day as u32) { habit.strength * (-0.5 * apart * apart).exp() } else { 0.0 }
}

fn drawn(weights: &[f64], rng: &mut Pcg32) -> usize {
    let mut left = rng.random::<f64>() * weights.iter().sum::<f64>();
    for (at, weight) in weights.iter().enumerate() {
        left -= weight;
        if left < 0.0 {
            return at;
        }
    }
    weights.len() - 1
}
