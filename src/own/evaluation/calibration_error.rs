//! Expected calibration error (Naeini et al., "Obtaining well calibrated probabilities using Bayesian binning", 2015).

/// Bins, at most.
const BINS: usize = 10;
/// Cases a bin holds, at least: in smaller ones chance alone looks like an error.
const CASES: usize = 100;

/// The mean, over bins of equally many cases, of |share that came true − mean probability|. There are 10 bins, or fewer where a bin would
/// hold fewer than 100 cases.
#[must_use]
pub fn ece(pairs: &mut [(f32, bool)]) -> f64 {
    if pairs.is_empty() {
        return 0.0;
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let bins = (pairs.len() / CASES).clamp(1, BINS);
    let mut error = 0.0;
    for bin in 0..bins {
        let cases = &pairs[bin * pairs.len() / bins..(bin + 1) * pairs.len() / bins];
        let off: f64 =
            cases.iter().map(|&(probability, came)| f64::from(u8::from(came)) - f64::from(probability)).sum();
        error += off.abs();
    }
    error / pairs.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_what_the_probabilities_are_off_by() {
        let mut honest: Vec<_> =
            (0..1000).map(|i| if i % 2 == 0 { (0.2, i % 10 == 0) } else { (0.6, i % 10 < 6) }).collect();
        assert!(ece(&mut honest) < 1e-6);
        let mut boasting: Vec<_> = (0..1000).map(|i| (0.9, i % 2 == 0)).collect();
        assert!((ece(&mut boasting) - 0.4).abs() < 1e-6);
    }
}
