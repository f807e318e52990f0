//! How sure a figure is: 95% intervals over the cases.

/// The normal distribution's 97.5% point.
const Z: f64 = 1.959_964;

/// A share and the bounds of its 95% interval (Wilson, 1927), which holds for small counts too.
#[must_use]
pub fn wilson(hits: usize, cases: usize) -> [f64; 3] {
    if cases == 0 {
        return [0.0, 0.0, 1.0];
    }
    let n = cases as f64;
    let share = hits as f64 / n;
    let centre = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    [share, (centre - half).max(0.0), (centre + half).min(1.0)]
}

/// A sum of gains between 0 and 1, to tell their mean and its interval.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Gains {
    sum: f64,
    squares: f64,
}

impl Gains {
    pub(super) fn add(&mut self, gain: f64) {
        self.sum += gain;
        self.squares += gain * gain;
    }

    pub(super) fn mean(self, cases: usize) -> f64 {
        self.sum / cases.max(1) as f64
    }

    /// The bounds of the mean's 95% interval by the normal approximation.
    pub(super) fn interval(self, cases: usize) -> [f64; 2] {
        if cases < 2 {
            return [0.0, 1.0];
        }
        let n = cases as f64;
        let mean = self.mean(cases);
        let variance = ((self.squares - n * mean * mean) / (n - 1.0)).max(0.0);
        let half = Z * (variance / n).sqrt();
        [(mean - half).max(0.0), (mean + half).min(1.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_wilsons() {
        // statsmodels.stats.proportion.proportion_confint(8, 10, method="wilson") = (0.4901625, 0.9433178)
        let [share, low, high] = wilson(8, 10);
        assert!((share - 0.8).abs() < 1e-12 && (low - 0.490_162_5).abs() < 1e-6 && (high - 0.943_317_8).abs() < 1e-6);
    }

    #[test]
    fn a_means_interval_is_normal() {
        let mut gains = Gains::default();
        [0.0, 0.5, 1.0, 0.5].into_iter().for_each(|gain| gains.add(gain));
        // Standard deviation √(0.5 / 3) = 0.408248, error 0.204124.
        let [low, high] = gains.interval(4);
        assert!(
            (low - (0.5 - 1.959_964 * 0.204_124)).abs() < 1e-6 && (high - (0.5 + 1.959_964 * 0.204_124)).abs() < 1e-6
        );
        assert_eq!(Gains::default().interval(0), [0.0, 1.0]);
    }
}
