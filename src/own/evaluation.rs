//! The protocol `own-history` for one person: predict each visit of the later half from all before it and the time, then learn it.

mod bootstrap;
mod calibration_error;

pub use self::bootstrap::{Blocks, interval};
pub use self::calibration_error::ece;

use super::next::{ALL, Next};
use super::past::Visit;
use super::person::Person;
use super::predictability::Predictability;

/// Fewer test visits than this say nothing.
pub const NEEDED: usize = 100;
/// Rows: the mixture, then every expert.
pub const ROWS: usize = ALL + 1;
/// Lists end here.
pub const LIST: usize = 10;
/// An item is back after a gap if it was not visited for this many seconds.
pub const GAP: f64 = 7.0 * 86_400.0;
/// Visits that make a block of the bootstrap where there are no days.
const BLOCK: usize = 20;

/// Where a visit belongs; a visit may belong to several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stratum {
    /// Every visit.
    All,
    /// It starts a sitting.
    Start,
    /// It does not.
    Inside,
    /// Its item was not visited for 7 days.
    Gap,
    /// Nothing was visited for 7 days.
    Absence,
    /// Its item was never visited before: a miss for everybody.
    Novel,
}

/// All strata.
pub const STRATA: [Stratum; 6] =
    [Stratum::All, Stratum::Start, Stratum::Inside, Stratum::Gap, Stratum::Absence, Stratum::Novel];

/// One test visit.
#[derive(Debug, Clone)]
pub struct Case {
    /// Ranks of its item, one a row of [`ROWS`]; 0 where it was not in the first [`LIST`].
    pub ranks: [u8; ROWS],
    /// The probability of each row's first item.
    pub confidence: [f32; ROWS],
    /// Does it belong to a stratum of [`STRATA`]?
    pub strata: [bool; STRATA.len()],
    /// Its day, or block, for the bootstrap.
    pub day: u32,
}

/// Figures of a person's test visits.
#[derive(Debug, Clone, Default)]
pub struct Tested {
    /// Test visits, oldest first.
    pub cases: Vec<Case>,
    /// All visits.
    pub visits: usize,
    /// How much of them is predictable at all.
    pub predictability: Predictability,
}

/// Runs over a history: predicts and learns each visit of it, and keeps what became of the later half.
#[must_use]
pub fn evaluate(person: &Person) -> Tested {
    let mut next = Next::default();
    let half = person.visits.len() / 2;
    let mut cases = Vec::with_capacity(person.visits.len() - half);
    for (number, &visit) in person.visits.iter().enumerate() {
        next.predict(visit.into(), &person.words);
        if number >= half && number > 0 {
            cases.push(case(&next, visit, (number / BLOCK) as u32));
        }
        next.learn(visit, person.site(visit.item), &person.words);
    }
    Tested { cases, visits: person.visits.len(), predictability: Predictability::of(&person.visits) }
}

/// What became of the last prediction.
#[must_use]
pub fn case(next: &Next, visit: Visit, block: u32) -> Case {
    let known = next.past.items.get(visit.item as usize);
    let mut ranks = [0; ROWS];
    let mut confidence = [0.0; ROWS];
    for row in 0..ROWS {
        let probabilities = if row == 0 { next.mixed() } else { next.expert(row - 1) };
        let rank = known.and_then(|_| next.rank(probabilities, visit.item)).filter(|&rank| rank <= LIST);
        ranks[row] = rank.unwrap_or(0) as u8;
        let (first, most) = probabilities.iter().enumerate().fold((0, 0.0), |best, (place, &probability)| {
            if probability > best.1 { (place, probability) } else { best }
        });
        confidence[row] = if row == 0 { next.probability(first) } else { (1.0 - next.new_share()) * most };
    }
    let since = known.zip(visit.time).map_or(0.0, |(known, now)| now - known.last_time);
    let strata = STRATA.map(|stratum| match stratum {
        Stratum::All => true,
        Stratum::Start => visit.starts,
        Stratum::Inside => !visit.starts,
        Stratum::Gap => since >= GAP,
        Stratum::Absence => next.past.pause(visit.into()) >= GAP,
        Stratum::Novel => known.is_none(),
    });
    let day = visit.time.map_or(block, |time| (time / 86_400.0) as u32);
    Case { ranks, confidence, strata, day }
}

/// What is told of ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Share in the first so many.
    HitRate(u8),
    /// Mean of 1 / rank within the first ten.
    Mrr,
}

impl Metric {
    /// What a rank is worth.
    #[must_use]
    pub fn gain(self, rank: u8) -> f64 {
        match self {
            _ if rank == 0 => 0.0,
            Self::HitRate(k) => f64::from(u8::from(rank <= k)),
            Self::Mrr => 1.0 / f64::from(rank),
        }
    }
}

impl Tested {
    /// Cases of a stratum.
    pub fn of(&self, stratum: Stratum) -> impl Iterator<Item = &Case> {
        let at = STRATA.iter().position(|&other| other == stratum).unwrap_or(0);
        self.cases.iter().filter(move |case| case.strata[at])
    }

    /// A row's mean in a stratum; `None` where there is no case.
    #[must_use]
    pub fn mean(&self, row: usize, metric: Metric, stratum: Stratum) -> Option<f64> {
        let (mut sum, mut count) = (0.0, 0);
        for case in self.of(stratum) {
            sum += metric.gain(case.ranks[row]);
            count += 1;
        }
        (count > 0).then(|| sum / f64::from(count))
    }

    /// A row's expected calibration error.
    #[must_use]
    pub fn ece(&self, row: usize) -> f64 {
        let mut pairs: Vec<(f32, bool)> =
            self.cases.iter().map(|case| (case.confidence[row], case.ranks[row] == 1)).collect();
        ece(&mut pairs)
    }

    /// Something of each case, summed by day.
    #[must_use]
    pub fn by_day(&self, stratum: Stratum, worth: impl Fn(&Case) -> f64) -> Blocks {
        let mut blocks = Blocks::default();
        self.of(stratum).for_each(|case| blocks.add(case.day, worth(case)));
        blocks
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use rand::RngExt;

    use super::*;
    use crate::own::next::name;
    use crate::own::past::NONE;
    use crate::own::simulator::{Profile, simulate};
    use crate::rng::{Stream, generator};

    fn person() -> Person {
        Person::simulated(&simulate(&Profile::browsing(), 5, 0, 60))
    }

    #[test]
    fn what_comes_later_changes_nothing() {
        let whole = person();
        let half = whole.visits.len() / 2;
        let mut changed = whole.clone();
        // The same visits up to the first half of the test, then all of one item.
        let cut = half + half / 2;
        changed.visits[cut..].iter_mut().for_each(|visit| visit.item = 0);
        let [a, b] = [whole, changed].map(|person| evaluate(&person).cases);
        for (a, b) in a[..cut - half].iter().zip(&b) {
            assert_eq!((a.ranks, a.confidence), (b.ranks, b.confidence));
        }
    }

    #[test]
    fn something_new_is_a_miss_for_everybody() {
        let tested = evaluate(&person());
        assert!(tested.of(Stratum::Novel).count() > 10);
        assert!(tested.of(Stratum::Novel).all(|case| case.ranks == [0; ROWS]));
    }

    #[test]
    fn the_mixture_beats_every_expert_of_the_simulated_and_the_truth_beats_it() {
        let simulated = simulate(&Profile::browsing(), 5, 0, 120);
        let tested = evaluate(&Person::simulated(&simulated));
        let rate = |row: usize| tested.mean(row, Metric::HitRate(10), Stratum::All).unwrap();
        for row in 1..=super::super::experts::EXPERTS.len() {
            assert!(rate(0) > rate(row), "{} {} against {}", name(row - 1), rate(row), rate(0));
        }
        let test = &simulated.visits[simulated.visits.len() / 2..];
        let told = test.iter().filter(|visit| visit.likeliest.iter().any(|&(item, _)| item == visit.item)).count();
        assert!(told as f64 / test.len() as f64 > rate(0), "nobody beats the truth");
        assert!(tested.ece(0) < 0.06, "{}", tested.ece(0));
    }

    #[test]
    fn times_are_not_needed() {
        let mut person = person();
        for visit in &mut person.visits {
            (visit.time, visit.starts) = (None, false);
        }
        let tested = evaluate(&person);
        assert!(tested.mean(0, Metric::HitRate(10), Stratum::All).unwrap() > 0.3);
        assert_eq!((tested.of(Stratum::Gap).count(), tested.of(Stratum::Start).count()), (0, 0));
    }

    #[test]
    fn titles_tell_what_is_visited_together() {
        // Three pages of a topic at a time, of 100 topics in any order: a topic has come too seldom for its pages to be known by counts.
        let person = |titled: bool| {
            let mut random = generator(1, Stream::Control, 0);
            let mut numbers = HashMap::new();
            let mut person = Person::default();
            for _ in 0..300 {
                let topic = random.random_range(0..100_u32);
                let first = random.random_range(0..5);
                for page in [0, 2, 4].map(|step| topic * 5 + (first + step) % 5) {
                    let title = titled.then(|| format!("topic{topic} page{page}"));
                    let item =
                        *numbers.entry(page).or_insert_with(|| person.add(&page.to_string(), title.as_deref(), NONE));
                    person.visits.push(Visit { item, time: None, starts: false });
                }
            }
            person
        };
        let rate = |titled| evaluate(&person(titled)).mean(0, Metric::HitRate(5), Stratum::All).unwrap();
        let (with, without) = (rate(true), rate(false));
        assert!(with > without + 0.05, "{with} against {without}");
    }
}
