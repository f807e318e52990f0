//! The learned expert: a log-linear pool of the others and a few features more, `p ∝ exp(w · x)`, learned visit by visit.
//!
//! Log-linear pools sharpen where experts agree, which linear mixtures cannot (Genest & Zidek, "Combining probability distributions",
//! 1986). The weights descend the logarithmic loss by `AdaGrad` (Duchi et al., 2011), from weights that suit most people; a kind of moment
//! (inside a sitting, at its start, after a long pause) has weights of its own on top of the shared ones.

mod start;

use homebody_simd::attention::softmax;
use homebody_simd::{axpy, dot};

use self::start::STARTS;
use super::features::{MOMENTS, ROW};

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
    shared: [f32; ROW],
    own: [[f32; ROW]; MOMENTS],
    squares: [[f32; ROW]; MOMENTS + 1],
    rate: f32,
}

impl Ranker {
    /// A ranker that has seen nothing, with the weights that it starts from and `AdaGrad`'s step size.
    #[must_use]
    pub fn new(start: Start, rate: f32) -> Self {
        let squares = [[1.0; ROW]; MOMENTS + 1];
        let own =
            STARTS[start as usize].map(|weights| std::array::from_fn(|at| weights.get(at).copied().unwrap_or(0.0)));
        Self { shared: [0.0; ROW], own, squares, rate }
    }

    /// The weights at a kind of moment.
    #[must_use]
    pub fn weights(&self, moment: usize) -> [f32; ROW] {
        std::array::from_fn(|at| self.shared[at] + self.own[moment][at])
    }

    /// Probabilities of the candidates: `features` is `[candidates, ROW]`, `out` `[candidates]`.
    pub fn weigh(&self, features: &[f32], moment: usize, out: &mut [f32]) {
        let weights = self.weights(moment);
        out.iter_mut().zip(features.chunks_exact(ROW)).for_each(|(score, row)| *score = dot(row, &weights));
        softmax(out);
    }

    /// Learns that the candidate at `target` was the answer; `probabilities` are [`Self::weigh`]'s.
    pub fn learn(&mut self, features: &[f32], moment: usize, probabilities: &[f32], target: usize) {
        let mut gradient = [0.0; ROW];
        for (place, (row, &probability)) in features.chunks_exact(ROW).zip(probabilities).enumerate() {
            axpy(probability - f32::from(u8::from(place == target)), row, &mut gradient);
        }
        let rate = self.rate;
        let descend = |weights: &mut [f32; ROW], squares: &mut [f32; ROW]| {
            for ((weight, square), g) in weights.iter_mut().zip(squares).zip(gradient) {
                *square += g * g;
                *weight -= rate * g / square.sqrt();
            }
        };
        descend(&mut self.shared, &mut self.squares[MOMENTS]);
        descend(&mut self.own[moment], &mut self.squares[moment]);
    }
}
