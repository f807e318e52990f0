//! Dropout masks (Srivastava et al., 2014), drawn from the run's own generator: Burn's cannot be replayed.

use rand::Rng;
use rand_pcg::Pcg32;

/// `count` factors: 0 with probability `rate` (to the next 1/256), else what keeps the mean.
pub(super) fn mask(rate: f32, count: usize, random: &mut Pcg32) -> impl Iterator<Item = f32> {
    let dropped = (rate * 256.0).round().clamp(0.0, 255.0) as u32;
    let kept = 256.0 / (256 - dropped) as f32;
    let mut bits = 0_u32;
    (0..count).map(move |i| {
        bits = if i % 4 == 0 { random.next_u32() } else { bits >> 8 };
        if bits & 0xFF < dropped { 0.0 } else { kept }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Stream, generator};

    #[test]
    fn the_share_dropped_is_the_rate_and_the_mean_stays_one() {
        let factors: Vec<f32> = mask(0.25, 40_000, &mut generator(1, Stream::Dropout, 0)).collect();
        let dropped = factors.iter().filter(|f| **f == 0.0).count() as f32 / 40_000.0;
        let mean = factors.iter().sum::<f32>() / 40_000.0;
        assert!((dropped - 0.25).abs() < 0.01 && (mean - 1.0).abs() < 0.02, "{dropped}, {mean}");
    }
}
