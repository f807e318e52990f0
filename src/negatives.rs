//! Negative samples: items drawn in proportion to popularity^alpha.

use rand::RngExt;
use rand_pcg::Pcg32;

/// Draws items in proportion to `count^alpha` in constant time (Vose's alias method, 1991).
#[derive(Debug, Clone)]
pub struct Sampler {
    /// Probability of keeping the column drawn, as a threshold for 32 random bits.
    keep: Vec<u32>,
    alias: Vec<u32>,
    log_probability: Vec<f32>,
}

impl Sampler {
    /// Builds the sampler. An item never seen has probability 0, unless none was seen, which makes all alike.
    ///
    /// `alpha`, from -1 to 1: 0 is uniform over seen items, 0.75 word2vec's choice, 1 plain popularity; below 0 rare items are drawn
    /// more often than frequent ones, which Caselles-Dupré et al. (2018) found best for next-item recommendation on some data.
    ///
    /// # Panics
    /// Where `counts` is empty.
    #[must_use]
    pub fn new(counts: &[u32], alpha: f64) -> Self {
        assert!(!counts.is_empty(), "a catalogue has at least one item");
        let mut mass: Vec<f64> = counts.iter().map(|&c| if c == 0 { 0.0 } else { f64::from(c).powf(alpha) }).collect();
        let total: f64 = mass.iter().sum();
        if total > 0.0 {
            mass.iter_mut().for_each(|m| *m /= total);
        } else {
            mass.fill(1.0 / counts.len() as f64);
        }
        let log_probability = mass.iter().map(|m| m.ln() as f32).collect();
        let (keep, alias) = alias_table(&mass);
        Self { keep, alias, log_probability }
    }

    /// One draw.
    pub fn draw(&self, random: &mut Pcg32) -> u32 {
        let column = random.random_range(0..self.alias.len() as u32);
        if random.random::<u32>() < self.keep[column as usize] { column } else { self.alias[column as usize] }
    }

    /// log Q(item): the natural logarithm of its probability, −∞ where it is 0.
    #[must_use]
    pub fn log_probability(&self, item: u32) -> f32 {
        self.log_probability[item as usize]
    }
}

fn alias_table(mass: &[f64]) -> (Vec<u32>, Vec<u32>) {
    let n = mass.len();
    let mut scaled: Vec<f64> = mass.iter().map(|m| m * n as f64).collect();
    let mut keep = vec![u32::MAX; n];
    let mut alias: Vec<u32> = (0..n as u32).collect();
    let (mut small, mut large): (Vec<usize>, Vec<usize>) = (0..n).partition(|&i| scaled[i] < 1.0);
    while let (Some(s), Some(&l)) = (small.pop(), large.last()) {
        keep[s] = (scaled[s] * f64::from(u32::MAX)) as u32;
        alias[s] = l as u32;
        scaled[l] -= 1.0 - scaled[s];
        if scaled[l] < 1.0 {
            large.pop();
            small.push(l);
        }
    }
    (keep, alias)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Stream, generator};

    #[test]
    fn draws_follow_popularity_to_the_alpha() {
        let sampler = Sampler::new(&[16, 0, 1, 81], 0.5);
        let mut random = generator(1, Stream::Negatives, 0);
        let mut drawn = [0_u32; 4];
        for _ in 0..140_000 {
            drawn[sampler.draw(&mut random) as usize] += 1;
        }
        assert_eq!(drawn[1], 0);
        for (item, expected) in [(0, 40_000.0), (2, 10_000.0), (3, 90_000.0)] {
            assert!((f64::from(drawn[item]) / expected - 1.0).abs() < 0.05, "{drawn:?}");
        }
        assert!((sampler.log_probability(0) - (4.0_f32 / 14.0).ln()).abs() < 1e-6);
        assert!(sampler.log_probability(1).is_infinite());
    }

    #[test]
    fn a_negative_alpha_prefers_rare_items() {
        let sampler = Sampler::new(&[4, 0, 1], -0.5);
        assert!((sampler.log_probability(0) - (1.0_f32 / 3.0).ln()).abs() < 1e-6);
        assert!((sampler.log_probability(2) - (2.0_f32 / 3.0).ln()).abs() < 1e-6);
        assert!(sampler.log_probability(1).is_infinite());
    }

    #[test]
    fn a_catalogue_nobody_viewed_is_drawn_evenly() {
        let sampler = Sampler::new(&[0, 0], 0.75);
        assert!((sampler.log_probability(1) - 0.5_f32.ln()).abs() < 1e-6);
    }
}
