//! Sums of rows, group by group.

use burn::tensor::{Tensor, TensorData};
use homebody_simd::rows::Members;

use super::super::rows::{Groups, joined};
use super::{vector, whole_numbers};

pub(super) fn members(groups: Groups) -> Members {
    Members { offsets: whole_numbers(groups.offsets), order: whole_numbers(groups.order) }
}

/// See [`super::super::rows::sum`].
pub(in super::super) fn sum_rows(
    first: Option<Tensor<2>>,
    groups: Groups,
    gradients: Tensor<2>,
    more: Option<Tensor<2>>,
) -> Tensor<2> {
    let gradients = joined(gradients, more);
    let ([_, width], device) = (gradients.dims(), gradients.device());
    let members = members(groups);
    let gradients = vector(gradients.into_data());
    let mut sums = first.map_or_else(Vec::new, |first| vector(first.into_data()));
    sums.resize(members.groups() * width, 0.0);
    members.add_rows(width, &gradients, &mut sums);
    Tensor::from_data(TensorData::new(sums, [members.groups(), width]), &device)
}
