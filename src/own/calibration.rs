//! Probabilities that can be taken at their word.
//!
//! Two steps, both learned as visits come: Platt's logistic map (1999), bent and told apart by the kind of moment, and on top of it the
//! shares that came true of what was given about the same probability (histogram binning; Zadrozny & Elkan, 2001), as far as there are any.

use super::logistic::{Logistic, log_odds};

const RATE: f32 = 0.05;
/// Bins over the log-odds from −4 to 3.
const BINS: usize = 15;
const LOWEST: f32 = -4.0;
const WIDTH: f32 = 0.5;
/// Cases at which a bin and the logistic map count alike.
const TRUST: f32 = 30.0;
/// A bin remembers about this many cases.
const MEMORY: f32 = 400.0;

/// Cases of a bin, and those of them that came true.
type Bin = [f32; 2];

/// Turns a probability into a calibrated one.
#[derive(Debug, Clone)]
pub struct Calibration {
    logistic: Logistic<6>,
    /// Inside a sitting, and at the start of one.
    bins: [[Bin; BINS]; 2],
}

impl Default for Calibration {
    fn default() -> Self {
        Self { logistic: Logistic::new([0.0, 1.0, 0.0, 0.0, 0.0, 0.0], RATE), bins: [[[0.0; 2]; BINS]; 2] }
    }
}

fn inputs(probability: f32, starts: bool) -> [f32; 6] {
    let odds = log_odds(probability);
    let start = f32::from(u8::from(starts));
    [1.0, odds, 0.25 * odds * odds, odds.max(0.0), start, start * odds]
}

/// The two bins that a probability lies between, and the share of the second.
fn between(probability: f32) -> (usize, f32) {
    let at = ((log_odds(probability) - LOWEST) / WIDTH).clamp(0.0, BINS as f32 - 1.001);
    (at as usize, at.fract())
}

impl Calibration {
    /// The calibrated probability, at the start of a sitting or inside one.
    #[must_use]
    pub fn calibrated(&self, probability: f32, starts: bool) -> f32 {
        let smooth = self.logistic.probability(&inputs(probability, starts));
        let (bin, share) = between(probability);
        let bins = &self.bins[usize::from(starts)];
        let of = |part: usize| (1.0 - share) * bins[bin][part] + share * bins[bin + 1][part];
        (of(1) + TRUST * smooth) / (of(0) + TRUST)
    }

    /// Learns whether what had this probability came true.
    pub fn learn(&mut self, probability: f32, starts: bool, came: bool) {
        self.logistic.learn(&inputs(probability, starts), came);
        let (bin, share) = between(probability);
        for (at, weight) in [(bin, 1.0 - share), (bin + 1, share)] {
            let [cases, true_ones] = &mut self.bins[usize::from(starts)][at];
            let kept = 1.0 - weight / MEMORY;
            *cases = *cases * kept + weight;
            *true_ones = *true_ones * kept + if came { weight } else { 0.0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boasting_is_taken_back() {
        let mut calibration = Calibration::default();
        assert!((calibration.calibrated(0.9, false) - 0.9).abs() < 1e-4);
        (0..4000).for_each(|turn| calibration.learn([0.9, 0.2][turn % 2], false, turn % 4 < 1 || turn % 20 == 1));
        assert!((calibration.calibrated(0.9, false) - 0.5).abs() < 0.05);
        assert!((calibration.calibrated(0.2, false) - 0.1).abs() < 0.05);
    }
}
