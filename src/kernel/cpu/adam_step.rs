//! Adam in one pass, in place where nobody else holds the tensors.

use burn::tensor::{Tensor, TensorData};

use super::super::adam_step::{BETA_1, BETA_2, EPSILON, Input};
use super::vector;
use homebody_simd::optimizer::{Decay, adam};

const BETAS: Decay = Decay { first: BETA_1, second: BETA_2, epsilon: EPSILON };

/// See [`super::super::adam_step`].
pub(in super::super) fn adam_step(input: Input, rows: Option<(Tensor<1>, usize)>) -> (Tensor<2>, Tensor<2>, Tensor<2>) {
    let (device, shape) = (input.weights.device(), input.weights.dims());
    let scalars = vector(input.scalars.into_data());
    let scalars = [scalars[0], scalars[1], scalars[2], scalars[3]];
    let gradient = vector(input.gradient.into_data());
    let [mut weights, mut first, mut second] =
        [input.weights, input.first, input.second].map(|tensor| vector(tensor.into_data()));
    match rows {
        None => adam(BETAS, scalars, &gradient, [&mut weights, &mut first, &mut second]),
        Some((rows, start)) => {
            let width = shape[1];
            for (row, gradient) in vector(rows.into_data()).into_iter().zip(gradient.chunks_exact(width)) {
                let Some(row) = (row as usize).checked_sub(start).filter(|row| *row < shape[0]) else { continue };
                let span = row * width..(row + 1) * width;
                let [w, m, v] = [&mut weights, &mut first, &mut second].map(|whole| &mut whole[span.clone()]);
                adam(BETAS, scalars, gradient, [w, m, v]);
            }
        }
    }
    let tensor = |numbers| Tensor::from_data(TensorData::new(numbers, shape), &device);
    (tensor(weights), tensor(first), tensor(second))
}
