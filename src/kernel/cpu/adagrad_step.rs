//! `AdaGrad` in one pass, in place where nobody else holds the tensors.

use burn::tensor::{Tensor, TensorData};

use super::super::adagrad_step::{EPSILON, Input};
use super::super::lanes::{eights, load, splat, store};
use super::vector;

/// See [`super::super::adagrad_step`].
pub(in super::super) fn adagrad_step(input: Input) -> (Tensor<2>, Tensor<2>) {
    let (device, shape) = (input.weights.device(), input.weights.dims());
    let gradient = vector(input.gradient.into_data());
    let [mut weights, mut squares] = [input.weights, input.squares].map(|tensor| vector(tensor.into_data()));
    for at in eights(weights.len()) {
        let g = load(&gradient, at);
        let s = load(&squares, at) + g * g;
        let w = load(&weights, at) - splat(input.learning_rate) * g / (s.sqrt() + splat(EPSILON));
        store(s, &mut squares, at);
        store(w, &mut weights, at);
    }
    let tensor = |numbers| Tensor::from_data(TensorData::new(numbers, shape), &device);
    (tensor(weights), tensor(squares))
}
