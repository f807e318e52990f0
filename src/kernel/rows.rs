//! Rows of an item table: read, put back, and their gradients added up without atomics, in one order on every device.

use burn::tensor::{IndexingUpdateOp, Tensor, TensorData};

use super::shards::Shards;

/// Which positions belong to which of U groups, in compressed rows.
#[derive(Debug, Clone)]
pub struct Groups {
    /// Where each group begins in `order`; the last is its end. `[U + 1]`
    pub offsets: Tensor<1>,
    /// Positions, group by group, ascending within each. `[P]`
    pub order: Tensor<1>,
}

/// The rows named, as often as they are.
///
/// # Shapes
/// `table`: `[V, d]`; `rows`: `[N]`; output `[N, d]`.
#[must_use]
pub fn gather(table: &Shards, rows: Tensor<1>) -> Tensor<2> {
    on_a_gpu!(rows, gather(table, rows), table.whole().select(0, rows.int()))
}

/// Puts numbers in the place of rows, each named once.
///
/// # Shapes
/// `rows`: `[U]`; `numbers`: `[U, d]`.
#[allow(clippy::needless_pass_by_value, reason = "the twins that a build has consume them")]
pub fn put(table: &mut Shards, rows: Tensor<1>, numbers: Tensor<2>) {
    on_a_gpu!(rows, put(table, rows, numbers), plain_put(table, rows, numbers));
}

/// Of a table in one piece.
fn plain_put(table: &mut Shards, rows: Tensor<1>, numbers: Tensor<2>) {
    let whole = table.lend().into_whole();
    *table = whole.select_assign(0, rows.int(), numbers, IndexingUpdateOp::Assign).into();
}

/// For each group, the sum of its positions' rows of `gradients`, and of the row of `first` that has the group's number, where there is one.
/// Positions past the rows of `gradients` are those of `more`.
///
/// # Shapes
/// `first`: at most `[U, d]`; `gradients` and `more`: `[P, d]` together; output `[U, d]`.
#[must_use]
#[allow(clippy::needless_pass_by_value, reason = "the twins that a build has consume them")]
pub fn sum(first: Option<Tensor<2>>, groups: Groups, gradients: Tensor<2>, more: Option<Tensor<2>>) -> Tensor<2> {
    on_its_device!(
        gradients,
        sum_rows(first, groups, gradients, more),
        plain_sum(first.as_ref(), &groups, &joined(gradients, more))
    )
}

/// One tensor of both.
pub(super) fn joined(gradients: Tensor<2>, more: Option<Tensor<2>>) -> Tensor<2> {
    match more {
        None => gradients,
        Some(more) => Tensor::cat(vec![gradients, more], 0),
    }
}

/// The same in Burn's own operations.
///
/// # Panics
/// On a device that cannot be read synchronously.
#[must_use]
pub fn plain_sum(first: Option<&Tensor<2>>, groups: &Groups, gradients: &Tensor<2>) -> Tensor<2> {
    let offsets: Vec<f32> = groups.offsets.clone().into_data().try_into_vec().expect("offsets are f32");
    let ([_, width], device) = (gradients.dims(), gradients.device());
    let present = first.map_or(0, |first| first.dims()[0]);
    let rows = offsets.windows(2).enumerate().map(|(group, ends)| {
        let order = groups.order.clone().slice([ends[0] as usize..ends[1] as usize]);
        let own = first.filter(|_| group < present).map(|first| first.clone().slice([group..=group]));
        let own = own.unwrap_or_else(|| Tensor::from_data(TensorData::zeros::<f32, _>([1, width]), &device));
        if ends[0] < ends[1] { own + gradients.clone().select(0, order.int()).sum_dim(0) } else { own }
    });
    Tensor::cat(rows.collect(), 0)
}
