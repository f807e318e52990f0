//! The CPU twins: Burn extension operations with hand-written backwards, on plain slices.
//!
//! What is fused here are the passes around the matrix products.

mod adagrad_step;
mod adam_step;
mod additive_attention;
mod boosts;
mod dot_attention;
mod gru_scan;
mod layer_norm;
mod linear;
mod lstm_scan;
mod matmul;
mod negative_sampling;
mod row_dots;
mod rows;
mod softmax;
mod softmax_cross_entropy;
mod weighted_squares;

use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::Ops;
use burn::backend::flex::FlexDevice;
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Tensor, TensorData};

pub(super) use adagrad_step::adagrad_step;
pub(super) use adam_step::adam_step;
pub(super) use boosts::{boost, boost_gradients};
pub(super) use negative_sampling::negative_sampling;
pub(super) use row_dots::{row_dot_gradients, row_dots};
pub(super) use rows::sum_rows;
pub(super) use softmax::softmax;
pub(super) use softmax_cross_entropy::softmax_cross_entropy;
pub(super) use weighted_squares::weighted_squares;

use dot_attention::Heads;

/// The extension for untracked tensors.
#[cfg(target_arch = "wasm32")]
#[backend_extension(Flex)]
trait Products: Backend {
    /// See [`super::matmul::product`].
    fn product(a: FloatTensor<Self>, b: FloatTensor<Self>, transposed: [bool; 2]) -> FloatTensor<Self>;
}

#[cfg(target_arch = "wasm32")]
impl Products for Flex {
    fn product(a: FloatTensor<Self>, b: FloatTensor<Self>, transposed: [bool; 2]) -> FloatTensor<Self> {
        matmul::product(&a, &b, transposed)
    }
}

/// See [`super::matmul::product`].
#[cfg(target_arch = "wasm32")]
pub(super) fn product(a: Tensor<2>, b: Tensor<2>, transposed: [bool; 2]) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as Products>::product(a.into_dispatch(), b.into_dispatch(), transposed))
}

/// The extension: Burn routes a call to `Flex` or, for tracked tensors, to `Autodiff<Flex, _>`.
#[backend_extension(Flex, Autodiff)]
trait Kernels: Backend {
    /// See [`super::linear`], without a bias.
    fn linear(x: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self>;

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
}

impl Kernels for Flex {
    fn linear(x: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self> {
        linear::forward(&x, &weight)
    }

    fn layer_norm(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        layer_norm::forward(&x, &weight, &bias).0
    }

    fn gru_scan(
        projected: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        carried: FloatTensor<Self>,
        keep: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        gru_scan::forward(&projected, &recurrent, &bias, &carried, &keep).0
    }

    fn lstm_scan(
        projected: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        hidden: FloatTensor<Self>,
        cell: FloatTensor<Self>,
        keep: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        lstm_scan::forward(&lstm_scan::Operands { projected, recurrent, bias, hidden, cell, keep }).0
    }

    fn additive_attention(
        queries: FloatTensor<Self>,
        keys: FloatTensor<Self>,
        values: FloatTensor<Self>,
        scorer: FloatTensor<Self>,
        sessions: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        additive_attention::forward(&queries, &keys, &values, &scorer, &sessions).0
    }

    fn dot_attention(
        stacked: FloatTensor<Self>,
        carried: FloatTensor<Self>,
        sessions: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        heads: Heads,
    ) -> FloatTensor<Self> {
        dot_attention::forward(&stacked, present(&carried), &sessions, present(&bias), heads).0
    }
}

impl<C: CheckpointStrategy> Kernels for Autodiff<Flex, C> {
    fn linear(x: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self> {
        linear::tracked::<C>(&x, &weight)
    }

    fn layer_norm(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        layer_norm::tracked::<C>(&x, &weight, &bias)
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
        dot_attention::tracked::<C>(&stacked, &carried, &sessions, &bias, heads)
    }
}

/// See [`super::linear::linear`].
pub(super) fn linear(x: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<2>>) -> Tensor<2> {
    let product = Tensor::from_dispatch(<Dispatch as Kernels>::linear(x.into_dispatch(), weight.into_dispatch()));
    match bias {
        None => product,
        Some(bias) => product + bias,
    }
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

/// Flex's float primitive: contiguous or strided `f32` in main memory.
type Cpu = FloatTensor<Flex>;

fn present(tensor: &Cpu) -> Option<&Cpu> {
    (tensor.shape().num_elements() > 0).then_some(tensor)
}

/// A contiguous tensor's numbers.
fn numbers(tensor: &Cpu) -> &[f32] {
    tensor.as_slice().expect("kernels make their operands contiguous f32 first")
}

fn tensor(numbers: Vec<f32>, shape: impl Into<burn::tensor::Shape>) -> Cpu {
    Flex::float_from_data(TensorData::new(numbers, shape), &FlexDevice)
}

/// A float tensor's numbers, without a copy where nobody else holds them.
fn vector(data: TensorData) -> Vec<f32> {
    data.try_into_vec().expect("float tensors on the CPU hold f32")
}

/// Indices, which travel as floats.
fn whole_numbers(tensor: Tensor<1>) -> Vec<u32> {
    vector(tensor.into_data()).into_iter().map(|number| number as u32).collect()
}

/// Hands each tracked parent its gradient.
fn register<S, const N: usize>(ops: Ops<S, N>, gradients: [Cpu; N], grads: &mut Gradients) {
    for (parent, gradient) in ops.parents.into_iter().zip(gradients) {
        if let Some(node) = parent {
            grads.register::<Flex>(node.id, gradient);
        }
    }
}
