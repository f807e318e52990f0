//! Sums of rows, group by group.

use burn::tensor::{Tensor, TensorData};

use super::super::math::axpy;
use super::super::rows::Groups;
use super::vector;

/// See [`super::super::rows::sum`].
pub(in super::super) fn sum_rows(first: Option<Tensor<2>>, groups: Groups, gradients: Tensor<2>) -> Tensor<2> {
    let ([_, width], device) = (gradients.dims(), gradients.device());
    let offsets = vector(groups.offsets.into_data());
    let order = vector(groups.order.into_data());
    let gradients = vector(gradients.into_data());
    let groups = offsets.len() - 1;
    let mut sums = first.map_or_else(Vec::new, |first| vector(first.into_data()));
    sums.resize(groups * width, 0.0);
    for (sum, ends) in sums.chunks_exact_mut(width).zip(offsets.windows(2)) {
        for &position in &order[ends[0] as usize..ends[1] as usize] {
            axpy(1.0, &gradients[position as usize * width..][..width], sum);
        }
    }
    Tensor::from_data(TensorData::new(sums, [groups, width]), &device)
}
