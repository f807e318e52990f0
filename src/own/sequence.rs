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
//! It is trained after every [`CHUNK`] visits: on these, and on [`REPLAYS`] earlier chunks drawn at random, by back-propagation through the
//! chunk, a softmax over the item and a sample of others (their log-probability of being drawn taken off), and `AdaGrad`. In between it only
//! reads on. What is visited never changes what was predicted before.

mod network;
mod parts;

use rand::RngExt;

use self::network::{Network, WIDTH};
use self::parts::{Moment, Pointer};
use super::past::{Past, Request, Visit};
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
    /// The state after the last visit.
    state: [f32; WIDTH],
    /// The state before each chunk, as it was when the chunk was read.
    before: Vec<[f32; WIDTH]>,
    /// When each visit was.
    moments: Vec<Moment>,
}

impl Sequence {
    /// Writes the candidates' probabilities.
    pub fn weigh(&self, scene: &Scene<'_>, out: &mut [f32]) {
        let past = scene.past;
        let query = self.network.query(&self.state, Moment::of(past, scene.request));
        let gate = self.network.gate(&self.state);
        for (score, &item) in out.iter_mut().zip(scene.candidates) {
            let known = &past.items[item as usize];
            let pointer = Pointer::new(past.visits.len() - known.last, known.count);
            *score = self.network.score(&query, item, pointer, gate);
        }
        parts::softmax(out);
    }

    /// Reads the visit that `past` has learned last; learns where a chunk is full.
    pub fn learn(&mut self, past: &Past, visit: Visit, request_pause: f64) {
        let number = past.visits.len() - 1;
        if number.is_multiple_of(CHUNK) {
            self.before.push(self.state);
        }
        self.network.grow(past.items.len());
        let moment = Moment::new(Request::from(visit), request_pause);
        self.moments.push(moment);
        self.state = self.network.read(&self.state, visit.item, moment);
        if past.visits.len().is_multiple_of(CHUNK) {
            self.train(past);
        }
    }

    fn train(&mut self, past: &Past) {
        let newest = past.visits.len() / CHUNK - 1;
        let mut random = generator(1, Stream::Replay, newest as u64);
        for _ in 0..REPLAYS.min(newest as u32) {
            let chunk = random.random_range(0..newest as u32) as usize;
            self.train_on(past, chunk);
        }
        self.state = self.train_on(past, newest);
    }

    /// The state after the chunk.
    fn train_on(&mut self, past: &Past, chunk: usize) -> [f32; WIDTH] {
        let visits = chunk * CHUNK..(chunk + 1) * CHUNK;
        let mut random = generator(2, Stream::Negatives, past.visits.len() as u64 ^ (chunk as u64) << 32);
        self.network.train(past, visits.clone(), &self.moments[visits], &self.before[chunk], &mut random)
    }
}
