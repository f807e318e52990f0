//! Softmax cross-entropy in one pass over the logits, which become their own gradient.

use burn::tensor::{Tensor, TensorData};

use super::super::softmax_cross_entropy::{Input, Output};
use super::vector;
use homebody_simd::{add, exp_and_sum, exp_of, maximum, scale};

/// See [`super::super::softmax_cross_entropy`].
pub(in super::super) fn softmax_cross_entropy(input: Input) -> Output {
    let ([rows, columns], device) = (input.logits.dims(), input.logits.device());
    let (targets, weights) = (vector(input.targets.into_data()), vector(input.weights.into_data()));
    let bias = input.bias.map_or_else(Vec::new, |bias| vector(bias.into_data()));
    let mut gradient = vector(input.logits.into_data());
    let mut loss = 0.0_f64;
    let mut own = input.own.map(|own| vector(own.into_data()));
    for (at, (row, (target, weight))) in
        gradient.chunks_exact_mut(columns).zip(targets.into_iter().zip(weights)).enumerate()
    {
        let target = target as usize;
        loss += f64::from(match &mut own {
            None => row_loss(row, target, weight, &bias),
            Some(own) => sampled_row_loss(row, target, &mut own[at], weight, &bias),
        });
    }
    Output {
        loss: Tensor::from_data(TensorData::new(vec![loss as f32], [1]), &device),
        logits: Tensor::from_data(TensorData::new(gradient, [rows, columns]), &device),
        own: own.map(|own| Tensor::from_data(TensorData::new(own, [rows]), &device)),
    }
}

/// One row's weighted loss; the row becomes its gradient.
fn row_loss(row: &mut [f32], target: usize, weight: f32, bias: &[f32]) -> f32 {
    if weight == 0.0 {
        row.fill(0.0);
        return 0.0;
    }
    let own = row[target];
    if !bias.is_empty() {
        add(row, bias);
        row[target] = own;
    }
    let peak = maximum(row);
    let total = exp_and_sum(row, peak);
    scale(row, weight / total);
    row[target] -= weight;
    weight * (peak + total.ln() - own)
}

/// As [`row_loss`], with the target's logit beside the row; it becomes its gradient, too.
fn sampled_row_loss(row: &mut [f32], left_out: usize, own: &mut f32, weight: f32, bias: &[f32]) -> f32 {
    if weight == 0.0 {
        row.fill(0.0);
        *own = 0.0;
        return 0.0;
    }
    if !bias.is_empty() {
        add(row, bias);
    }
    if let Some(hit) = row.get_mut(left_out) {
        *hit = f32::MIN;
    }
    let peak = maximum(row).max(*own);
    let own_power = exp_of(*own - peak);
    let mut total = exp_and_sum(row, peak) + own_power;
    if let Some(hit) = row.get_mut(left_out) {
        total -= *hit;
        *hit = 0.0;
    }
    scale(row, weight / total);
    let loss = weight * (peak + total.ln() - *own);
    *own = own_power * (weight / total) - weight;
    loss
}
