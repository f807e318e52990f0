//! `AdaGrad` in one pass, in place where nobody else holds the tensors.

use burn::tensor::{Tensor, TensorData};

use super::super::adagrad_step::{EPSILON, Input};
use super::vector;
use homebody_simd::optimizer::adagrad;

/// See [`super::super::adagrad_step`].
pub(in super::super) fn adagrad_step(input: Input) -> (Tensor<2>, Tensor<2>) {
    let (device, shape) = (input.weights.device(), input.weights.dims());
    let gradient = vector(input.gradient.into_data());
    let [mut weights, mut squares] = [input.weights, input.squares].map(|tensor| vector(tensor.into_data()));
    adagrad(input.learning_rate, EPSILON, &gradient, &mut weights, &mut squares);
    let tensor = |numbers| Tensor::from_data(TensorData::new(numbers, shape), &device);
    (tensor(weights), tensor(squares))
}
