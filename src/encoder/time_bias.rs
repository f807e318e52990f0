//! What attention makes of time: to the score of each key, a learned number per head for how long before the query's event the key's was.
//!
//! Time between events is told on a logarithmic scale, as in the relative attention bias of `HSTU` (Zhai et al., 2024, "Actions Speak
//! Louder than Words", §3.2): `TiSASRec` (Li et al., 2020) in buckets, a number instead of a vector each. Bucket 0 is less than a second,
//! bucket b is `2^(b-1)` up to `2^b` seconds, the last of them 2²⁹ seconds (17 years) and more; one more is for events of unknown times.
//! A clock that runs backwards counts as no time.
//!
//! **Nothing leaks:** only times of past events are compared, the query's own among them. When the next event happens, or the question is
//! asked, is not known to the model, neither in training nor in use.

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::parameters::Spec;
use crate::sequences::Moment;

/// Buckets: no time, 30 powers of two, and the unknown.
pub const BUCKETS: usize = 32;
/// The bucket of events of unknown times.
const UNKNOWN: usize = BUCKETS - 1;
/// The days of an unknown moment.
const NO_DAYS: f32 = -1.0;
/// Seconds of a day.
const DAY: u32 = 86_400;

/// Moments as numbers: days, then seconds of the day, as one f32 counts seconds exactly for half a year only. An unknown moment has −1
/// days. `[2, T, B]`, flat, from moments `[T, B]`.
pub fn numbers(moments: &[Moment]) -> impl Iterator<Item = f32> {
    let days = moments.iter().map(|moment| moment.map_or(NO_DAYS, |seconds| (seconds / DAY) as f32));
    days.chain(moments.iter().map(|moment| moment.map_or(0.0, |seconds| (seconds % DAY) as f32)))
}

/// Moments `[T, B]` on a device, as the encoder reads them. `[2, T, B]`
#[must_use]
pub fn upload(moments: &[Moment], [steps, batch]: [usize; 2], device: &Device) -> Tensor<3> {
    Tensor::from_data(TensorData::new(numbers(moments).collect(), [2, steps, batch]), device)
}

/// Moments that nobody knows. `[2, T, B]`
#[must_use]
pub fn unknown([steps, batch]: [usize; 2], device: &Device) -> Tensor<3> {
    Tensor::full([2, steps, batch], NO_DAYS, device)
}

/// How long before each query each key was: computed once, for all blocks.
///
/// Its buckets take `B · heads · T · P` whole numbers, as many as the scores of one block: 2 million, 16 MB on the CPU, at 32 lanes of
/// 100 steps that look back on 200 with 2 heads. Each block adds a bias of that size.
#[derive(Debug)]
pub(super) struct Intervals {
    /// `[2, P, B]`
    times: Tensor<3>,
    /// `[B · heads · T, P]`
    buckets: Tensor<2, Int>,
    /// `[B, heads, T, P]`
    shape: [usize; 4],
}

impl Intervals {
    /// Of the last `steps` of `P` moments to all of them. `times`: `[2, P, B]`
    pub(super) fn new(times: Tensor<3>, steps: usize, heads: usize) -> Self {
        let [_, positions, batch] = times.dims();
        let shape = [batch, heads, steps, positions];
        let buckets = buckets(&times, steps).unsqueeze_dim::<4>(1).expand(shape);
        Self { buckets: buckets.reshape([batch * heads * steps, positions]).int(), times, shape }
    }

    /// The last moments, to carry on. `[2, window, B]`
    pub(super) fn last(&self, window: usize) -> Tensor<3> {
        let [_, positions, batch] = self.times.dims();
        self.times.clone().slice([0..2, positions - window..positions, 0..batch])
    }
}

/// `⌊log₂ seconds⌋ + 1`, 0 for less than a second. `[2, P, B]` to `[B, T, P]`
fn buckets(times: &Tensor<3>, steps: usize) -> Tensor<3> {
    let [_, positions, batch] = times.dims();
    let shape = [batch, steps, positions];
    let part = |i: usize| times.clone().slice([i..i + 1]).reshape([positions, batch]).swap_dims(0, 1); // [B, P]
    let keys = |part: Tensor<2>| part.reshape([batch, 1, positions]).expand(shape);
    let queries =
        |part: Tensor<2>| part.slice([0..batch, positions - steps..positions]).reshape([batch, steps, 1]).expand(shape);
    let passed = |i: usize| queries(part(i)) - keys(part(i));
    let seconds = (passed(0) * DAY as f32 + passed(1)).clamp_min(0.0);
    // Three quarters more keep whole numbers clear of the powers of two, whatever a device makes of a logarithm: 0 is below 1, and 2^b - 1
    // stays below 2^b.
    let power = ((seconds + 0.75).log() * std::f32::consts::LOG2_E).floor();
    let known = (power + 1.0).clamp(0.0, (UNKNOWN - 1) as f32);
    let is_unknown = queries(part(0)).lower_elem(0.0).bool_or(keys(part(0)).lower_elem(0.0));
    known.mask_fill(is_unknown, UNKNOWN as f32)
}

/// A block's numbers: `nn.Embedding(32, heads)` in `PyTorch`.
#[derive(Debug, Clone)]
pub(super) struct TimeBias(Tensor<2>);

impl TimeBias {
    /// Its matrix `[buckets, heads]`, which says nothing at first.
    pub(super) fn spec(name: &str, heads: usize) -> Spec {
        Spec::constant(format!("{name}.time_bias.weight"), [BUCKETS, heads], 0.0)
    }

    pub(super) fn take(weights: &mut impl Iterator<Item = Tensor<2>>) -> Option<Self> {
        weights.next().map(Self)
    }

    /// What is added to the scores. `[B, heads, T, P]`
    pub(super) fn of(&self, intervals: &Intervals) -> Tensor<4> {
        let shape @ [batch, heads, steps, _] = intervals.shape;
        // A copy per query: a GPU adds up the gradients of a row one by one, and those of different rows side by side.
        let rows = self.0.clone().transpose().reshape([1, heads, 1, BUCKETS]).expand([batch, heads, steps, BUCKETS]);
        rows.reshape([batch * heads * steps, BUCKETS]).gather(1, intervals.buckets.clone()).reshape(shape)
    }
}

#[cfg(all(test, feature = "cpu"))]
mod tests {
    use super::*;

    /// Buckets of the moments of one lane, seen from the last.
    fn seen(moments: &[Moment]) -> Vec<f32> {
        let times = upload(moments, [moments.len(), 1], &crate::device::cpu().unwrap());
        buckets(&times, 1).into_data().try_into_vec().unwrap()
    }

    #[test]
    fn a_bucket_is_a_power_of_two_of_seconds() {
        // Years in, a second still counts.
        let now = 1_234_567_890;
        for (passed, bucket) in [(0, 0.0), (1, 1.0), (2, 2.0), (3, 2.0), (4, 3.0), (7, 3.0), (8, 4.0)] {
            assert_eq!(seen(&[Some(now - passed), Some(now)])[0], bucket, "{passed} s");
        }
        for power in 3..29 {
            let edge = 1_u32 << power;
            let near = [edge - edge / 8, edge + edge / 8].map(|passed| seen(&[Some(now - passed), Some(now)])[0]);
            assert_eq!(near, [power as f32, (power + 1) as f32], "about {edge} s");
        }
        assert_eq!(seen(&[Some(0), Some(u32::MAX - 1)])[0], 30.0, "the longest has the last");
    }

    #[test]
    fn unknown_moments_have_a_bucket_and_backward_clocks_none() {
        assert_eq!(seen(&[Some(5), None, Some(9), Some(7)]), [2.0, 31.0, 0.0, 0.0]);
        assert_eq!(seen(&[Some(5), None]), [31.0, 31.0]);
    }
}
