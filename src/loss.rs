//! Objectives: what a row's scores cost, given which of them should have been the highest.

use burn::tensor::{Tensor, activation};
use serde::{Deserialize, Serialize};

use crate::kernel::softmax_cross_entropy::{Input, Output, differentiate, one_hot, softmax_cross_entropy};

/// What training minimises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// Softmax cross-entropy over the candidates, sampled ones corrected by logQ: the best by published comparisons.
    #[default]
    Softmax,
    /// Binary cross-entropy of the target and the negatives, as in `SASRec` (Kang & `McAuley`, 2018); the mean over both.
    Bce,
    /// Generalised BCE (Petrov & Macdonald, 2023, with t = 0.75): the target's probability to the power β, against the
    /// overconfidence that few negatives bring.
    Gbce,
    /// BPR-max (Hidasi & Karatzoglou, 2018), with a score penalty of 1.
    BprMax,
}

/// Rows of scores.
#[derive(Debug, Clone)]
pub struct Scored {
    /// Scores of the candidates, their targets, weights and (softmax's) bias.
    pub rows: Input,
    /// The objectives but softmax: 1 where the column is a negative; `None`: all are. `[S]`, a constant.
    pub negatives: Option<Tensor<1>>,
}

/// The β of [`Loss::Gbce`] for `negatives` drawn from `items`.
#[must_use]
pub fn gbce_power(negatives: usize, items: usize) -> f32 {
    const CALIBRATION: f32 = 0.75;
    let rate = (negatives as f32 / (items.max(2) - 1) as f32).min(1.0);
    rate * (CALIBRATION * (1.0 - rate.recip()) + rate.recip())
}

impl Loss {
    /// The loss with its gradients.
    ///
    /// `power` is [`gbce_power`]; the other objectives ignore it.
    #[must_use]
    pub fn with_gradients(self, scored: Scored, power: f32) -> Output {
        let Scored { rows, negatives } = scored;
        match self {
            Self::Softmax => softmax_cross_entropy(rows),
            Self::Bce => differentiate(rows, |rows| binary(rows, negatives, 1.0)),
            Self::Gbce => differentiate(rows, |rows| binary(rows, negatives, power)),
            Self::BprMax => differentiate(rows, |rows| bpr_max(rows, negatives)),
        }
    }
}

/// Scores of the targets `[N, 1]`, and 1 where a column is a row's negative `[N, S]`.
fn sides(scored: &Input, negatives: Option<Tensor<1>>) -> (Tensor<2>, Tensor<2>) {
    let [rows, columns] = scored.logits.dims();
    let drawn = match negatives {
        Some(negatives) => negatives.reshape([1, columns]).expand([rows, columns]),
        None => Tensor::ones([rows, columns], &scored.weights.device()),
    };
    let target = one_hot(scored.targets.clone(), [rows, columns]);
    let positive = match &scored.own {
        Some(own) => own.clone().reshape([rows, 1]),
        None => scored.logits.clone().gather(1, scored.targets.clone().int().reshape([rows, 1])),
    };
    (positive, drawn * (target * -1.0 + 1.0))
}

fn binary(scored: Input, negatives: Option<Tensor<1>>, power: f32) -> Tensor<1> {
    let (positive, negative) = sides(&scored, negatives);
    let [rows, _] = negative.dims();
    let count = negative.clone().sum_dim(1) + 1.0; // [N, 1]
    let against = (activation::log_sigmoid(scored.logits.neg()) * negative).sum_dim(1);
    let total = (activation::log_sigmoid(positive) * power + against) / count;
    (total.reshape([rows]) * scored.weights).sum().neg()
}

fn bpr_max(scored: Input, negatives: Option<Tensor<1>>) -> Tensor<1> {
    const SCORE_PENALTY: f32 = 1.0;
    /// Keeps the logarithm finite where every negative wins.
    const LEAST: f32 = 1e-24;
    const LEFT_OUT: f32 = -1e4;
    let (positive, negative) = sides(&scored, negatives);
    let [rows, columns] = negative.dims();
    let share = activation::softmax(scored.logits.clone() + (negative - 1.0) * -LEFT_OUT, 1); // [N, S]
    let wins = activation::sigmoid(positive.expand([rows, columns]) - scored.logits.clone());
    let loss = (share.clone() * wins).sum_dim(1).clamp_min(LEAST).log().neg();
    let penalty = (share * scored.logits.square()).sum_dim(1) * SCORE_PENALTY;
    ((loss + penalty).reshape([rows]) * scored.weights).sum()
}
