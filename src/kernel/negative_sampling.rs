//! Skip-gram's objective: logistic loss of each (centre, context) pair against negatives (Mikolov et al., 2013), with its
//! gradients, which are closed-form and need no graph, summed for each row of the tables.
//!
//! ```text
//! loss = Σ_p w_p0 [ −log σ(c_p · o_p0) ] − Σ_{j≥1} w_pj log σ(−c_p · o_pj)
//! ```

use burn::tensor::{Tensor, activation};

use super::rows::{Groups, gather, sum};
use super::shards::Shards;

/// Pairs, by the rows that they name.
#[derive(Debug, Clone)]
pub struct Input {
    /// Input and output vectors, `[V, d]` each; they come back as they are (so that nobody has to copy them).
    pub tables: [Shards; 2],
    /// Rows of the centres among the input vectors. `[P]`
    pub centres: Tensor<1>,
    /// Rows of the contexts among the output vectors, each followed by its negatives. `[P·(1 + negatives)]`
    pub outputs: Tensor<1>,
    /// Weight of each output's term: 0 masks accidental hits. `[P·(1 + negatives)]`
    pub weights: Tensor<1>,
    /// Which pairs each distinct centre has.
    pub by_centre: Groups,
    /// Which outputs each distinct output row has.
    pub by_output: Groups,
}

/// The loss and its gradients.
#[derive(Debug, Clone)]
pub struct Output {
    /// `[1]`, in nats, summed.
    pub loss: Tensor<1>,
    /// The input's.
    pub tables: [Shards; 2],
    /// Of the distinct centres' input vectors, `[groups, d]`.
    pub centres: Tensor<2>,
    /// Of the distinct output vectors, `[groups, d]`.
    pub outputs: Tensor<2>,
}

/// Loss and gradients on any device.
#[must_use]
pub fn negative_sampling(input: Input) -> Output {
    #[cfg(feature = "cpu")]
    if crate::device::is_cpu(&input.weights.device()) {
        return super::cpu::negative_sampling(input);
    }
    plain(input)
}

/// The same in Burn's own operations.
#[must_use]
pub fn plain(input: Input) -> Output {
    let [pairs] = input.centres.dims();
    let width = input.outputs.dims()[0] / pairs;
    let [inputs, outputs] = input.tables;
    let [_, d] = inputs.dims();
    let centres = gather(&inputs, input.centres).unsqueeze_dim::<3>(1); // [P, 1, d]
    let contexts = gather(&outputs, input.outputs).reshape([pairs, width, d]);
    let scores = (contexts.clone() * centres.clone()).sum_dim(2); // [P, 1 + n, 1]
    let device = scores.device();
    let label =
        Tensor::cat(vec![Tensor::<3>::ones([pairs, 1, 1], &device), Tensor::zeros([pairs, width - 1, 1], &device)], 1);
    let sign = label.clone() * 2.0 - 1.0;
    let weights = input.weights.reshape([pairs, width, 1]);
    let loss = (activation::log_sigmoid(scores.clone() * sign) * weights.clone()).sum().neg();
    let slope = (activation::sigmoid(scores) - label) * weights; // ∂loss/∂score
    let d_centres = (contexts * slope.clone()).sum_dim(1).reshape([pairs, d]);
    let d_outputs = (centres * slope).reshape([pairs * width, d]);
    Output {
        loss,
        tables: [inputs, outputs],
        centres: sum(None, input.by_centre, d_centres, None),
        outputs: sum(None, input.by_output, d_outputs, None),
    }
}
