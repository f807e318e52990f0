//! NDCG@10 on held-out cases, over the full ranking, computed where the model is; one number is read back.
//!
//! Nothing is filtered, and an item that scores the same as the target counts as ranked before it.

use burn::tensor::{Int, Tensor, TensorData};

use crate::error::Result;
use crate::model::SequenceModel;
use crate::sequences::{Case, Context};

/// Cases of one batch, at most.
const BATCH: usize = 64;
/// Scores of one batch, at most, where it has several cases: 64 MiB, half of what WebGPU binds at once by default.
const SCORES: usize = 1 << 24;
/// Older items of a context hardly matter for early stopping, and cost time; a Transformer is judged on all that it may look back on.
const CONTEXT: usize = 64;

/// A validation in progress.
#[derive(Debug, Default)]
pub(super) struct Validation {
    done: usize,
    gain: Option<Tensor<1>>,
}

impl Validation {
    pub(super) fn is_over(&self, cases: &[Case]) -> bool {
        self.done >= cases.len()
    }

    /// Ranks the next batch.
    pub(super) fn next(&mut self, model: &SequenceModel, cases: &[Case]) -> Result<()> {
        let [items, _] = model.items.dims();
        let size = (SCORES / items.max(1)).clamp(1, BATCH);
        let batch = &cases[self.done..(self.done + size).min(cases.len())];
        let length = if model.config.is_transformer() { model.config.window.max(CONTEXT) } else { CONTEXT };
        let contexts: Vec<Context<'_>> = batch.iter().map(|case| Context::from(case).last(length)).collect();
        let scores = model.scores_timed(&contexts)?; // [n, V]
        let targets: Vec<f32> = batch.iter().map(|case| case.target.0 as f32).collect();
        let gain = gains(scores, targets).sum();
        self.gain = Some(match self.gain.take() {
            None => gain,
            Some(sum) => sum + gain,
        });
        self.done += batch.len();
        Ok(())
    }

    /// The mean gain: the one readback.
    pub(super) async fn ndcg(self, cases: &[Case]) -> Result<f32> {
        match self.gain {
            None => Ok(0.0),
            Some(gain) => Ok(super::scalar(gain).await? / cases.len() as f32),
        }
    }
}

/// 1 / log₂(1 + rank) within the top ten, else 0. `[n, V] → [n]`
fn gains(scores: Tensor<2>, targets: Vec<f32>) -> Tensor<1> {
    let [n, items] = scores.dims();
    let targets: Tensor<1> = Tensor::from_data(TensorData::new(targets, [n]), &scores.device());
    let targets: Tensor<2, Int> = targets.int().reshape([n, 1]);
    let own = scores.clone().gather(1, targets).expand([n, items]);
    // Scores that are not numbers compare false throughout: rank 0, which gains nothing.
    let rank = scores.greater_equal(own).float().sum_dim(1).reshape([n]);
    let outside = rank.clone().lower_elem(1.0).float() + rank.clone().greater_elem(10.0).float();
    let gain = (rank.clamp_min(1.0) + 1.0).log().recip() * std::f32::consts::LN_2;
    gain * (outside * -1.0 + 1.0)
}

#[cfg(all(test, feature = "cpu"))]
mod tests {
    use super::*;

    #[test]
    fn ties_count_against_the_target_and_only_the_top_ten_gains() {
        let device = crate::device::cpu().unwrap();
        let mut rows = vec![3.0, 2.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        rows.extend([1.0; 11]);
        rows.extend([f32::NAN; 11]);
        let scores = Tensor::from_data(TensorData::new(rows, [3, 11]), &device);
        let gains: Vec<f32> = gains(scores, vec![1.0, 0.0, 0.0]).into_data().try_into_vec().unwrap();
        assert!((gains[0] - 0.5).abs() < 1e-6, "rank 3 gains 1/log2(4): {gains:?}");
        assert_eq!(&gains[1..], [0.0, 0.0]);
    }
}
