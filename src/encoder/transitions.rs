//! The transitions: beside the vocabulary's logits, what is known of the steps from the session's last item. What a network has to learn
//! from many sessions, a count knows at once; it learns how far to believe the counts, and what they cannot tell.
//!
//! ```text
//! logit_i += w₁ · ln(1 + n_li) + w₂ · ln(1 + V · n_li / (n_l + 1))      for each i of the most frequent successors of the last item l
//! w = softplus(gate · h_t + bias)
//! ```
//!
//! `n_li`: steps from l to i; `n_l`: all steps from l; V: items. In training, a row's own step is not counted: a count that has seen the answer
//! would be believed too much. Log-linear mixtures of neural and count-based models: Neubig & Dyer, "Generalizing and Hybridizing
//! Count-based and Neural Language Models", 2016.

use burn::tensor::Tensor;

use super::parameters::{Spec, join};
use super::pointers::{Pointed, Pointers};
use crate::catalogue::ItemIndex;
use crate::kernel::boosts::{Path, boosts};
use crate::sequences::Transitions;

/// What softplus turns into a weight of 0.31 each: together about as much as the logarithm of a probability weighs in a mixture of two.
const START: f32 = -1.0;

/// The path's weights: gate `[2, d]` and bias `[2]`, flat.
#[derive(Debug, Clone)]
pub struct TransitionPath(Tensor<1>);

/// For rows whose sessions' last items are `last`: their successors. In training, each row comes with what followed. Features: the two
/// logarithms.
#[must_use]
pub fn pointers(
    transitions: &Transitions,
    rows: impl Iterator<Item = (Option<ItemIndex>, Option<ItemIndex>)>,
) -> Pointers {
    let row = |(last, followed): (Option<ItemIndex>, Option<ItemIndex>)| {
        last.map_or(Vec::new(), |last| successors(transitions, last, followed))
    };
    Pointers::new(&rows.map(row).collect::<Vec<_>>())
}

/// The successors of an item with their features, without one step to `followed`.
#[must_use]
pub fn successors(transitions: &Transitions, last: ItemIndex, followed: Option<ItemIndex>) -> Vec<(u32, [f32; 2])> {
    let (counts, total) = transitions.after(last);
    let others = total.saturating_sub(u32::from(followed.is_some()));
    let scale = transitions.items() as f32 / (others + 1) as f32;
    let features = |&(item, count): &(u32, u32)| {
        let count = count - u32::from(followed.is_some_and(|followed| followed.0 == item));
        (count > 0).then(|| (item, [(count as f32).ln_1p(), (count as f32 * scale).ln_1p()]))
    };
    counts.iter().filter_map(features).collect()
}

impl TransitionPath {
    /// How many matrices it has: the last of a model's.
    pub const MATRICES: usize = 2;

    /// Its matrices, in order.
    pub(super) fn specs(name: &str, dim: usize) -> Vec<Spec> {
        vec![
            Spec::constant(format!("{name}.gate.weight"), [2, dim], 0.0),
            Spec::constant(format!("{name}.gate.bias"), [1, 2], START),
        ]
    }

    /// Takes its matrices, in the order of [`EncoderConfig::specs`](super::EncoderConfig::specs), where they follow the copy path's.
    #[must_use]
    pub fn take(weights: &mut impl Iterator<Item = Tensor<2>>) -> Option<Self> {
        Some(Self(join(vec![weights.next()?, weights.next()?])))
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
        boosts(Path::Transitions, hidden, &self.0, &pointed.features)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_does_not_count_its_own_step() {
        let items = |list: &[u32]| list.iter().map(|&i| ItemIndex(i)).collect::<Vec<_>>();
        let transitions = Transitions::new(4, &[items(&[0, 1, 0, 1, 0, 2])]);
        let of = |followed: Option<u32>| successors(&transitions, ItemIndex(0), followed.map(ItemIndex));
        let near = |found: Vec<(u32, [f32; 2])>, expected: &[(u32, [f32; 2])]| {
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(expected) {
                assert_eq!(found.0, expected.0);
                let distance = (0..2).map(|i| (found.1[i] - expected.1[i]).abs()).fold(0.0, f32::max);
                assert!(distance < 1e-6, "{found:?}");
            }
        };
        near(of(None), &[(1, [3_f32.ln(), 3_f32.ln()]), (2, [2_f32.ln(), 2_f32.ln()])]);
        // Two of three steps are left.
        near(
            of(Some(1)),
            &[(1, [2_f32.ln(), (1.0_f32 + 4.0 / 3.0).ln()]), (2, [2_f32.ln(), (1.0_f32 + 4.0 / 3.0).ln()])],
        );
        near(of(Some(2)), &[(1, [3_f32.ln(), (1.0_f32 + 8.0 / 3.0).ln()])]);
        let rows = [(Some(ItemIndex(3)), None), (None, None), (Some(ItemIndex(0)), None)];
        assert_eq!(pointers(&transitions, rows.into_iter()).used, [false, false, false, false, true, true]);
    }
}
