//! A person's history, learned piece by piece, and how the shelves did on its later half.

use super::evaluation::{Blocks, Case, case};
use super::next::Next;
use super::past::Past;
use super::person::Person;
use super::shelves::rediscover;

/// Only the latest visits are predicted, at most so many; what was before them is counted.
const PREDICTED: usize = 20_000;
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
    /// How many such visits there were.
    pub returns: usize,
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
                self.next.predict(visit.into());
                if self.learned >= half && self.learned > 0 {
                    let block = (self.learned / BLOCK) as u32;
                    self.cases.push(case(&self.next, visit, block));
                    self.measure_return(block);
                }
            }
            self.next.learn(visit, self.person.site(visit.item));
            self.learned += 1;
        }
        true
    }

    fn measure_return(&mut self, block: u32) {
        let visit = self.person.visits[self.learned];
        let Some(hits) = rediscover::hits(&self.next.past, visit) else { return };
        let day = visit.time.map_or(block, |time| (time / 86_400.0) as u32);
        let hits = hits.map(|hit| f64::from(u8::from(hit)));
        self.rediscovered.iter_mut().zip(hits).for_each(|(blocks, hit)| blocks.add(day, hit));
        self.gains.iter_mut().zip(&hits[1..]).for_each(|(blocks, hit)| blocks.add(day, hits[0] - hit));
        self.returns += 1;
    }
}
