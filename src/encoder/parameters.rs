//! The dense weights as one flat vector with named ranges: one optimizer step, one readback, one tensor to keep as "best".

use burn::tensor::{Device, Tensor, TensorData};
use rand::RngExt;

use crate::kernel::view::view;
use crate::rng::{Stream, generator};

/// One named matrix (or, with one row, vector) of the flat weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// `PyTorch`'s name for it, after the module's: `gru.weight_ih_l0`, …
    pub name: String,
    /// Rows and columns, as `PyTorch` stores it; a vector has one row.
    pub shape: [usize; 2],
    /// What it starts as.
    pub initial: Initial,
}

/// Initial values (`PyTorch`'s rule for the module).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Initial {
    /// Uniform within ± this.
    Uniform(f32),
    /// All the same.
    Constant(f32),
}

impl Spec {
    pub(super) fn uniform(name: String, shape: [usize; 2], bound: f32) -> Self {
        Self { name, shape, initial: Initial::Uniform(bound) }
    }

    pub(super) fn constant(name: String, shape: [usize; 2], value: f32) -> Self {
        Self { name, shape, initial: Initial::Constant(value) }
    }

    /// Numbers in it.
    #[must_use]
    pub fn size(&self) -> usize {
        self.shape[0] * self.shape[1]
    }
}

/// Initial flat weights. `[Σ sizes]`
#[must_use]
pub fn initialize(specs: &[Spec], seed: u64, device: &Device) -> Tensor<1> {
    let mut random = generator(seed, Stream::Weights, 0);
    let values: Vec<f32> = specs
        .iter()
        .flat_map(|spec| std::iter::repeat_n(spec.initial, spec.size()))
        .map(|initial| match initial {
            Initial::Uniform(bound) => (random.random::<f32>() * 2.0 - 1.0) * bound,
            Initial::Constant(value) => value,
        })
        .collect();
    let size = values.len();
    Tensor::from_data(TensorData::new(values, [size]), device)
}

/// Cuts the flat weights into their matrices, in the order of `specs`.
#[must_use]
pub fn split(flat: &Tensor<1>, specs: &[Spec]) -> Vec<Tensor<2>> {
    let mut start = 0;
    specs
        .iter()
        .map(|spec| {
            let range = start..start + spec.size();
            start = range.end;
            view(flat, range).reshape(spec.shape)
        })
        .collect()
}

/// Joins matrices (gradients) to a flat vector again.
#[must_use]
pub fn join(parts: Vec<Tensor<2>>) -> Tensor<1> {
    let parts = parts
        .into_iter()
        .map(|part| {
            let [rows, columns] = part.dims();
            part.reshape([rows * columns])
        })
        .collect();
    Tensor::cat(parts, 0)
}
