//! The GPU twins: `CubeCL` kernels, with hand-written backwards, within WebGPU's default limits: seven buffers (and `CubeCL`'s own),
//! 16 KiB of workgroup memory, 256 units, no atomics, no subgroups.
//!
//! `launch_unchecked` leaves out bounds checks that a browser makes anyway; each launch says why it needs none.
#![allow(unsafe_code, reason = "launching a kernel without CubeCL's bounds checks is unsafe")]
#![allow(clippy::needless_pass_by_value, reason = "a tensor that is passed on by value may be written in place")]

mod additive_attention;
mod gru_scan;
mod linear;
mod lstm_scan;
mod math;
mod matmul;
mod reduce;
mod rows;
mod seed;
mod softmax_cross_entropy;

use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::Ops;
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, backend_extension};
use burn::tensor::{Shape, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use cubecl::prelude::{Const, CubeCount, CubeDim, Vector};

use super::view::ALIGNED;
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

    /// See [`super::matmul`].
    fn product(a: FloatTensor<Self>, b: FloatTensor<Self>, transposed: [bool; 2]) -> FloatTensor<Self>;

    /// See [`super::rows::gather`].
    fn gather(table: FloatTensor<Self>, rows: FloatTensor<Self>) -> FloatTensor<Self>;

    /// See [`super::rows::sum`].
    fn sum_rows(
        first: FloatTensor<Self>,
        offsets: FloatTensor<Self>,
        order: FloatTensor<Self>,
        gradients: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// See [`super::adam_step`].
    fn adam(
        weights: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        rows: FloatTensor<Self>,
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

    /// Part of a vector, where its bytes lie if a binding may begin there.
    fn view(whole: FloatTensor<Self>, start: usize, end: usize) -> FloatTensor<Self>;
}

impl Kernels for CubeBackend {
    fn linear(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        linear::forward(&x, &weight, &bias)
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

    fn seed(output: FloatTensor<Self>, _: FloatTensor<Self>) -> FloatTensor<Self> {
        new(&output, [1])
    }
}

impl<C: CheckpointStrategy> Kernels for Autodiff<CubeBackend, C> {
    fn linear(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        linear::tracked::<C>(x, weight, bias)
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

    fn product(a: FloatTensor<Self>, b: FloatTensor<Self>, transposed: [bool; 2]) -> FloatTensor<Self> {
        let of = |tensor: &Gpu, transposed| {
            if transposed { Operand::transposed(tensor) } else { Operand::plain(tensor) }
        };
        matmul::matmul(of(&a, transposed[0]), of(&b, transposed[1]), None)
    }

    fn gather(table: FloatTensor<Self>, rows: FloatTensor<Self>) -> FloatTensor<Self> {
        rows::gather(table, rows)
    }

    fn sum_rows(
        first: FloatTensor<Self>,
        offsets: FloatTensor<Self>,
        order: FloatTensor<Self>,
        gradients: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        rows::sum(present(first), offsets, order, gradients)
    }

    fn adam(
        weights: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        rows: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        scalars: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let moved = rows::adam(rows::Moving { weights, first, second }, present(rows), gradient, scalars);
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
        const BYTES: u64 = 4;
        let length = whole.meta.num_elements();
        let mut view = contiguous(whole);
        let bytes = view.client.properties().memory.alignment;
        if !(start as u64 * BYTES).is_multiple_of(bytes) {
            return CubeBackend::float_slice(view, &[(start..end).into()]);
        }
        view.handle = view.handle.offset_start(start as u64 * BYTES).offset_end((length - end) as u64 * BYTES);
        view.meta.shape = Shape::new([end - start]);
        view
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

/// See [`super::matmul::product`].
pub(super) fn product(a: Tensor<2>, b: Tensor<2>, transposed: [bool; 2]) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as Untracked>::product(a.into_dispatch(), b.into_dispatch(), transposed))
}

/// See [`super::rows::gather`].
pub(super) fn gather(table: Tensor<2>, rows: Tensor<1>) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as Untracked>::gather(table.into_dispatch(), rows.into_dispatch()))
}

/// See [`super::rows::sum`].
pub(super) fn sum_rows(first: Option<Tensor<2>>, groups: super::rows::Groups, gradients: Tensor<2>) -> Tensor<2> {
    let first = first.unwrap_or_else(|| Tensor::empty([0, 0], &gradients.device()));
    Tensor::from_dispatch(<Dispatch as Untracked>::sum_rows(
        first.into_dispatch(),
        groups.offsets.into_dispatch(),
        groups.order.into_dispatch(),
        gradients.into_dispatch(),
    ))
}

/// See [`super::adam_step`].
pub(super) fn adam_step(input: super::adam_step::Input, rows: Option<Tensor<1>>) -> (Tensor<2>, Tensor<2>, Tensor<2>) {
    let rows = rows.unwrap_or_else(|| Tensor::empty([0], &input.scalars.device()));
    let (weights, first, second) = <Dispatch as Untracked>::adam(
        input.weights.into_dispatch(),
        input.first.into_dispatch(),
        input.second.into_dispatch(),
        rows.into_dispatch(),
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
