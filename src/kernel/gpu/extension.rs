//! What these kernels add to Burn's backends: one trait that automatic differentiation goes through, one that it does not.

use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, backend_extension};
use burn_cubecl::CubeBackend;

use super::boosts::{self, Told};
use super::dot_attention::{self, Heads};
use super::layout::{new, part, present};
use super::matmul::{self, Operand};
use super::{
    Gpu, additive_attention, gru_scan, join, layer_norm, linear, lstm_scan, reduce, rotary, row_dots, rows, seed,
    softmax_cross_entropy,
};
use crate::kernel::boosts::Path;
use crate::kernel::rotary::Turn;

/// Differentiable operations.
#[backend_extension(Cube, Autodiff)]
pub(super) trait Kernels: Backend {
    /// See [`crate::kernel::linear`].
    fn linear(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self>;

    /// See [`crate::kernel::layer_norm`].
    fn layer_norm(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self>;

    /// See [`crate::kernel::gru_scan`].
    fn gru_scan(
        projected: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        carried: FloatTensor<Self>,
        keep: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// See [`crate::kernel::lstm_scan`].
    fn lstm_scan(
        projected: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        hidden: FloatTensor<Self>,
        cell: FloatTensor<Self>,
        keep: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// See [`crate::kernel::additive_attention`].
    fn additive_attention(
        queries: FloatTensor<Self>,
        keys: FloatTensor<Self>,
        values: FloatTensor<Self>,
        scorer: FloatTensor<Self>,
        sessions: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// See [`crate::kernel::dot_attention`]; empty tensors stand for absent ones.
    fn dot_attention(
        stacked: FloatTensor<Self>,
        carried: FloatTensor<Self>,
        sessions: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        heads: Heads,
    ) -> FloatTensor<Self>;

    /// See [`crate::kernel::rotary`].
    fn rotate(x: FloatTensor<Self>, turn: Turn) -> FloatTensor<Self>;

    /// See [`crate::kernel::seed`].
    fn seed(output: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// Operations on tensors that no graph tracks. Empty tensors stand for absent ones.
#[backend_extension(Cube)]
pub(super) trait Untracked: Backend {
    /// See [`crate::kernel::softmax_cross_entropy`].
    fn softmax_cross_entropy(
        logits: FloatTensor<Self>,
        targets: FloatTensor<Self>,
        own: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// See [`crate::kernel::boosts::add`]: logits and own logits.
    fn boost(
        path: Path,
        weights: FloatTensor<Self>,
        gates: FloatTensor<Self>,
        records: FloatTensor<Self>,
        slots: usize,
        logits: FloatTensor<Self>,
        own: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// See [`crate::kernel::boosts::gradients`].
    #[allow(clippy::too_many_arguments, reason = "what the boosts were told from, and their gradients")]
    fn boost_gradients(
        path: Path,
        weights: FloatTensor<Self>,
        gates: FloatTensor<Self>,
        records: FloatTensor<Self>,
        slots: usize,
        hidden: FloatTensor<Self>,
        d_logits: FloatTensor<Self>,
        d_own: FloatTensor<Self>,
        d_hidden: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// Writes parts into a vector, from `start` on.
    #[allow(clippy::too_many_arguments, reason = "as many as can be bound")]
    fn lay(
        whole: FloatTensor<Self>,
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        e: FloatTensor<Self>,
        f: FloatTensor<Self>,
        start: usize,
    ) -> FloatTensor<Self>;

    /// See [`crate::kernel::row_dots`].
    fn row_dots(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self>;

    /// See [`crate::kernel::row_dots::gradients`].
    fn row_dot_gradients(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        slopes: FloatTensor<Self>,
        d_a: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// See [`crate::kernel::matmul`].
    fn product(a: FloatTensor<Self>, b: FloatTensor<Self>, transposed: [bool; 2]) -> FloatTensor<Self>;

    /// See [`crate::kernel::rows::gather`], of one shard.
    fn gather(
        out: FloatTensor<Self>,
        shard: FloatTensor<Self>,
        rows: FloatTensor<Self>,
        first: usize,
    ) -> FloatTensor<Self>;

    /// See [`crate::kernel::rows::put`], of one shard.
    fn put(
        shard: FloatTensor<Self>,
        rows: FloatTensor<Self>,
        numbers: FloatTensor<Self>,
        first: usize,
    ) -> FloatTensor<Self>;

    /// See [`crate::kernel::rows::sum`].
    fn sum_rows(
        first: FloatTensor<Self>,
        offsets: FloatTensor<Self>,
        order: FloatTensor<Self>,
        gradients: FloatTensor<Self>,
        more: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// See [`crate::kernel::adam_step`].
    fn adam(
        weights: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        rows: FloatTensor<Self>,
        start: usize,
        gradient: FloatTensor<Self>,
        scalars: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// See [`crate::kernel::clip`].
    fn clipped_scalars(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        scalars: FloatTensor<Self>,
        clip: f32,
    ) -> FloatTensor<Self>;

    /// See [`crate::kernel::view`].
    fn view(whole: FloatTensor<Self>, start: usize, end: usize) -> FloatTensor<Self>;
}

impl Kernels for CubeBackend {
    fn linear(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        linear::forward(&x, &weight, &bias)
    }

    fn layer_norm(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        layer_norm::forward(x, weight, bias).0
    }

    fn gru_scan(
        projected: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        carried: FloatTensor<Self>,
        keep: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        gru_scan::forward(projected, recurrent, bias, carried, keep).0
    }

    fn lstm_scan(
        projected: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        hidden: FloatTensor<Self>,
        cell: FloatTensor<Self>,
        keep: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        lstm_scan::forward(lstm_scan::Operands { projected, recurrent, bias, hidden, cell, keep }).0
    }

    fn additive_attention(
        queries: FloatTensor<Self>,
        keys: FloatTensor<Self>,
        values: FloatTensor<Self>,
        scorer: FloatTensor<Self>,
        sessions: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        additive_attention::forward(queries, keys, values, scorer, sessions).0
    }

    fn dot_attention(
        stacked: FloatTensor<Self>,
        carried: FloatTensor<Self>,
        sessions: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        heads: Heads,
    ) -> FloatTensor<Self> {
        dot_attention::forward(stacked, present(carried), sessions, present(bias), heads).0
    }

    fn rotate(x: FloatTensor<Self>, turn: Turn) -> FloatTensor<Self> {
        rotary::rotate(x, turn, true)
    }

    fn seed(output: FloatTensor<Self>, _: FloatTensor<Self>) -> FloatTensor<Self> {
        new(&output, [1])
    }
}

impl<C: CheckpointStrategy> Kernels for Autodiff<CubeBackend, C> {
    fn linear(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        linear::tracked::<C>(x, weight, bias)
    }

    fn layer_norm(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        layer_norm::tracked::<C>(x, weight, bias)
    }

    fn gru_scan(
        projected: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        carried: FloatTensor<Self>,
        keep: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        gru_scan::tracked::<C>(projected, recurrent, bias, carried, keep)
    }

    fn lstm_scan(
        projected: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        hidden: FloatTensor<Self>,
        cell: FloatTensor<Self>,
        keep: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        lstm_scan::tracked::<C>(projected, recurrent, bias, [hidden, cell, keep])
    }

    fn additive_attention(
        queries: FloatTensor<Self>,
        keys: FloatTensor<Self>,
        values: FloatTensor<Self>,
        scorer: FloatTensor<Self>,
        sessions: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        additive_attention::tracked::<C>(queries, keys, values, scorer, sessions)
    }

    fn dot_attention(
        stacked: FloatTensor<Self>,
        carried: FloatTensor<Self>,
        sessions: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        heads: Heads,
    ) -> FloatTensor<Self> {
        dot_attention::tracked::<C>(stacked, carried, sessions, bias, heads)
    }

    fn rotate(x: FloatTensor<Self>, turn: Turn) -> FloatTensor<Self> {
        rotary::tracked::<C>(x, turn)
    }

    fn seed(output: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self> {
        seed::tracked::<C>(output, gradient)
    }
}

impl Untracked for CubeBackend {
    fn softmax_cross_entropy(
        logits: FloatTensor<Self>,
        targets: FloatTensor<Self>,
        own: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        // A copy held here would keep the kernel from writing in place.
        let absent = (own.meta.num_elements() == 0).then(|| own.clone());
        let (loss, logits, own) =
            softmax_cross_entropy::softmax_cross_entropy(logits, targets, present(own), weights, present(bias));
        (loss, logits, own.or(absent).expect("own logits are given back where they were given"))
    }

    fn boost(
        path: Path,
        weights: FloatTensor<Self>,
        gates: FloatTensor<Self>,
        records: FloatTensor<Self>,
        slots: usize,
        logits: FloatTensor<Self>,
        own: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let absent = (own.meta.num_elements() == 0).then(|| own.clone());
        let (logits, own) = boosts::add(Told { path, weights, gates, records, slots }, logits, present(own));
        (logits, own.or(absent).expect("own logits are given back where they were given"))
    }

    fn boost_gradients(
        path: Path,
        weights: FloatTensor<Self>,
        gates: FloatTensor<Self>,
        records: FloatTensor<Self>,
        slots: usize,
        hidden: FloatTensor<Self>,
        d_logits: FloatTensor<Self>,
        d_own: FloatTensor<Self>,
        d_hidden: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let told = Told { path, weights, gates, records, slots };
        boosts::gradients(told, hidden, d_logits, present(d_own), d_hidden)
    }

    fn lay(
        whole: FloatTensor<Self>,
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        e: FloatTensor<Self>,
        f: FloatTensor<Self>,
        start: usize,
    ) -> FloatTensor<Self> {
        join::lay(&whole, [a, b, c, d, e, f].map(present), start);
        whole
    }

    fn row_dots(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self> {
        row_dots::row_dots(a, b)
    }

    fn row_dot_gradients(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        slopes: FloatTensor<Self>,
        d_a: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        row_dots::gradients(a, b, slopes, d_a)
    }

    fn product(a: FloatTensor<Self>, b: FloatTensor<Self>, transposed: [bool; 2]) -> FloatTensor<Self> {
        let of = |tensor: &Gpu, transposed| {
            if transposed { Operand::transposed(tensor) } else { Operand::plain(tensor) }
        };
        matmul::matmul(of(&a, transposed[0]), of(&b, transposed[1]), None)
    }

    fn gather(
        out: FloatTensor<Self>,
        shard: FloatTensor<Self>,
        rows: FloatTensor<Self>,
        first: usize,
    ) -> FloatTensor<Self> {
        rows::gather(&out, shard, rows, first);
        out
    }

    fn put(
        shard: FloatTensor<Self>,
        rows: FloatTensor<Self>,
        numbers: FloatTensor<Self>,
        first: usize,
    ) -> FloatTensor<Self> {
        rows::put(shard, rows, numbers, first)
    }

    fn sum_rows(
        first: FloatTensor<Self>,
        offsets: FloatTensor<Self>,
        order: FloatTensor<Self>,
        gradients: FloatTensor<Self>,
        more: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        rows::sum(present(first), offsets, order, gradients, present(more))
    }

    fn adam(
        weights: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        rows: FloatTensor<Self>,
        start: usize,
        gradient: FloatTensor<Self>,
        scalars: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let moved = rows::adam(rows::Moving { weights, first, second }, present(rows), start, gradient, scalars);
        (moved.weights, moved.first, moved.second)
    }

    fn clipped_scalars(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        scalars: FloatTensor<Self>,
        clip: f32,
    ) -> FloatTensor<Self> {
        reduce::clipped_scalars(a, b, scalars, clip)
    }

    fn view(whole: FloatTensor<Self>, start: usize, end: usize) -> FloatTensor<Self> {
        part(whole, start, end)
    }
}
