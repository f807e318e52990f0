//! The mixture of all experts: fixed share (Herbster & Warmuth, "Tracking the best expert", 1998).
//!
//! Each expert's weight is multiplied by the probability that it had given to what came, then every expert gives away a share α of its weight
//! to all. With the logarithmic loss, N experts and T visits, the mixture's loss is at most
//!
//! ```text
//! loss of the best expert + ln N − (T − 1) ln(1 − α + α / N)
//! ```
//!
//! and at most ln N + k ln(N / α) − (T − k − 1) ln(1 − α + α / N) more than that of the best sequence of experts that changes k times. No
//! assumption about the visits is needed.

/// α.
pub const SHARE: f32 = 0.002;

/// Weights of the experts.
#[derive(Debug, Clone)]
pub struct Mixture {
    /// One an expert; they add up to 1.
    pub weights: Vec<f32>,
}

impl Mixture {
    /// A mixture of `experts` experts that it trusts alike.
    #[must_use]
    pub fn new(experts: usize) -> Self {
        Self { weights: vec![1.0 / experts as f32; experts] }
    }

    /// The experts' probabilities, each `[candidates]`, mixed into `out`.
    pub fn mix(&self, experts: &[Vec<f32>], out: &mut [f32]) {
        out.fill(0.0);
        for (probabilities, weight) in experts.iter().zip(&self.weights) {
            out.iter_mut().zip(probabilities).for_each(|(mixed, probability)| *mixed += weight * probability);
        }
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

    /// By how much the mixture's loss may exceed the best expert's after so many visits, in nats.
    #[must_use]
    pub fn bound(experts: usize, visits: usize) -> f64 {
        let n = experts as f64;
        let share = f64::from(SHARE);
        n.ln() - visits.saturating_sub(1) as f64 * (1.0 - share + share / n).ln()
    }
}
