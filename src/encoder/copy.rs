//! The copy path: beside the vocabulary's logits, a pointer at the items of the session (after See et al., 2017, and `RepeatNet`, Ren et
//! al., 2019). In real sessions what comes next was often there before.
//!
//! ```text
//! logit_i += recency[bucket(steps since i)] + frequency · ln(views of i) + gate · h_t      for each i of the session's last steps
//! ```
//!
//! It starts at zero: a model without repeats is as it was.

use burn::tensor::{Device, IndexingUpdateOp, Tensor, TensorData};

use super::parameters::Spec;
use crate::catalogue::ItemIndex;

/// Distances share buckets: 1, 2, 3, then two to a doubling.
const BUCKETS: usize = 16;

/// The path's weights.
#[derive(Debug, Clone)]
pub struct CopyPath {
    /// `[1, BUCKETS]`
    recency: Tensor<2>,
    /// `[1, 1]`
    frequency: Tensor<2>,
    /// `[1, d]`
    gate: Tensor<2>,
}

/// What can be pointed at from each row: R slots a row, all at different items; unused ones have a weight of 0.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pointers {
    /// Slots a row, R.
    pub slots: usize,
    /// Item index of each slot. `[N · R]`
    pub items: Vec<u32>,
    /// Bucket of each slot's recency. `[N · R]`
    pub buckets: Vec<u32>,
    /// ln of the item's views. `[N · R]`
    pub views: Vec<f32>,
    /// 1 where the slot is used. `[N · R]`
    pub used: Vec<f32>,
}

/// [`Pointers`] on a device, `[N, R]` each.
#[derive(Debug, Clone)]
pub struct Pointed {
    /// The items as columns of the logits.
    pub columns: Tensor<2>,
    /// Buckets.
    pub buckets: Tensor<2>,
    /// ln of views.
    pub views: Tensor<2>,
    /// 1 where used.
    pub used: Tensor<2>,
}

impl Pointers {
    /// For rows whose sessions so far, oldest first, are `contexts`: the distinct items of the last `reach` steps, latest first.
    #[must_use]
    pub fn new<'a>(contexts: impl Iterator<Item = &'a [ItemIndex]>, reach: usize) -> Self {
        let rows: Vec<Vec<(u32, usize, usize)>> = contexts.map(|context| distinct(context, reach)).collect();
        let slots = rows.iter().map(Vec::len).max().unwrap_or(0).max(1);
        let mut pointers = Self { slots, ..Self::default() };
        for row in &rows {
            for &(item, distance, views) in row {
                pointers.push(item, bucket(distance) as u32, (views as f32).ln(), 1.0);
            }
            // On a GPU, two slots that add to one column at once would lose one of the sums.
            let free = (0..).filter(|item| row.iter().all(|(used, ..)| used != item));
            free.take(slots - row.len()).for_each(|item| pointers.push(item, 0, 0.0, 0.0));
        }
        pointers
    }

    fn push(&mut self, item: u32, bucket: u32, views: f32, used: f32) {
        self.items.push(item);
        self.buckets.push(bucket);
        self.views.push(views);
        self.used.push(used);
    }

    /// Sends them, for logits of all items.
    #[must_use]
    pub fn to_device(&self, device: &Device) -> Pointed {
        let rows = self.items.len() / self.slots;
        let tensor = |values: Vec<f32>| Tensor::<2>::from_data(TensorData::new(values, [rows, self.slots]), device);
        let whole = |values: &[u32]| tensor(values.iter().map(|&v| v as f32).collect());
        Pointed {
            columns: whole(&self.items),
            buckets: whole(&self.buckets),
            views: tensor(self.views.clone()),
            used: tensor(self.used.clone()),
        }
    }
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
        vec![spec("recency", BUCKETS), spec("frequency", 1), spec("gate", dim)]
    }

    /// Takes its matrices, in the order of [`EncoderConfig::specs`](super::EncoderConfig::specs), where they follow the encoder's.
    #[must_use]
    pub fn take(weights: &mut impl Iterator<Item = Tensor<2>>) -> Option<Self> {
        Some(Self { recency: weights.next()?, frequency: weights.next()?, gate: weights.next()? })
    }

    /// What each slot adds to its column.
    ///
    /// # Shapes
    /// `hidden`: `[N, d]`; output `[N, R]`.
    #[must_use]
    pub fn boosts(&self, hidden: Tensor<2>, pointed: &Pointed) -> Tensor<2> {
        let [rows, slots] = pointed.used.dims();
        let buckets = pointed.buckets.clone().reshape([rows * slots]).int();
        let recency = self.recency.clone().reshape([BUCKETS, 1]).select(0, buckets).reshape([rows, slots]);
        let gate = hidden.matmul(self.gate.clone().transpose()); // [N, 1]
        (recency + pointed.views.clone() * self.frequency.clone() + gate) * pointed.used.clone()
    }
}

/// Logits with the boosts added to their columns. `[N, V]`
#[must_use]
pub fn add(logits: Tensor<2>, boosts: Tensor<2>, pointed: &Pointed) -> Tensor<2> {
    logits.scatter(1, pointed.columns.clone().int(), boosts, IndexingUpdateOp::Add)
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
        let pointers = Pointers::new([context.as_slice(), &context[..1]].into_iter(), 10);
        assert_eq!((pointers.slots, &pointers.items[..4]), (3, &[9, 4, 7, 4][..]));
        assert_eq!(pointers.buckets[..3], [0, 1, 2]);
        assert_eq!(pointers.used, [1.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
        assert!((pointers.views[1] - 2.0_f32.ln()).abs() < 1e-6);
        assert_eq!(Pointers::new([context.as_slice()].into_iter(), 2).items, [9, 4]);
    }
}
