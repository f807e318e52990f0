//! Intervals by the block bootstrap: whole days are drawn again, since visits of one day are alike (Künsch, 1989).

use rand::RngExt;

use crate::rng::{Stream, generator};

/// How often it is drawn.
const DRAWS: u64 = 300;

/// Sums and counts, block by block.
#[derive(Debug, Clone, Default)]
pub struct Blocks {
    blocks: Vec<(f64, f64)>,
    last: Option<u32>,
}

impl Blocks {
    /// Adds a value to a block. Values of one block follow each other.
    pub fn add(&mut self, block: u32, value: f64) {
        match self.blocks.last_mut() {
            Some((sum, count)) if self.last == Some(block) => {
                *sum += value;
                *count += 1.0;
            }
            _ => self.blocks.push((value, 1.0)),
        }
        self.last = Some(block);
    }

    /// The mean of all values, and the bounds of its 95% interval; `None` where there is no value.
    #[must_use]
    pub fn mean(&self) -> Option<[f64; 3]> {
        let mean = |blocks: &mut dyn Iterator<Item = (f64, f64)>| {
            let (sum, count) = blocks.fold((0.0, 0.0), |all, block| (all.0 + block.0, all.1 + block.1));
            sum / count
        };
        let size = self.blocks.len();
        if size == 0 {
            return None;
        }
        let draw = |step: u64| {
            let mut rng = generator(0, Stream::Bootstrap, step);
            mean(&mut (0..size).map(|_| self.blocks[rng.random_range(0..size as u32) as usize]))
        };
        let [low, high] = bounds((0..DRAWS).map(draw).collect());
        Some([mean(&mut self.blocks.iter().copied()), low, high])
    }
}

/// A statistic of values, and the bounds of its 95% interval: the values are drawn again, each for itself.
#[must_use]
pub fn interval(values: &[f64], statistic: fn(&mut [f64]) -> f64) -> [f64; 3] {
    let draw = |step: u64| {
        let mut rng = generator(0, Stream::Bootstrap, step);
        let mut drawn: Vec<f64> =
            values.iter().map(|_| values[rng.random_range(0..values.len() as u32) as usize]).collect();
        statistic(&mut drawn)
    };
    let [low, high] = bounds((0..DRAWS).map(draw).collect());
    [statistic(&mut values.to_vec()), low, high]
}

fn bounds(mut draws: Vec<f64>) -> [f64; 2] {
    draws.sort_by(f64::total_cmp);
    let at = |share: f64| draws[((draws.len() - 1) as f64 * share).round() as usize];
    [at(0.025), at(0.975)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_differ_make_the_interval_wide() {
        let (mut alike, mut apart) = (Blocks::default(), Blocks::default());
        for day in 0..40 {
            for visit in 0..10 {
                alike.add(day, f64::from(visit % 2));
                apart.add(day, f64::from(day % 2));
            }
        }
        let [[mean, low, high], [same, wide_low, wide_high]] = [alike, apart].map(|blocks| blocks.mean().unwrap());
        assert_eq!((mean, low, high, same), (0.5, 0.5, 0.5, 0.5));
        // 40 fair coins: the standard error is 0.079, the 95% interval ±0.155.
        assert!((0.10..0.21).contains(&(0.5 - wide_low)) && (0.10..0.21).contains(&(wide_high - 0.5)));
        assert!(Blocks::default().mean().is_none());
    }
}
