//! The learned expert: a log-linear pool of the others and a few features more, `p ∝ exp(w · x)`, learned visit by visit.
//!
//! Log-linear pools sharpen where experts agree, which linear mixtures cannot (Genest & Zidek, "Combining probability distributions",
//! 1986). The weights descend the logarithmic loss by `AdaGrad` (Duchi et al., 2011), from weights that suit most people; a kind of moment
//! (inside a sitting, at its start, after a long pause) has weights of its own on top of the shared ones.

mod start;

use self::start::STARTS;
use super::features::{FEATURES, MOMENTS};

/// Which weights learning starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// What suits most histories.
    General,
    /// What suits baskets: sets of things in no order, with no time but the order of visits.
    Baskets,
}

/// An online softmax regression over the candidates of each visit.
#[derive(Debug, Clone)]
pub struct Ranker {
    shared: [f32; FEATURES],
    own: [[f32; FEATURES]; MOMENTS],
    squares: [[f32; FEATURES]; MOMENTS + 1],
    rate: f32,
}

impl Ranker {
    /// A ranker that has seen nothing, with the weights that it starts from and `AdaGrad`'s step size.
    #[must_use]
    pub fn new(start: Start, rate: f32) -> Self {
        let squares = [[1.0; FEATURES]; MOMENTS + 1];
        Self { shared: [0.0; FEATURES], own: STARTS[start as usize], squares, rate }
    }

    /// The weights at a kind of moment.
    #[must_use]
    pub fn weights(&self, moment: usize) -> [f32; FEATURES] {
        std::array::from_fn(|at| self.shared[at] + self.own[moment][at])
    }

    /// Probabilities of the candidates: `features` is `[candidates, FEATURES]`, `out` `[candidates]`.
    pub fn weigh(&self, features: &[f32], moment: usize, out: &mut [f32]) {
        let weights = self.weights(moment);
        for (score, row) in out.iter_mut().zip(features.chunks_exact(FEATURES)) {
            *score = row.iter().zip(&weights).map(|(x, w)| x * w).sum();
        }
        let most = out.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        out.iter_mut().for_each(|score| *score = (*score - most).exp());
        let all: f32 = out.iter().sum();
        out.iter_mut().for_each(|probability| *probability /= all);
    }

    /// Learns that the candidate at `target` was the answer; `probabilities` are [`Self::weigh`]'s.
    pub fn learn(&mut self, features: &[f32], moment: usize, probabilities: &[f32], target: usize) {
        let mut gradient = [0.0; FEATURES];
        for (place, (row, &probability)) in features.chunks_exact(FEATURES).zip(probabilities).enumerate() {
            let error = probability - f32::from(u8::from(place == target));
            gradient.iter_mut().zip(row).for_each(|(g, x)| *g += error * x);
        }
        let rate = self.rate;
        let descend = |weights: &mut [f32; FEATURES], squares: &mut [f32; FEATURES]| {
            for ((weight, square), g) in weights.iter_mut().zip(squares).zip(gradient) {
                *square += g * g;
                *weight -= rate * g / square.sqrt();
            }
        };
        descend(&mut self.shared, &mut self.squares[MOMENTS]);
        descend(&mut self.own[moment], &mut self.squares[moment]);
    }
}
