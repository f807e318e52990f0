//! The sequence model: a small recurrent network of one person's own, trained while it predicts.
//!
//! A GRU reads the visits; its state, which lives on from sitting to sitting, and the time of the request make a query, and an item scores
//!
//! ```text
//! q · e_i + recency[visits since i] + frequency · ln(visits of i) + gate · h      the last two parts of i, if it was visited lately
//! ```
//!
//! that is, by its vector (input and output alike) and by the copy path of [`crate::encoder::copy`]. Time takes part twice: the pause before
//! a visit with its item's vector, and hour, day and pause of the request with the state.
//!
//! It is trained after every `CHUNK` visits: on these, and on `REPLAYS` earlier chunks drawn at random, by back-propagation through the
//! chunk, a softmax over the item and a sample of others (their log-probability of being drawn taken off), and `AdaGrad`. In between it only
//! reads on. What is visited never changes what was predicted before.

mod network;
mod parts;

use homebody_simd::attention::softmax;
use homebody_simd::ln_each;
use rand::RngExt;

use self::network::{Asked, Network, WIDTH};
use self::parts::{Moment, distance};
use super::past::{Past, Visit};
use super::scene::Scene;
use crate::rng::{Stream, generator};

/// Visits that are learned at once.
const CHUNK: usize = 16;
/// Earlier chunks that are learned again with them.
const REPLAYS: u32 = 1;

/// The model, and where it is in the history.
#[derive(Debug, Clone, Default)]
pub struct Sequence {
    network: Network,
    /// The number of the first visit that it read.
    first: usize,
    /// The state after the last visit.
    state: [f32; WIDTH],
    /// The state before each chunk, as it was when the chunk was read.
    before: Vec<[f32; WIDTH]>,
    /// When each visit was, from the first one on.
    moments: Vec<Moment>,
}

impl Sequence {
    /// Has it read a visit?
    #[must_use]
    pub fn has_begun(&self) -> bool {
        !self.moments.is_empty()
    }

    /// Writes the candidates' probabilities.
    pub fn weigh(&mut self, scene: &Scene<'_>, out: &mut [f32]) {
        let past = scene.past;
        self.network.grow(past.items.len());
        let query = self.network.query(&self.state, Moment::of(past, scene.request));
        let gate = self.network.gate(&self.state);
        out.iter_mut().zip(scene.candidates).for_each(|(count, &item)| *count = past.items[item as usize].count as f32);
        ln_each(out);
        for (score, &item) in out.iter_mut().zip(scene.candidates) {
            let distance = distance(past.visits.len() - past.items[item as usize].last);
            *score = self.network.score(&query, Asked { item, distance }, *score, gate);
        }
        softmax(out);
    }

    /// Reads the visit that `past` has learned last, `pause` seconds after the one before; learns where a chunk is full.
    pub fn learn(&mut self, past: &Past, visit: Visit, pause: f64) {
        if !self.has_begun() {
            self.first = past.visits.len() - 1;
        }
        if self.moments.len().is_multiple_of(CHUNK) {
            self.before.push(self.state);
        }
        self.network.grow(past.items.len());
        let moment = Moment::new(visit.into(), pause);
        self.moments.push(moment);
        self.state = self.network.read(&self.state, visit.item, moment);
        if self.moments.len().is_multiple_of(CHUNK) {
            self.train(past);
        }
    }

    fn train(&mut self, past: &Past) {
        let newest = self.moments.len() / CHUNK - 1;
        let mut random = generator(1, Stream::Replay, newest as u64);
        for _ in 0..REPLAYS.min(newest as u32) {
            let chunk = random.random_range(0..newest as u32) as usize;
            self.train_on(past, chunk, newest);
        }
        self.state = self.train_on(past, newest, newest);
    }

    /// The state after a chunk, which is learned when the newest one is.
    fn train_on(&mut self, past: &Past, chunk: usize, newest: usize) -> [f32; WIDTH] {
        let read = chunk * CHUNK..(chunk + 1) * CHUNK;
        let visits = self.first + read.start..self.first + read.end;
        let mut random = generator(chunk as u64, Stream::Negatives, newest as u64);
        self.network.train(past, visits, &self.moments[read], &self.before[chunk], &mut random)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::own::evaluation::{Metric, Stratum, evaluate};
    use crate::own::next::SEQUENCE;
    use crate::own::past::NONE;
    use crate::own::person::Person;

    fn person(items: impl Iterator<Item = u32>) -> Person {
        let mut person = Person::default();
        for (number, item) in items.enumerate() {
            while person.sites.len() <= item as usize {
                person.add(&person.sites.len().to_string(), None, NONE);
            }
            person.visits.push(Visit { item, time: Some(number as f64 * 7200.0), starts: true });
        }
        person
    }

    #[test]
    fn what_depends_on_the_visit_before_the_last_is_learned() {
        // 1 to 12 in turn, and 0 after each: after 0, the last item alone tells nothing.
        let person = person((0..4000).map(|at| if at % 2 == 0 { 0 } else { 1 + at / 2 % 12 }));
        let tested = evaluate(&person);
        let first = |row: usize| tested.mean(row, Metric::HitRate(1), Stratum::All).unwrap();
        assert!(first(SEQUENCE + 1) > 0.95, "{}", first(SEQUENCE + 1));
        assert!(first(crate::own::experts::MARKOV + 1) < 0.8, "Markov cannot know it");
    }

    #[test]
    fn the_time_of_the_request_is_heeded() {
        // One of 24 items an hour, by the clock; what was before is told by a coin.
        let mut person = Person::default();
        (0..24).for_each(|item| _ = person.add(&item.to_string(), None, NONE));
        let mut random = generator(1, Stream::Control, 0);
        let mut hour = 0;
        for at in 0..3000 {
            hour += random.random_range(1..24_u32);
            let item = if at < 24 { at } else { hour % 24 };
            person.visits.push(Visit { item, time: Some(f64::from(hour) * 3600.0), starts: true });
        }
        let tested = evaluate(&person);
        let rate = tested.mean(SEQUENCE + 1, Metric::HitRate(1), Stratum::All).unwrap();
        assert!(rate > 0.7, "{rate}");
    }
}
