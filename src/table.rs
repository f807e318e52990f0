//! Item tables: `[n_items, d]` weights that are not autodiff parameters.
//!
//! A step gathers the rows it touches, takes their gradient, and updates those rows alone: its cost does not grow with the catalogue.

use burn::tensor::{Device, IndexingUpdateOp, Int, Tensor, TensorData};
use rand::RngExt;

use crate::kernel::{adagrad_step, adam_step};
use crate::rng::{Stream, generator};

/// Weights with their Adam moments (for rows that a step leaves out, the moments stand still: "lazy" Adam).
#[derive(Debug, Clone)]
pub struct Table {
    /// The vectors, `[N, d]`.
    pub weights: Tensor<2>,
    /// Adam's first moments.
    pub first: Tensor<2>,
    /// Adam's second moments.
    pub second: Tensor<2>,
}

impl Table {
    /// A table with fresh moments.
    #[must_use]
    pub fn new(weights: Tensor<2>) -> Self {
        let zeros = weights.zeros_like();
        Self { weights, first: zeros.clone(), second: zeros }
    }

    /// Updates every row.
    pub fn update(&mut self, gradient: Tensor<2>, scalars: Tensor<1>) {
        let (weights, first, second) = adam_step::adam_step(adam_step::Input {
            weights: take(&mut self.weights),
            gradient,
            first: take(&mut self.first),
            second: take(&mut self.second),
            scalars,
        });
        *self = Self { weights, first, second };
    }

    /// Updates the rows named (each once), given their gradient `[U, d]`.
    pub fn update_rows(&mut self, rows: &Tensor<1, Int>, gradient: Tensor<2>, scalars: Tensor<1>) {
        let of = |tensor: &Tensor<2>| tensor.clone().select(0, rows.clone());
        let mut part = Self { weights: of(&self.weights), first: of(&self.first), second: of(&self.second) };
        part.update(gradient, scalars);
        put_rows(&mut self.weights, rows, part.weights);
        put_rows(&mut self.first, rows, part.first);
        put_rows(&mut self.second, rows, part.second);
    }
}

/// Weights with `AdaGrad`'s one accumulator.
#[derive(Debug, Clone)]
pub struct AdaGradTable {
    /// The vectors, `[N, d]`.
    pub weights: Tensor<2>,
    /// Sums of squared gradients.
    pub squares: Tensor<2>,
}

impl AdaGradTable {
    /// A table that was never updated.
    #[must_use]
    pub fn new(weights: Tensor<2>) -> Self {
        Self { squares: weights.zeros_like(), weights }
    }

    /// Updates the rows named (each once), given their gradient `[U, d]`.
    pub fn update_rows(&mut self, rows: &Tensor<1, Int>, gradient: Tensor<2>, learning_rate: f32) {
        let (weights, squares) = adagrad_step::adagrad_step(adagrad_step::Input {
            weights: self.weights.clone().select(0, rows.clone()),
            gradient,
            squares: self.squares.clone().select(0, rows.clone()),
            learning_rate,
        });
        put_rows(&mut self.weights, rows, weights);
        put_rows(&mut self.squares, rows, squares);
    }
}

fn put_rows(whole: &mut Tensor<2>, rows: &Tensor<1, Int>, part: Tensor<2>) {
    *whole = take(whole).select_assign(0, rows.clone(), part, IndexingUpdateOp::Assign);
}

/// Adds up the gradients of each of `rows` distinct rows: `slots` says which row each gradient `[N, d]` is of.
#[must_use]
pub fn sum_rows(rows: usize, slots: Tensor<1, Int>, gradients: Tensor<2>) -> Tensor<2> {
    let [_, d] = gradients.dims();
    Tensor::zeros([rows, d], &gradients.device()).select_assign(0, slots, gradients, IndexingUpdateOp::Add)
}

/// Moves a tensor out, so that its new owner may write in place.
fn take(tensor: &mut Tensor<2>) -> Tensor<2> {
    let device = tensor.device();
    std::mem::replace(tensor, Tensor::empty([0, 0], &device))
}

/// Vectors drawn uniformly within ± `bound`. `[rows, d]`
#[must_use]
pub fn random(rows: usize, dim: usize, bound: f32, seed: u64, table: u64, device: &Device) -> Tensor<2> {
    let mut random = generator(seed, Stream::Weights, 1 + table);
    let values: Vec<f32> = (0..rows * dim).map(|_| (random.random::<f32>() * 2.0 - 1.0) * bound).collect();
    Tensor::from_data(TensorData::new(values, [rows, dim]), device)
}

/// The distinct items of a step, in order of first use, and where each stands among them.
#[derive(Debug, Clone)]
pub struct RowSet {
    rows: Vec<u32>,
    slots: Vec<u32>,
}

const ABSENT: u32 = u32::MAX;

impl RowSet {
    /// An empty set over a catalogue of `items`.
    #[must_use]
    pub fn new(items: usize) -> Self {
        Self { rows: Vec::new(), slots: vec![ABSENT; items] }
    }

    /// Empties it, in time proportional to what it held.
    pub fn clear(&mut self) {
        for row in self.rows.drain(..) {
            self.slots[row as usize] = ABSENT;
        }
    }

    /// The item's place among the rows, if it has one.
    #[must_use]
    pub fn find(&self, item: u32) -> Option<u32> {
        Some(self.slots[item as usize]).filter(|&slot| slot != ABSENT)
    }

    /// The item's place among the rows; it is added where it is new.
    pub fn insert(&mut self, item: u32) -> u32 {
        let slot = &mut self.slots[item as usize];
        if *slot == ABSENT {
            *slot = self.rows.len() as u32;
            self.rows.push(item);
        }
        *slot
    }

    /// The distinct items.
    #[must_use]
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }
}

/// Everything a step sends to the device, in one upload: every host write forces a submit.
///
/// Whole numbers travel as `f32`, exact up to 2²⁴ = 16.7 million.
#[derive(Debug, Default)]
pub struct Upload {
    values: Vec<f32>,
}

/// A part of an upload.
pub type Part = std::ops::Range<usize>;

impl Upload {
    /// Adds numbers.
    pub fn push(&mut self, values: impl IntoIterator<Item = f32>) -> Part {
        let start = self.values.len();
        self.values.extend(values);
        start..self.values.len()
    }

    /// Adds whole numbers.
    pub fn push_indices<'a>(&mut self, values: impl IntoIterator<Item = &'a u32>) -> Part {
        self.push(values.into_iter().map(|&v| v as f32))
    }

    /// Sends it.
    #[must_use]
    pub fn send(self, device: &Device) -> Uploaded {
        let size = self.values.len();
        Uploaded(Tensor::from_data(TensorData::new(self.values, [size]), device))
    }
}

/// An upload on its device.
#[derive(Debug, Clone)]
pub struct Uploaded(Tensor<1>);

impl Uploaded {
    /// A part as numbers.
    #[must_use]
    pub fn floats(&self, part: &Part) -> Tensor<1> {
        self.0.clone().slice([part.clone()])
    }

    /// A part as indices.
    #[must_use]
    pub fn indices(&self, part: &Part) -> Tensor<1, Int> {
        self.floats(part).int()
    }
}
