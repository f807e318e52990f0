//! `GloVe`'s loss and gradients in one pass over the gathered rows.

use burn::tensor::{Tensor, TensorData};

use super::super::weighted_squares::{Input, Output};
use super::vector;
use homebody_simd::{axpy, dot};

/// See [`super::super::weighted_squares`].
pub(in super::super) fn weighted_squares(input: Input) -> Output {
    let device = input.centres.device();
    let [pairs, width] = input.centres.dims();
    let d = width - 1;
    let (centres, contexts) = (vector(input.centres.into_data()), vector(input.contexts.into_data()));
    let (targets, weights) = (vector(input.targets.into_data()), vector(input.weights.into_data()));
    let mut d_centres = vec![0.0; centres.len()];
    let mut d_contexts = vec![0.0; contexts.len()];
    let mut loss = 0.0_f64;
    for pair in 0..pairs {
        let row = pair * width..(pair + 1) * width;
        let (centre, context) = (&centres[row.clone()], &contexts[row.clone()]);
        let error = dot(&centre[..d], &context[..d]) + centre[d] + context[d] - targets[pair];
        let slope = weights[pair] * error;
        loss += 0.5 * f64::from(slope * error);
        let (d_centre, d_context) = (&mut d_centres[row.clone()], &mut d_contexts[row]);
        axpy(slope, &context[..d], &mut d_centre[..d]);
        axpy(slope, &centre[..d], &mut d_context[..d]);
        (d_centre[d], d_context[d]) = (slope, slope);
    }
    let tensor = |numbers| Tensor::from_data(TensorData::new(numbers, [pairs, width]), &device);
    Output {
        loss: Tensor::from_data(TensorData::new(vec![loss as f32], [1]), &device),
        centres: tensor(d_centres),
        contexts: tensor(d_contexts),
    }
}
