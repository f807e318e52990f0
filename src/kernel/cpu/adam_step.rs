//! Adam in one pass, in place where nobody else holds the tensors.

use burn::tensor::{Tensor, TensorData};

use super::super::adam_step::{BETA_1, BETA_2, EPSILON, Input};
use super::vector;

/// See [`super::super::adam_step`].
pub(in super::super) fn adam_step(input: Input) -> (Tensor<2>, Tensor<2>, Tensor<2>) {
    let (device, shape) = (input.weights.device(), input.weights.dims());
    let scalars = vector(input.scalars.into_data());
    let [rate, scale, decay, factor] = [scalars[0], scalars[1], scalars[2], scalars[3]];
    let gradient = vector(input.gradient.into_data());
    let [mut weights, mut first, mut second] =
        [input.weights, input.first, input.second].map(|tensor| vector(tensor.into_data()));
    let moments = first.iter_mut().zip(&mut second);
    for ((w, g), (m, v)) in weights.iter_mut().zip(&gradient).zip(moments) {
        let g = factor * g;
        *m = BETA_1 * *m + (1.0 - BETA_1) * g;
        *v = BETA_2 * *v + (1.0 - BETA_2) * g * g;
        *w = *w * (1.0 - decay) - rate * *m / (v.sqrt() * scale + EPSILON);
    }
    let tensor = |numbers| Tensor::from_data(TensorData::new(numbers, shape), &device);
    (tensor(weights), tensor(first), tensor(second))
}
