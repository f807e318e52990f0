//! Matrix factorisation that ranks what was seen above what was not (BPR-MF: Rendle et al., "BPR: Bayesian Personalized Ranking from
//! Implicit Feedback", UAI 2009).

use rand::RngExt;
use rand_pcg::Pcg32;

use super::{Baseline, distinct};
use crate::catalogue::ItemIndex;
use crate::rng::{Stream, generator};
use crate::sequences::Sequences;

/// Width of the factors.
const DIM: usize = 64;
/// Draws per event of the training data.
const EPOCHS: usize = 30;
/// Step size of stochastic gradient descent.
const LEARNING_RATE: f32 = 0.05;
/// λ: weight decay of every factor that a draw touches.
const REGULARIZATION: f32 = 0.01;
/// Draws per event of a context, to learn its visitor's vector, and at least this many in all.
const FOLD_IN: (usize, usize) = (10, 200);
/// Events of a context that its visitor's vector is learned from: the last ones.
const CONTEXT: usize = 200;

type Factors = [f32; DIM];

/// Item factors, learned together with one vector per session. A test context's session need not be a training session, so that its vector
/// is *folded in*: learned from the context by the same descent, the item factors fixed.
#[derive(Debug, Clone)]
pub struct BprMf {
    items: Vec<Factors>,
    /// The same, factor by factor: `[DIM][items]`, to score all items in one pass.
    by_factor: Vec<f32>,
    seed: u64,
}

impl BprMf {
    /// Trains: each draw takes an event at random, and an item at random that its session lacks. The same seed gives the same factors.
    #[must_use]
    pub fn new(sequences: &Sequences, seed: u64) -> Self {
        let mut random = generator(seed, Stream::Baseline, 0);
        let mut start = |_| std::array::from_fn(|_| random.random_range(-0.1..0.1));
        let mut items: Vec<Factors> = (0..sequences.items).map(&mut start).collect();
        let mut sessions: Vec<Factors> = (0..sequences.sessions.len()).map(&mut start).collect();
        let seen: Vec<Vec<u32>> = sequences.sessions.iter().map(|session| distinct(session)).collect();
        let events: Vec<(u32, u32)> =
            sequences.sessions.iter().zip(0..).flat_map(|(s, at)| s.iter().map(move |item| (at, item.0))).collect();
        for _ in 0..EPOCHS * events.len() {
            let (session, item) = events[random.random_range(0..events.len())];
            let (session, positive) = (session as usize, item as usize);
            if let Some(negative) = unseen(&seen[session], items.len(), &mut random) {
                let pair = (items[positive], items[negative]);
                let user = sessions[session];
                let slope = slope(&user, &pair);
                sessions[session] = stepped(user, slope, &difference(&pair.0, &pair.1));
                items[positive] = stepped(pair.0, slope, &user);
                items[negative] = stepped(pair.1, -slope, &user);
            }
        }
        let by_factor = (0..DIM).flat_map(|factor| items.iter().map(move |item| item[factor])).collect();
        Self { items, by_factor, seed }
    }

    /// The vector of a visitor whose events these are, from zero.
    fn visitor(&self, context: &[ItemIndex]) -> Factors {
        let context = &context[context.len().saturating_sub(CONTEXT)..];
        let mut user = [0.0; DIM];
        if context.is_empty() {
            return user;
        }
        let mut random = generator(self.seed, Stream::Baseline, 1);
        let seen = distinct(context);
        for draw in 0..(context.len() * FOLD_IN.0).max(FOLD_IN.1) {
            if let Some(negative) = unseen(&seen, self.items.len(), &mut random) {
                let pair = (self.items[context[draw % context.len()].index()], self.items[negative]);
                user = stepped(user, slope(&user, &pair), &difference(&pair.0, &pair.1));
            }
        }
        user
    }
}

/// An item at random that is not among `seen` (sorted), unless all are.
fn unseen(seen: &[u32], items: usize, random: &mut Pcg32) -> Option<usize> {
    if seen.len() >= items {
        return None;
    }
    loop {
        let item = random.random_range(0..items as u32);
        if seen.binary_search(&item).is_err() {
            return Some(item as usize);
        }
    }
}

/// σ(−x) where x is how far the positive item scores above the negative one: the slope of ln σ(x).
fn slope(user: &Factors, (positive, negative): &(Factors, Factors)) -> f32 {
    // Eight sums side by side: one would have to be added up in order, number by number.
    let mut sums = [0.0_f32; 8];
    for start in (0..DIM).step_by(8) {
        for (lane, sum) in sums.iter_mut().enumerate() {
            *sum += user[start + lane] * (positive[start + lane] - negative[start + lane]);
        }
    }
    1.0 / (1.0 + sums.iter().sum::<f32>().exp())
}

fn difference(a: &Factors, b: &Factors) -> Factors {
    std::array::from_fn(|factor| a[factor] - b[factor])
}

/// One ascent step along `slope * direction`, with weight decay.
fn stepped(own: Factors, slope: f32, direction: &Factors) -> Factors {
    std::array::from_fn(|factor| {
        own[factor] + LEARNING_RATE * (slope * direction[factor] - REGULARIZATION * own[factor])
    })
}

impl Baseline for BprMf {
    fn scores(&self, context: &[ItemIndex]) -> Vec<f32> {
        let mut scores = vec![0.0; self.items.len()];
        if scores.is_empty() {
            return scores;
        }
        for (factors, weight) in self.by_factor.chunks_exact(self.items.len()).zip(self.visitor(context)) {
            scores.iter_mut().zip(factors).for_each(|(score, factor)| *score += weight * factor);
        }
        scores
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{close, items, sequences};
    use super::*;

    #[test]
    fn a_step_follows_the_papers_gradient() {
        let unit = |value: f32| {
            let mut factors = [0.0; DIM];
            factors[0] = value;
            factors
        };
        // x = 2 * (1 - 0.5) = 1; σ(−1) = 0.268941.
        let slope = slope(&unit(2.0), &(unit(1.0), unit(0.5)));
        close(slope, 0.268_941);
        close(stepped(unit(2.0), slope, &unit(0.5))[0], 2.0 + 0.05 * (0.268_941 * 0.5 - 0.01 * 2.0));
    }

    #[test]
    fn two_worlds_are_told_apart_and_a_seed_repeats_itself() {
        let near: Vec<u32> = (0..5).collect();
        let far: Vec<u32> = (5..10).collect();
        let sessions: Vec<&[u32]> = (0..40).map(|i| if i % 2 == 0 { &near[..4] } else { &far[1..] }).collect();
        let train = sequences(10, &[sessions, vec![&near[1..], &far[..4]]].concat());
        let model = BprMf::new(&train, 7);
        let scores = model.scores(&items(&[1, 2, 3]));
        let own = scores[..4].iter().copied().fold(f32::MAX, f32::min);
        let foreign = scores[5..].iter().copied().fold(f32::MIN, f32::max);
        assert!(own > foreign, "{scores:?}");
        assert_eq!(scores, BprMf::new(&train, 7).scores(&items(&[1, 2, 3])));
        assert_ne!(scores, BprMf::new(&train, 8).scores(&items(&[1, 2, 3])));
    }

    #[test]
    fn a_session_that_holds_everything_teaches_nothing_and_ends() {
        assert_eq!(BprMf::new(&sequences(2, &[&[0, 1]]), 1).scores(&[]), [0.0, 0.0]);
    }
}
