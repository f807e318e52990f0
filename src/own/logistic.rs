//! Online logistic regression, by `AdaGrad` (Duchi et al., 2011).

/// Weights of `N` inputs.
#[derive(Debug, Clone)]
pub struct Logistic<const N: usize> {
    weights: [f32; N],
    squares: [f32; N],
    rate: f32,
}

impl<const N: usize> Logistic<N> {
    /// Starts from these weights.
    #[must_use]
    pub fn new(weights: [f32; N], rate: f32) -> Self {
        Self { weights, squares: [1.0; N], rate }
    }

    /// The probability.
    #[must_use]
    pub fn probability(&self, inputs: &[f32; N]) -> f32 {
        let sum: f32 = inputs.iter().zip(&self.weights).map(|(x, w)| x * w).sum();
        1.0 / (1.0 + (-sum).exp())
    }

    /// Learns whether it came true.
    pub fn learn(&mut self, inputs: &[f32; N], came: bool) {
        let error = self.probability(inputs) - f32::from(u8::from(came));
        for ((weight, square), x) in self.weights.iter_mut().zip(&mut self.squares).zip(inputs) {
            *square += (error * x).powi(2);
            *weight -= self.rate * error * x / square.sqrt();
        }
    }
}

/// The greater one: `f32::max` is a call where all is compiled for size.
#[must_use]
pub fn at_least(floor: f32, x: f32) -> f32 {
    if x > floor { x } else { floor }
}

/// The logarithm of the odds of a probability, which is kept off 0 and 1.
#[must_use]
pub fn log_odds(probability: f32) -> f32 {
    let bounded = probability.clamp(1e-4, 1.0 - 1e-4);
    (bounded / (1.0 - bounded)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_learned() {
        let mut logistic = Logistic::new([0.0, 0.0], 0.1);
        for turn in 0..4000 {
            let known = turn % 2 == 0;
            logistic.learn(&[1.0, f32::from(u8::from(known))], known && turn % 8 != 0 || turn % 10 == 1);
        }
        assert!((logistic.probability(&[1.0, 1.0]) - 0.75).abs() < 0.1);
        assert!((logistic.probability(&[1.0, 0.0]) - 0.2).abs() < 0.1);
    }
}
