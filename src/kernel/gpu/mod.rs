//! The GPU twins: `CubeCL` kernels, with hand-written backwards, within WebGPU's default limits: seven buffers (and `CubeCL`'s own),
//! 16 KiB of workgroup memory, 256 units, no atomics, no subgroups.
//!
//! `launch_unchecked` leaves out bounds checks that a browser makes anyway; each launch says why it needs none.
#![allow(unsafe_code, reason = "launching a kernel without CubeCL's bounds checks is unsafe")]
#![allow(clippy::needless_pass_by_value, reason = "a tensor that is passed on by value may be written in place")]

mod additive_attention;
mod boosts;
mod dot_attention;
mod gru_scan;
mod join;
mod layer_norm;
mod linear;
mod lstm_scan;
mod math;
mod matmul;
mod reduce;
mod rotary;
mod row_dots;
mod rows;
mod seed;
mod softmax_cross_entropy;

use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::Ops;
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, backend_extension};
use burn::tensor::{Device, Shape, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use cubecl::prelude::{Const, CubeCount, CubeDim, Vector};

use super::boosts::{Boosted, Input, Path};
use super::rotary::Turn;
use super::shards::{Shards, take};
use super::view::ALIGNED;
use boosts::Told;
use dot_attention::Heads;
use matmul::Operand;

/// `CubeCL`'s float primitive.
type Gpu = FloatTensor<CubeBackend>;
/// Four numbers at once.
type V4 = Vector<f32, Const<4>>;

/// Units of a workgroup where each works alone.
const ALONE: usize = 64;
/// Workgroups along one axis: WebGPU's limit.
const MOST_CUBES: usize = 65_535;

/// Differentiable operations.
#[backend_extension(Cube, Autodiff)]
trait Kernels: Backend {
    /// See [`super::linear`].
    fn linear(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self>;

    /// See [`super::layer_norm`].
    fn layer_norm(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self>;

    /// See [`super::gru_scan`].
    fn gru_scan(
        projected: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        carried: FloatTensor<Self>,
        keep: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// See [`super::lstm_scan`].
    fn lstm_scan(
        projected: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        hidden: FloatTensor<Self>,
        cell: FloatTensor<Self>,
        keep: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// See [`super::additive_attention`].
    fn additive_attention(
        queries: FloatTensor<Self>,
        keys: FloatTensor<Self>,
        values: FloatTensor<Self>,
        scorer: FloatTensor<Self>,
        sessions: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// See [`super::dot_attention`]; empty tensors stand for absent ones.
    fn dot_attention(
        stacked: FloatTensor<Self>,
        carried: FloatTensor<Self>,
        sessions: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        heads: Heads,
    ) -> FloatTensor<Self>;

    /// See [`super::rotary`].
    fn rotate(x: FloatTensor<Self>, turn: Turn) -> FloatTensor<Self>;

    /// See [`super::seed`].
    fn seed(output: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// Operations on tensors that no graph tracks. Empty tensors stand for absent ones.
#[backend_extension(Cube)]
trait Untracked: Backend {
    /// See [`super::softmax_cross_entropy`].
    fn softmax_cross_entropy(
        logits: FloatTensor<Self>,
        targets: FloatTensor<Self>,
        own: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// See [`super::boosts::add`]: logits and own logits.
    fn boost(
        path: Path,
        weights: FloatTensor<Self>,
        gates: FloatTensor<Self>,
        records: FloatTensor<Self>,
        slots: usize,
        logits: FloatTensor<Self>,
        own: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// See [`super::boosts::gradients`].
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

    /// See [`super::row_dots`].
    fn row_dots(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self>;

    /// See [`super::row_dots::gradients`].
    fn row_dot_gradients(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        slopes: FloatTensor<Self>,
        d_a: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// See [`super::matmul`].
    fn product(a: FloatTensor<Self>, b: FloatTensor<Self>, transposed: [bool; 2]) -> FloatTensor<Self>;

    /// See [`super::rows::gather`], of one shard.
    fn gather(
        out: FloatTensor<Self>,
        shard: FloatTensor<Self>,
        rows: FloatTensor<Self>,
        first: usize,
    ) -> FloatTensor<Self>;

    /// See [`super::rows::put`], of one shard.
    fn put(
        shard: FloatTensor<Self>,
        rows: FloatTensor<Self>,
        numbers: FloatTensor<Self>,
        first: usize,
    ) -> FloatTensor<Self>;

    /// See [`super::rows::sum`].
    fn sum_rows(
        first: FloatTensor<Self>,
        offsets: FloatTensor<Self>,
        order: FloatTensor<Self>,
        gradients: FloatTensor<Self>,
        more: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// See [`super::adam_step`].
    fn adam(
        weights: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        rows: FloatTensor<Self>,
        start: usize,
        gradient: FloatTensor<Self>,
        scalars: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// See [`super::clip`].
    fn clipped_scalars(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        scalars: FloatTensor<Self>,
        clip: f32,
    ) -> FloatTensor<Self>;

    /// See [`super::view`].
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

/// See [`super::linear::linear`].
pub(super) fn linear(x: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<2>>) -> Tensor<2> {
    let bias = bias.unwrap_or_else(|| Tensor::empty([0, 0], &weight.device()));
    Tensor::from_dispatch(<Dispatch as Kernels>::linear(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
    ))
}

/// See [`super::layer_norm::layer_norm`].
pub(super) fn layer_norm(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<2>) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as Kernels>::layer_norm(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
    ))
}

/// See [`super::gru_scan::gru_scan`].
pub(super) fn gru_scan(input: super::gru_scan::Input) -> Tensor<3> {
    if !Scan::fits(input.carried.dims()[1]) {
        return super::gru_scan::plain(input);
    }
    Tensor::from_dispatch(<Dispatch as Kernels>::gru_scan(
        input.projected.into_dispatch(),
        input.recurrent.into_dispatch(),
        input.bias.into_dispatch(),
        input.carried.into_dispatch(),
        input.keep.into_dispatch(),
    ))
}

/// See [`super::lstm_scan::lstm_scan`].
pub(super) fn lstm_scan(input: super::lstm_scan::Input) -> Tensor<3> {
    if !Scan::fits(input.hidden.dims()[1]) {
        return super::lstm_scan::plain(input);
    }
    Tensor::from_dispatch(<Dispatch as Kernels>::lstm_scan(
        input.projected.into_dispatch(),
        input.recurrent.into_dispatch(),
        input.bias.into_dispatch(),
        input.hidden.into_dispatch(),
        input.cell.into_dispatch(),
        input.keep.into_dispatch(),
    ))
}

/// See [`super::additive_attention::additive_attention`].
pub(super) fn additive_attention(input: super::additive_attention::Input) -> Tensor<3> {
    Tensor::from_dispatch(<Dispatch as Kernels>::additive_attention(
        input.queries.into_dispatch(),
        input.keys.into_dispatch(),
        input.values.into_dispatch(),
        input.scorer.into_dispatch(),
        input.sessions.into_dispatch(),
    ))
}

/// See [`super::dot_attention::dot_attention`].
pub(super) fn dot_attention(input: super::dot_attention::Input) -> Tensor<3> {
    let device = input.stacked.device();
    Tensor::from_dispatch(<Dispatch as Kernels>::dot_attention(
        input.stacked.into_dispatch(),
        input.carried.unwrap_or_else(|| Tensor::empty([0, 0, 0], &device)).into_dispatch(),
        input.sessions.into_dispatch(),
        input.bias.unwrap_or_else(|| Tensor::empty([0, 0, 0, 0], &device)).into_dispatch(),
        Heads { count: input.heads, causal: input.causal },
    ))
}

/// See [`super::rotary::rotate`].
pub(super) fn rotate(x: Tensor<3>, turn: Turn) -> Tensor<3> {
    Tensor::from_dispatch(<Dispatch as Kernels>::rotate(x.into_dispatch(), turn))
}

/// See [`super::seed::seed`].
pub(super) fn seed(output: Tensor<2>, gradient: Tensor<2>) -> Tensor<1> {
    Tensor::from_dispatch(<Dispatch as Kernels>::seed(output.into_dispatch(), gradient.into_dispatch()))
}

/// See [`super::softmax_cross_entropy`].
pub(super) fn softmax_cross_entropy(
    input: super::softmax_cross_entropy::Input,
) -> super::softmax_cross_entropy::Output {
    let empty = Tensor::<1>::empty([0], &input.weights.device());
    let apart = input.own.is_some();
    let (loss, logits, own) = <Dispatch as Untracked>::softmax_cross_entropy(
        input.logits.into_dispatch(),
        input.targets.into_dispatch(),
        input.own.unwrap_or_else(|| empty.clone()).into_dispatch(),
        input.weights.into_dispatch(),
        input.bias.unwrap_or(empty).into_dispatch(),
    );
    let (loss, logits, own) = (Tensor::from_dispatch(loss), Tensor::from_dispatch(logits), Tensor::from_dispatch(own));
    super::softmax_cross_entropy::Output { loss, logits, own: apart.then_some(own) }
}

/// See [`super::boosts::add`].
pub(super) fn boost(input: &Input, logits: Tensor<2>, own: Option<Tensor<1>>) -> Boosted {
    let ([_, dim], count) = (input.hidden.dims(), input.path.gates());
    let gate = view(input.weights.clone(), 0..count * dim).reshape([count, dim]);
    let bias = (input.path == Path::Transitions)
        .then(|| view(input.weights.clone(), count * dim..count * dim + count).reshape([1, count]));
    let gates = linear(input.hidden.clone(), gate, bias);
    let apart = own.is_some();
    let own = own.unwrap_or_else(|| Tensor::empty([0], &input.weights.device()));
    let (logits, own) = <Dispatch as Untracked>::boost(
        input.path,
        input.weights.clone().into_dispatch(),
        gates.clone().into_dispatch(),
        input.records.clone().into_dispatch(),
        input.slots,
        logits.into_dispatch(),
        own.into_dispatch(),
    );
    let own = Tensor::from_dispatch(own);
    Boosted { logits: Tensor::from_dispatch(logits), own: apart.then_some(own), gates }
}

/// See [`super::boosts::gradients`].
pub(super) fn boost_gradients(
    input: &Input,
    gates: Tensor<2>,
    [d_logits, d_hidden]: [Tensor<2>; 2],
    d_own: Option<Tensor<1>>,
) -> (Tensor<2>, Tensor<1>) {
    let d_own = d_own.unwrap_or_else(|| Tensor::empty([0], &input.weights.device()));
    let (d_hidden, d_weights) = <Dispatch as Untracked>::boost_gradients(
        input.path,
        input.weights.clone().into_dispatch(),
        gates.into_dispatch(),
        input.records.clone().into_dispatch(),
        input.slots,
        input.hidden.clone().into_dispatch(),
        d_logits.into_dispatch(),
        d_own.into_dispatch(),
        d_hidden.into_dispatch(),
    );
    (Tensor::from_dispatch(d_hidden), Tensor::from_dispatch(d_weights))
}

/// See [`super::join::join`].
pub(super) fn join(parts: Vec<Tensor<1>>) -> Tensor<1> {
    let device = parts[0].device();
    let sizes: Vec<usize> = parts.iter().map(|part| part.dims()[0]).collect();
    let mut whole = Tensor::<1>::empty([sizes.iter().sum::<usize>()], &device);
    let mut start = 0;
    for (parts, sizes) in parts.chunks(join::PARTS).zip(sizes.chunks(join::PARTS)) {
        let mut parts = parts.iter().cloned();
        let mut part = || parts.next().unwrap_or_else(|| Tensor::empty([0], &device)).into_dispatch();
        let [a, b, c, d, e, f] = std::array::from_fn(|_| part());
        whole = Tensor::from_dispatch(<Dispatch as Untracked>::lay(whole.into_dispatch(), a, b, c, d, e, f, start));
        start += sizes.iter().sum::<usize>();
    }
    whole
}

/// See [`super::row_dots::row_dots`].
pub(super) fn row_dots(a: Tensor<2>, b: Tensor<2>) -> Tensor<1> {
    Tensor::from_dispatch(<Dispatch as Untracked>::row_dots(a.into_dispatch(), b.into_dispatch()))
}

/// See [`super::row_dots::gradients`].
pub(super) fn row_dot_gradients([a, b]: [Tensor<2>; 2], slopes: Tensor<1>, d_a: Tensor<2>) -> [Tensor<2>; 2] {
    let (d_a, d_b) = <Dispatch as Untracked>::row_dot_gradients(
        a.into_dispatch(),
        b.into_dispatch(),
        slopes.into_dispatch(),
        d_a.into_dispatch(),
    );
    [Tensor::from_dispatch(d_a), Tensor::from_dispatch(d_b)]
}

/// See [`super::matmul::product`].
pub(super) fn product(a: Tensor<2>, b: Tensor<2>, transposed: [bool; 2]) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as Untracked>::product(a.into_dispatch(), b.into_dispatch(), transposed))
}

/// See [`super::rows::gather`].
pub(super) fn gather(table: &Shards, rows: Tensor<1>) -> Tensor<2> {
    let ([_, width], [count]) = (table.dims(), rows.dims());
    let empty = Tensor::<2>::empty([count, width], &rows.device());
    table.parts().fold(empty, |out, (first, shard)| {
        Tensor::from_dispatch(<Dispatch as Untracked>::gather(
            out.into_dispatch(),
            shard.clone().into_dispatch(),
            rows.clone().into_dispatch(),
            first,
        ))
    })
}

/// See [`super::rows::put`].
pub(super) fn put(table: &mut Shards, rows: Tensor<1>, numbers: Tensor<2>) {
    for (first, shard) in table.parts_mut() {
        *shard = Tensor::from_dispatch(<Dispatch as Untracked>::put(
            take(shard).into_dispatch(),
            rows.clone().into_dispatch(),
            numbers.clone().into_dispatch(),
            first,
        ));
    }
}

/// How many numbers a device binds at once.
pub(super) fn most_numbers(device: &Device) -> usize {
    let probe = Tensor::<1>::empty([0], device).try_into_primitive::<CubeBackend>();
    probe.map_or(usize::MAX, |probe| (probe.client.properties().memory.max_page_size / 4) as usize)
}

/// See [`super::rows::sum`].
pub(super) fn sum_rows(
    first: Option<Tensor<2>>,
    groups: super::rows::Groups,
    gradients: Tensor<2>,
    more: Option<Tensor<2>>,
) -> Tensor<2> {
    let empty = Tensor::empty([0, 0], &gradients.device());
    let (first, more) = (first.unwrap_or_else(|| empty.clone()), more.unwrap_or(empty));
    Tensor::from_dispatch(<Dispatch as Untracked>::sum_rows(
        first.into_dispatch(),
        groups.offsets.into_dispatch(),
        groups.order.into_dispatch(),
        gradients.into_dispatch(),
        more.into_dispatch(),
    ))
}

/// See [`super::adam_step`].
pub(super) fn adam_step(
    input: super::adam_step::Input,
    rows: Option<(Tensor<1>, usize)>,
) -> (Tensor<2>, Tensor<2>, Tensor<2>) {
    let (rows, start) = rows.unwrap_or_else(|| (Tensor::empty([0], &input.scalars.device()), 0));
    let (weights, first, second) = <Dispatch as Untracked>::adam(
        input.weights.into_dispatch(),
        input.first.into_dispatch(),
        input.second.into_dispatch(),
        rows.into_dispatch(),
        start,
        input.gradient.into_dispatch(),
        input.scalars.into_dispatch(),
    );
    (Tensor::from_dispatch(weights), Tensor::from_dispatch(first), Tensor::from_dispatch(second))
}

/// See [`super::clip::scalars`].
pub(super) fn clipped_scalars(gradients: [Tensor<2>; 2], scalars: Tensor<1>, clip: f32) -> [Tensor<1>; 2] {
    let [a, b] = gradients;
    let both = Tensor::<2>::from_dispatch(<Dispatch as Untracked>::clipped_scalars(
        a.into_dispatch(),
        b.into_dispatch(),
        scalars.into_dispatch(),
        clip,
    ));
    let both = both.reshape([2 * ALIGNED]);
    [0, ALIGNED].map(|start| view(both.clone(), start..start + 4))
}

/// See [`super::view::view`].
pub(super) fn view(whole: Tensor<1>, part: std::ops::Range<usize>) -> Tensor<1> {
    Tensor::from_dispatch(<Dispatch as Untracked>::view(whole.into_dispatch(), part.start, part.end))
}

/// How a recurrence is laid out: a unit for four hidden units of `lanes` lanes, `groups` of such units in a workgroup.
struct Scan {
    hidden: usize,
    batch: usize,
    groups: usize,
    lanes: usize,
}

impl Scan {
    /// Lanes that a unit takes at most: each weight that it loads serves as many.
    const LANES: usize = 4;
    /// With fewer workgroups a GPU idles.
    const WORKGROUPS: usize = 32;
    const MOST_UNITS: usize = 256;
    /// WebGPU's default, in numbers.
    const WORKGROUP_MEMORY: usize = 16 * 1024 / 4;

    /// Can this width be scanned?
    fn fits(hidden: usize) -> bool {
        hidden.is_multiple_of(4) && hidden / 4 <= Self::MOST_UNITS && 4 * hidden <= Self::WORKGROUP_MEMORY
    }

    /// `shared`: numbers in workgroup memory for each hidden unit of a lane.
    fn new(hidden: usize, batch: usize, shared: usize) -> Self {
        let groups = (ALONE / (hidden / 4)).max(1);
        let room = Self::WORKGROUP_MEMORY / (shared * hidden);
        let groups = groups.min(batch).min(room);
        let lanes = (batch / (groups * Self::WORKGROUPS)).clamp(1, Self::LANES).min(room / groups);
        Self { hidden, batch, groups, lanes }
    }

    fn count(&self) -> CubeCount {
        CubeCount::Static(self.batch.div_ceil(self.groups * self.lanes) as u32, 1, 1)
    }

    fn dim(&self) -> CubeDim {
        CubeDim::new_2d((self.hidden / 4) as u32, self.groups as u32)
    }
}

/// Workgroups for so many units that work alone.
fn grid(units: usize) -> (CubeCount, CubeDim) {
    (spread(units.div_ceil(ALONE)), CubeDim::new_1d(ALONE as u32))
}

/// So many workgroups (or a few more), along as many axes as it takes.
fn spread(cubes: usize) -> CubeCount {
    let rows = cubes.div_ceil(MOST_CUBES).max(1);
    CubeCount::Static(cubes.div_ceil(rows) as u32, rows as u32, 1)
}

fn present(tensor: Gpu) -> Option<Gpu> {
    (tensor.meta.num_elements() > 0).then_some(tensor)
}

/// An uninitialised tensor.
fn new(like: &Gpu, shape: impl Into<Shape>) -> Gpu {
    empty_device_contiguous_dtype(like.client.clone(), like.device.clone(), shape.into(), like.dtype)
}

fn contiguous(tensor: Gpu) -> Gpu {
    into_contiguous(tensor)
}

/// Rows that lie one after another, perhaps with gaps.
fn into_rows(tensor: Gpu) -> Gpu {
    let strides = tensor.meta.strides();
    let dense = strides[strides.len() - 1] == 1 && (strides.len() == 1 || strides[0] >= tensor.meta.shape()[1]);
    if dense { tensor } else { contiguous(tensor) }
}

/// Part of a vector, where its bytes lie if a binding may begin there.
fn part(whole: Gpu, start: usize, end: usize) -> Gpu {
    const BYTES: u64 = 4;
    let length = whole.meta.num_elements();
    let mut part = contiguous(whole);
    let bytes = part.client.properties().memory.alignment;
    if !(start as u64 * BYTES).is_multiple_of(bytes) {
        return CubeBackend::float_slice(part, &[(start..end).into()]);
    }
    part.handle = part.handle.offset_start(start as u64 * BYTES).offset_end((length - end) as u64 * BYTES);
    part.meta.shape = Shape::new([end - start]);
    part
}

/// The same numbers, which nobody else holds.
fn owned(tensor: Gpu) -> Gpu {
    if tensor.handle.can_mut() { tensor } else { tensor.copy() }
}

fn transposed(tensor: Gpu) -> Gpu {
    contiguous(CubeBackend::float_swap_dims(tensor, 0, 1))
}

fn reshaped(tensor: Gpu, shape: impl Into<Shape>) -> Gpu {
    CubeBackend::float_reshape(tensor, shape.into())
}

/// A tracked tensor's numbers.
fn numbers<C: CheckpointStrategy>(tensor: FloatTensor<Autodiff<CubeBackend, C>>) -> Gpu {
    tensor.into_parts().0
}

/// Hands each tracked parent its gradient.
fn register<S, const N: usize>(ops: Ops<S, N>, gradients: [Gpu; N], grads: &mut Gradients) {
    for (parent, gradient) in ops.parents.into_iter().zip(gradients) {
        if let Some(node) = parent {
            grads.register::<CubeBackend>(node.id, gradient);
        }
    }
}
