//! The mixture of all experts: fixed share (Herbster & Warmuth, "Tracking the best expert", 1998).
//!
//! Each expert's weight is multiplied by the probability that it had given to what came, then every expert gives away a share α of its weight
//! to all. With the logarithmic loss, N experts and T visits, the mixture's loss is, for every expert, at most
//!
//! ```text
//! loss of the expert − ln(weight that it began with) − (T − 1) ln(1 − α + α / N)
//! ```
//!
//! and for every sequence of experts that changes k times, with its first one's weight, at most k ln(N / α) − (T − k − 1) ln(1 − α + α / N)
//! more than its loss and that logarithm. No assumption about the visits is needed.

use homebody_simd::axpy;

/// α.
pub const SHARE: f32 = 0.002;

/// Weights of the experts.
#[derive(Debug, Clone)]
pub struct Mixture {
    /// One an expert; they add up to 1.
    pub weights: Vec<f32>,
}

impl Mixture {
    /// A mixture that trusts each expert as much as it is told at first.
    #[must_use]
    pub fn new(trust: &[f32]) -> Self {
        let all: f32 = trust.iter().sum();
        Self { weights: trust.iter().map(|trust| trust / all).collect() }
    }

    /// The experts' probabilities, each `[candidates]`, mixed into `out`.
    pub fn mix(&self, experts: &[Vec<f32>], out: &mut [f32]) {
        out.fill(0.0);
        experts.iter().zip(&self.weights).for_each(|(probabilities, &weight)| axpy(weight, probabilities, out));
    }

    /// Learns how likely each expert had thought what came.
    pub fn learn(&mut self, likelihoods: impl Iterator<Item = f32>) {
        for (weight, likelihood) in self.weights.iter_mut().zip(likelihoods) {
            *weight *= likelihood;
        }
        let all: f32 = self.weights.iter().sum();
        let even = 1.0 / self.weights.len() as f32;
        for weight in &mut self.weights {
            *weight = if all > 0.0 { *weight / all * (1.0 - SHARE) + SHARE * even } else { even };
        }
    }

    /// By how much the mixture's loss may exceed that of one of its experts after so many visits, in nats, given the weight that this one
    /// began with.
    #[must_use]
    pub fn bound(experts: usize, first: f32, visits: usize) -> f64 {
        let share = f64::from(SHARE);
        -f64::from(first).ln() - visits.saturating_sub(1) as f64 * (1.0 - share + share / experts as f64).ln()
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::rng::{Stream, generator};

    /// Losses, in nats, of the mixture and of each expert on likelihoods in which the expert `good(visit)` is right most of the time.
    fn losses(trust: &[f32], visits: usize, good: impl Fn(usize) -> usize) -> (f64, Vec<f64>) {
        let mut rng = generator(3, Stream::Control, 0);
        let (mut mixture, mut mixed, mut alone) = (Mixture::new(trust), 0.0, vec![0.0; trust.len()]);
        for visit in 0..visits {
            let likelihoods: Vec<f32> = (0..trust.len())
                .map(
                    |expert| {
                        if expert == good(visit) { rng.random_range(0.3..0.9) } else { rng.random_range(0.001..0.6) }
                    },
                )
                .collect();
            let forecast: f32 = likelihoods.iter().zip(&mixture.weights).map(|(p, w)| p * w).sum();
            mixed -= f64::from(forecast).ln();
            alone.iter_mut().zip(&likelihoods).for_each(|(loss, &p)| *loss -= f64::from(p).ln());
            mixture.learn(likelihoods.into_iter());
        }
        (mixed, alone)
    }

    #[test]
    fn regret_against_every_expert_is_within_its_bound() {
        let mut trust = [1.0; 12];
        trust[7] = 5.0;
        let first = Mixture::new(&trust).weights;
        for best in [4, 7] {
            for visits in [1, 10, 100, 5000] {
                let (mixed, alone) = losses(&trust, visits, |_| best);
                for (expert, loss) in alone.into_iter().enumerate() {
                    let bound = Mixture::bound(12, first[expert], visits);
                    assert!(mixed - loss <= bound + 1e-3, "{visits} visits, expert {expert}: {mixed} against {loss}");
                }
            }
        }
        assert!(Mixture::bound(12, first[0], 5000) < 13.0, "the bound says something");
    }

    #[test]
    fn a_change_of_the_best_expert_is_followed() {
        let (mixed, alone) = losses(&[1.0; 12], 4000, |visit| if visit < 2000 { 1 } else { 7 });
        let best = alone.iter().copied().fold(f64::INFINITY, f64::min);
        assert!(mixed < best - 200.0, "{mixed} against {best}, the best that stays");
    }
}
