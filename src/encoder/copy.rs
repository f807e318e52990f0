//! The copy path: beside the vocabulary's logits, a pointer at the items of the session (after See et al., 2017, and `RepeatNet`, Ren et
//! al., 2019). In real sessions what comes next was often there before.
//!
//! ```text
//! logit_i += recency[bucket(steps since i)] + frequency · ln(views of i) + gate · h_t      for each i of the session's last steps
//! ```
//!
//! It starts at zero: a model without repeats is as it was.

use burn::tensor::Tensor;

use super::parameters::{Spec, join};
use super::pointers::{Pointed, Pointers};
use crate::catalogue::ItemIndex;
use crate::kernel::boosts::{BUCKETS, Path, boosts};

/// The path's weights: gate `[d]`, recency `[BUCKETS]` and frequency, flat.
#[derive(Debug, Clone)]
pub struct CopyPath(Tensor<1>);

/// For rows whose sessions so far, oldest first, are `contexts`: the distinct items of the last `reach` steps, latest first. Features: the
/// bucket of its recency, ln of its views, 1.
#[must_use]
pub fn pointers<'a>(contexts: impl Iterator<Item = &'a [ItemIndex]>, reach: usize) -> Pointers {
    let features = |(item, distance, views)| (item, [bucket(distance) as f32, (views as f32).ln(), 1.0]);
    let row = |context| distinct(context, reach).into_iter().map(features).collect();
    Pointers::new(&contexts.map(row).collect::<Vec<Vec<_>>>())
}

/// The distinct items of the last `reach` steps, latest first: item, steps since its last view (from 1), views.
fn distinct(context: &[ItemIndex], reach: usize) -> Vec<(u32, usize, usize)> {
    let mut found: Vec<(u32, usize, usize)> = Vec::new();
    for (back, item) in context.iter().rev().take(reach).enumerate() {
        match found.iter_mut().find(|(known, ..)| *known == item.0) {
            Some((.., views)) => *views += 1,
            None => found.push((item.0, back + 1, 1)),
        }
    }
    found
}

/// Distances share buckets: 1, 2, 3, then two to a doubling.
fn bucket(distance: usize) -> usize {
    if distance <= 3 {
        return distance - 1;
    }
    let log = distance.ilog2() as usize; // 2 and up
    let upper = usize::from(distance & (1 << (log - 1)) != 0);
    (4 + 2 * (log - 2) + upper).min(BUCKETS) - 1
}

impl CopyPath {
    /// Its matrices, in order.
    pub(super) fn specs(name: &str, dim: usize) -> Vec<Spec> {
        let spec = |part: &str, width| Spec::constant(format!("{name}.{part}"), [1, width], 0.0);
        vec![spec("gate", dim), spec("recency", BUCKETS), spec("frequency", 1)]
    }

    /// Takes its matrices, in the order of [`EncoderConfig::specs`](super::EncoderConfig::specs), where they follow the encoder's.
    #[must_use]
    pub fn take(weights: &mut impl Iterator<Item = Tensor<2>>) -> Option<Self> {
        Some(Self(join(vec![weights.next()?, weights.next()?, weights.next()?])))
    }

    /// What each slot adds to its column.
    ///
    /// # Shapes
    /// `hidden`: `[N, d]`; output `[N, R]`.
    ///
    /// # Panics
    /// Where the features are not those of [`pointers`].
    #[must_use]
    pub fn boosts(&self, hidden: Tensor<2>, pointed: &Pointed) -> Tensor<2> {
        boosts(Path::Copy, hidden, &self.0, &pointed.features)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_widen_with_distance() {
        let buckets: Vec<usize> = [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 16, 24, 1000].into_iter().map(bucket).collect();
        assert_eq!(buckets, [0, 1, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 15]);
    }

    #[test]
    fn a_row_points_at_its_distinct_items_latest_first() {
        let context = [4, 7, 4, 9].map(ItemIndex);
        let rows = pointers([context.as_slice(), &context[..1]].into_iter(), 10);
        assert_eq!((rows.slots, &rows.columns[..4]), (3, &[9, 4, 7, 4][..]));
        let [buckets, views, used] = rows.features.as_slice() else { panic!("three features") };
        assert_eq!(buckets[..3], [0.0, 1.0, 2.0]);
        assert!((views[1] - 2.0_f32.ln()).abs() < 1e-6);
        assert_eq!(used, &[1.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
        assert_eq!(pointers([context.as_slice()].into_iter(), 2).columns, [9, 4]);
    }
}
