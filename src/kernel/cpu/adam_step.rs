//! Adam in one pass, in place where nobody else holds the tensors.

use burn::tensor::{Tensor, TensorData};

use super::super::adam_step::{BETA_1, BETA_2, EPSILON, Input};
use super::super::lanes::{eights, load, splat, store};
use super::vector;

/// See [`super::super::adam_step`].
pub(in super::super) fn adam_step(input: Input, rows: Option<Tensor<1>>) -> (Tensor<2>, Tensor<2>, Tensor<2>) {
    let (device, shape) = (input.weights.device(), input.weights.dims());
    let scalars = vector(input.scalars.into_data());
    let scalars = [scalars[0], scalars[1], scalars[2], scalars[3]];
    let gradient = vector(input.gradient.into_data());
    let [mut weights, mut first, mut second] =
        [input.weights, input.first, input.second].map(|tensor| vector(tensor.into_data()));
    match rows {
        None => step(scalars, &gradient, [&mut weights, &mut first, &mut second]),
        Some(rows) => {
            let width = shape[1];
            for (row, gradient) in vector(rows.into_data()).into_iter().zip(gradient.chunks_exact(width)) {
                let span = row as usize * width..(row as usize + 1) * width;
                let [w, m, v] = [&mut weights, &mut first, &mut second].map(|whole| &mut whole[span.clone()]);
                step(scalars, gradient, [w, m, v]);
            }
        }
    }
    let tensor = |numbers| Tensor::from_data(TensorData::new(numbers, shape), &device);
    (tensor(weights), tensor(first), tensor(second))
}

fn step([rate, scale, decay, factor]: [f32; 4], gradient: &[f32], [weights, first, second]: [&mut [f32]; 3]) {
    let [rate, scale, kept, factor] = [rate, scale, 1.0 - decay, factor].map(splat);
    for at in eights(weights.len()) {
        let g = factor * load(gradient, at);
        let m = splat(BETA_1) * load(first, at) + splat(1.0 - BETA_1) * g;
        let v = splat(BETA_2) * load(second, at) + splat(1.0 - BETA_2) * g * g;
        let w = load(weights, at) * kept - rate * m / (v.sqrt() * scale + splat(EPSILON));
        store(m, first, at);
        store(v, second, at);
        store(w, weights, at);
    }
}
