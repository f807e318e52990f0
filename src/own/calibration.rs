//! Probabilities that can be taken at their word: a logistic map, learned as visits come (Platt, 1999, online).

/// Turns a probability into a calibrated one.
#[derive(Debug, Clone)]
pub struct Calibration {
    slope: f32,
    shift: f32,
    squares: [f32; 2],
}

/// The step size.
const RATE: f32 = 0.05;

impl Default for Calibration {
    fn default() -> Self {
        Self { slope: 1.0, shift: 0.0, squares: [1.0; 2] }
    }
}

fn log_odds(probability: f32) -> f32 {
    let bounded = probability.clamp(1e-5, 1.0 - 1e-5);
    (bounded / (1.0 - bounded)).ln()
}

impl Calibration {
    /// The calibrated probability.
    #[must_use]
    pub fn calibrated(&self, probability: f32) -> f32 {
        1.0 / (1.0 + (-self.slope * log_odds(probability) - self.shift).exp())
    }

    /// Learns whether what had this probability came true.
    pub fn learn(&mut self, probability: f32, came: bool) {
        let error = self.calibrated(probability) - f32::from(u8::from(came));
        let gradients = [error * log_odds(probability), error];
        for ((weight, square), g) in [&mut self.slope, &mut self.shift].into_iter().zip(&mut self.squares).zip(gradients) {
            *square += g * g;
            *weight -= RATE * g / square.sqrt();
        }
    }
}
