//! Softmax in two passes over a row.

use burn::tensor::{Tensor, TensorData};

use super::vector;
use homebody_simd::{exp_and_sum, maximum, scale};

/// See [`super::super::softmax`].
pub(in super::super) fn softmax(scores: Tensor<2>) -> Tensor<2> {
    let (shape, device) = (scores.dims(), scores.device());
    let mut numbers = vector(scores.into_data());
    for row in numbers.chunks_exact_mut(shape[1].max(1)) {
        let peak = maximum(row);
        let total = exp_and_sum(row, peak);
        scale(row, total.recip());
    }
    Tensor::from_data(TensorData::new(numbers, shape), &device)
}
