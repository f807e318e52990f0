//! The one source of randomness: a generator keyed by (seed, stream, step).
//!
//! Burn's own source is process-wide and cannot be exported, so it is never called. Here every draw depends on the key alone:
//! a run can be resumed at any step, and 32- and 64-bit machines draw the same numbers.

use rand::SeedableRng;
use rand_pcg::Pcg32;

/// What a draw is for. Streams never share numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Stream {
    /// Initial weights.
    Weights = 1,
    /// The order of sessions in an epoch.
    Order = 2,
    /// Skip-gram pairs: window widths and subsampling.
    Pairs = 3,
    /// Negative samples.
    Negatives = 4,
    /// Which users validate.
    Validation = 5,
    /// Units that are dropped out.
    Dropout = 6,
    /// Items that are hidden from a bidirectional model.
    Hidden = 7,
    /// The order of co-occurrences in an epoch.
    CoOccurrences = 8,
    /// Baselines that are trained.
    Baseline = 9,
    /// Contexts in a random order.
    Control = 10,
    /// Old sessions that an update replays.
    Replay = 11,
    /// Days, or people, that are drawn again for an interval.
    Bootstrap = 12,
    /// People who do not exist.
    Simulated = 13,
}

/// The generator for one `step` of one `stream` of a run seeded with `seed`.
#[must_use]
pub fn generator(seed: u64, stream: Stream, step: u64) -> Pcg32 {
    Pcg32::seed_from_u64(mix(mix(seed ^ mix(stream as u64)) ^ step))
}

/// The finalizer of `SplitMix64` (Steele, Lea & Flood, 2014): neighbouring keys give unrelated generators.
fn mix(key: u64) -> u64 {
    let mut z = key.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn a_key_always_gives_the_same_numbers_and_another_key_others() {
        let draw = |seed, stream, step| generator(seed, stream, step).next_u32();
        assert_eq!(draw(1, Stream::Order, 7), draw(1, Stream::Order, 7));
        assert_ne!(draw(1, Stream::Order, 7), draw(1, Stream::Order, 8));
        assert_ne!(draw(1, Stream::Order, 7), draw(1, Stream::Negatives, 7));
        assert_ne!(draw(1, Stream::Order, 7), draw(2, Stream::Order, 7));
    }
}
