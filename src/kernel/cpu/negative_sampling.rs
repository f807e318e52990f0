//! Skip-gram's loss and gradients in one pass over the gathered rows.

use burn::tensor::{Tensor, TensorData};

use super::super::math::{axpy, dot, exp, sigmoid};
use super::super::negative_sampling::{Input, Output};
use super::vector;

/// See [`super::super::negative_sampling`].
pub(in super::super) fn negative_sampling(input: Input) -> Output {
    let device = input.centres.device();
    let [pairs, outputs, width] = input.outputs.dims();
    let centres = vector(input.centres.into_data());
    let contexts = vector(input.outputs.into_data());
    let weights = vector(input.weights.into_data());
    let mut d_centres = vec![0.0; centres.len()];
    let mut d_contexts = vec![0.0; contexts.len()];
    let mut loss = 0.0_f64;
    for pair in 0..pairs {
        let row = pair * width..(pair + 1) * width;
        let (centre, d_centre) = (&centres[row.clone()], &mut d_centres[row]);
        for j in 0..outputs {
            let at = pair * outputs + j;
            if weights[at] == 0.0 {
                continue;
            }
            let span = at * width..(at + 1) * width;
            let score = dot(centre, &contexts[span.clone()]);
            let label = f32::from(u8::from(j == 0));
            let slope = weights[at] * (sigmoid(score) - label);
            loss += f64::from(weights[at] * softplus(if j == 0 { -score } else { score }));
            axpy(slope, &contexts[span.clone()], d_centre);
            axpy(slope, centre, &mut d_contexts[span]);
        }
    }
    Output {
        loss: Tensor::from_data(TensorData::new(vec![loss as f32], [1]), &device),
        centres: Tensor::from_data(TensorData::new(d_centres, [pairs, width]), &device),
        outputs: Tensor::from_data(TensorData::new(d_contexts, [pairs, outputs, width]), &device),
    }
}

/// log(1 + e^x), without overflow.
fn softplus(x: f32) -> f32 {
    x.max(0.0) + exp(-x.abs()).ln_1p()
}
