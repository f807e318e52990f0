//! A person's history, learned piece by piece, and how the shelves did on its later half.

use super::evaluation::{Blocks, Case, case};
use super::next::Next;
use super::past::Past;
use super::person::Person;
use super::shelves::{rediscover, unfinished};

/// Only the latest visits are predicted, at most so many; what was before them is counted.
const PREDICTED: usize = 10_000;
/// Each return ranks every item; one in so many is looked at as the items are times this.
const RANKED: usize = 5000;
/// Unfinished is judged on so many days, at most, evenly spread.
const JUDGED: f64 = 250.0;
const DAY: f64 = 86_400.0;
/// Visits that make a block where there are no days.
const BLOCK: usize = 20;

/// What was learned of a person.
#[derive(Debug, Clone, Default)]
pub struct Study {
    /// The person.
    pub person: Person,
    /// The predictor.
    pub next: Next,
    /// Test visits of the later half.
    pub cases: Vec<Case>,
    /// Visits of what was not visited for 14 days: hits of Rediscover, of the most visited and of the most recent ones.
    pub rediscovered: [Blocks; 3],
    /// By the day: Rediscover's hits less those of the most visited ones, and less those of the most recent ones.
    pub gains: [Blocks; 2],
    /// How many such visits were looked at.
    pub returns: usize,
    /// How many there were.
    seen: usize,
    /// How likely trails go on.
    pub going: unfinished::Going,
    /// What Unfinished would have held.
    pub checks: Vec<unfinished::Check>,
    /// The checks whose outcome was learned.
    taught: usize,
    /// When it is looked at again.
    next_check: f64,
    /// In so many seconds.
    step: f64,
    learned: usize,
}

impl Study {
    /// Of a person, from the first visit on.
    #[must_use]
    pub fn new(person: Person) -> Self {
        Self { person, ..Self::default() }
    }

    /// Visits learned.
    #[must_use]
    pub fn learned(&self) -> usize {
        self.learned
    }

    /// What is counted.
    #[must_use]
    pub fn past(&self) -> &Past {
        &self.next.past
    }

    /// Learns visits until there are none left, or `stop` says so; true once all are learned.
    pub fn learn(&mut self, mut stop: impl FnMut() -> bool) -> bool {
        let (all, half) = (self.person.visits.len(), self.person.visits.len() / 2);
        while self.learned < all {
            if self.learned.is_multiple_of(64) && stop() {
                return false;
            }
            let visit = self.person.visits[self.learned];
            if all - self.learned <= PREDICTED {
                self.next.predict(visit.into(), &self.person.words);
                if self.learned >= half && self.learned > 0 {
                    self.check(visit.time);
                    let block = (self.learned / BLOCK) as u32;
                    self.cases.push(case(&self.next, visit, block));
                    self.measure_return(block);
                }
            }
            self.next.learn(visit, self.person.site(visit.item), &self.person.words);
            self.learned += 1;
        }
        true
    }

    /// Keeps what Unfinished holds on the first visit of a day.
    fn check(&mut self, time: Option<f64>) {
        let Some(now) = time.filter(|&now| now >= self.next_check) else { return };
        let end = self.person.visits.last().and_then(|visit| visit.time).unwrap_or(now);
        if self.checks.is_empty() && self.next_check == 0.0 {
            self.step = ((end - now) / DAY / JUDGED).ceil().max(1.0) * DAY;
        }
        self.next_check = ((now / DAY).floor() * DAY) + self.step;
        let so_far = &self.person.visits[..self.learned];
        while let Some(check) = self.checks.get(self.taught)
            && check.teach(so_far, &self.person.words, &mut self.going)
        {
            self.taught += 1;
        }
        self.checks.extend(unfinished::Check::new(&self.next.past, &self.person.words, &self.going, now));
    }

    fn measure_return(&mut self, block: u32) {
        let visit = self.person.visits[self.learned];
        if !rediscover::is_return(&self.next.past, visit) {
            return;
        }
        self.seen += 1;
        if !self.seen.is_multiple_of(1 + self.next.past.items.len() / RANKED) {
            return;
        }
        let Some(hits) = rediscover::hits(&self.next.past, visit) else { return };
        let day = visit.time.map_or(block, |time| (time / DAY) as u32);
        let hits = hits.map(|hit| f64::from(u8::from(hit)));
        self.rediscovered.iter_mut().zip(hits).for_each(|(blocks, hit)| blocks.add(day, hit));
        self.gains.iter_mut().zip(&hits[1..]).for_each(|(blocks, hit)| blocks.add(day, hits[0] - hit));
        self.returns += 1;
    }
}
