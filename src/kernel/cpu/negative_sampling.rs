//! Skip-gram's loss and gradients, straight from the tables: no row is copied, and each gradient is added up in registers.

use burn::tensor::{Tensor, TensorData};

use super::super::lanes::{eights, load, store};
use super::super::math::{dot, sigmoid, softplus};
use super::super::negative_sampling::{Input, Output};
use super::rows::{Members, weighted_sum};
use super::{vector, whole_numbers};

/// See [`super::super::negative_sampling`].
pub(in super::super) fn negative_sampling(input: Input) -> Output {
    let device = input.weights.device();
    let shapes = input.tables.each_ref().map(Tensor::dims);
    let width = shapes[0][1];
    let [inputs, outputs] = input.tables.map(|table| vector(table.into_data()));
    let (centres, contexts) = (whole_numbers(input.centres), whole_numbers(input.outputs));
    let weights = vector(input.weights.into_data());
    let per_pair = contexts.len() / centres.len();
    let row = |at: u32| at as usize * width..(at as usize + 1) * width;
    let mut slopes = vec![0.0; contexts.len()];
    for ((scores, contexts), &centre) in
        slopes.chunks_exact_mut(per_pair).zip(contexts.chunks_exact(per_pair)).zip(&centres)
    {
        let centre = &inputs[row(centre)];
        for (score, &context) in scores.iter_mut().zip(contexts) {
            *score = dot(centre, &outputs[row(context)]);
        }
        // The loss of either side is softplus(u).
        scores[0] = -scores[0];
    }
    let loss = slopes_of(&mut slopes, &weights);
    slopes.iter_mut().step_by(per_pair).for_each(|slope| *slope = -*slope);

    let of_centres = Members::of(input.by_centre).map_sums(width, |pairs, sum| {
        let terms = pairs.iter().flat_map(|&pair| {
            let span = pair as usize * per_pair..(pair as usize + 1) * per_pair;
            slopes[span.clone()].iter().copied().zip(contexts[span].iter().copied())
        });
        weighted_sum(&terms, &outputs, sum);
    });
    let of_outputs = Members::of(input.by_output).map_sums(width, |positions, sum| {
        let terms = positions.iter().map(|&at| (slopes[at as usize], centres[at as usize / per_pair]));
        weighted_sum(&terms, &inputs, sum);
    });
    let tensor = |numbers, shape| Tensor::from_data(TensorData::new(numbers, shape), &device);
    let gradient = |sums: Vec<f32>| {
        let rows = sums.len() / width;
        tensor(sums, [rows, width])
    };
    Output {
        loss: Tensor::from_data(TensorData::new(vec![loss], [1]), &device),
        tables: [tensor(inputs, shapes[0]), tensor(outputs, shapes[1])],
        centres: gradient(of_centres),
        outputs: gradient(of_outputs),
    }
}

/// The weighted loss of scores u; they become its slopes.
fn slopes_of(scores: &mut [f32], weights: &[f32]) -> f32 {
    let mut loss = 0.0_f64;
    for at in eights(scores.len()) {
        // Past the end, weights read as zeros.
        let (u, weight) = (load(scores, at), load(weights, at));
        store(weight * sigmoid(u), scores, at);
        loss += f64::from((weight * softplus(u)).reduce_add());
    }
    loss as f32
}
