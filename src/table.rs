//! Item tables: `[n_items, d]` weights that are not autodiff parameters.
//!
//! A step gathers the rows it touches, takes their gradient, and updates those rows alone: its cost does not grow with the catalogue. A table
//! that a GPU cannot bind at once lies in shards.

use burn::tensor::{Device, Tensor, TensorData};
use rand::RngExt;

use crate::kernel::rows::{Groups, gather, put};
use crate::kernel::shards::{Shards, take};
use crate::kernel::view::{ALIGNED, view};
use crate::kernel::{adagrad_step, adam_step};
use crate::rng::{Stream, generator};

/// Weights with their Adam moments (for rows that a step leaves out, the moments stand still: "lazy" Adam).
#[derive(Debug, Clone)]
pub struct Table {
    /// The vectors, `[N, d]`.
    pub weights: Shards,
    /// Adam's first moments.
    pub first: Shards,
    /// Adam's second moments.
    pub second: Shards,
}

impl Table {
    /// A table with fresh moments.
    #[must_use]
    pub fn new(weights: impl Into<Shards>) -> Self {
        let weights = weights.into();
        let zeros = weights.map(|part| part.zeros_like());
        Self { weights, first: zeros.clone(), second: zeros }
    }

    /// Updates every row.
    pub fn update(&mut self, gradient: &Tensor<2>, scalars: &Tensor<1>) {
        for (first_row, [weights, first, second]) in self.parts_mut() {
            let [rows, _] = weights.dims();
            let gradient = gradient.clone().slice([first_row..first_row + rows]);
            let moved = adam_step::adam_step(input([weights, first, second], gradient, scalars));
            (*weights, *first, *second) = moved;
        }
    }

    /// Updates the rows named (each once), given their gradient `[U, d]`.
    pub fn update_rows(&mut self, rows: &Tensor<1>, gradient: &Tensor<2>, scalars: &Tensor<1>) {
        for (first_row, [weights, first, second]) in self.parts_mut() {
            let input = input([weights, first, second], gradient.clone(), scalars);
            (*weights, *first, *second) = adam_step::adam_rows(input, rows.clone(), first_row);
        }
    }

    /// Shard by shard, each with the number of its first row.
    fn parts_mut(&mut self) -> impl Iterator<Item = (usize, [&mut Tensor<2>; 3])> {
        let moments = self.first.parts_mut().zip(self.second.parts_mut());
        let parts = self.weights.parts_mut().zip(moments);
        parts.map(|((row, weights), ((_, first), (_, second)))| (row, [weights, first, second]))
    }
}

fn input([weights, first, second]: [&mut Tensor<2>; 3], gradient: Tensor<2>, scalars: &Tensor<1>) -> adam_step::Input {
    adam_step::Input {
        weights: take(weights),
        gradient,
        first: take(first),
        second: take(second),
        scalars: scalars.clone(),
    }
}

/// Weights with `AdaGrad`'s one accumulator.
#[derive(Debug, Clone)]
pub struct AdaGradTable {
    /// The vectors, `[N, d]`.
    pub weights: Shards,
    /// Sums of squared gradients.
    pub squares: Shards,
}

impl AdaGradTable {
    /// A table that was never updated.
    #[must_use]
    pub fn new(weights: Shards) -> Self {
        Self { squares: weights.map(|part| part.zeros_like()), weights }
    }

    /// Updates the rows named (each once), given their gradient `[U, d]`.
    pub fn update_rows(&mut self, rows: &Tensor<1>, gradient: Tensor<2>, learning_rate: f32) {
        let (weights, squares) = adagrad_step::adagrad_step(adagrad_step::Input {
            weights: gather(&self.weights, rows.clone()),
            gradient,
            squares: gather(&self.squares, rows.clone()),
            learning_rate,
        });
        put(&mut self.weights, rows.clone(), weights);
        put(&mut self.squares, rows.clone(), squares);
    }
}

/// Vectors drawn uniformly within ± `bound`. `[rows, d]`
#[must_use]
pub fn random(rows: usize, dim: usize, bound: f32, seed: u64, table: u64, device: &Device) -> Shards {
    let mut random = generator(seed, Stream::Weights, 1 + table);
    let values: Vec<f32> = (0..rows * dim).map(|_| (random.random::<f32>() * 2.0 - 1.0) * bound).collect();
    Shards::new(values, [rows, dim], device)
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
    /// Adds numbers, where a GPU can bind them in place.
    pub fn push(&mut self, values: impl IntoIterator<Item = f32>) -> Part {
        let start = self.values.len().next_multiple_of(ALIGNED);
        self.values.resize(start, 0.0);
        self.values.extend(values);
        start..self.values.len()
    }

    /// Adds whole numbers.
    pub fn push_indices<'a>(&mut self, values: impl IntoIterator<Item = &'a u32>) -> Part {
        self.push(values.into_iter().map(|&v| v as f32))
    }

    /// Adds which positions belong to which of `groups`: `of[p]` is position p's.
    pub fn push_groups(&mut self, groups: usize, of: &[u32]) -> GroupParts {
        let mut offsets = vec![0_u32; groups + 1];
        of.iter().for_each(|&group| offsets[group as usize + 1] += 1);
        for group in 0..groups {
            offsets[group + 1] += offsets[group];
        }
        let mut next = offsets.clone();
        let mut order = vec![0_u32; of.len()];
        for (position, &group) in of.iter().enumerate() {
            order[next[group as usize] as usize] = position as u32;
            next[group as usize] += 1;
        }
        GroupParts { offsets: self.push_indices(&offsets), order: self.push_indices(&order) }
    }

    /// Sends it.
    #[must_use]
    pub fn send(self, device: &Device) -> Uploaded {
        let size = self.values.len();
        Uploaded(Tensor::from_data(TensorData::new(self.values, [size]), device))
    }
}

/// [`Groups`] as parts of an upload.
#[derive(Debug, Clone)]
pub struct GroupParts {
    offsets: Part,
    order: Part,
}

/// An upload on its device.
#[derive(Debug, Clone)]
pub struct Uploaded(Tensor<1>);

impl Uploaded {
    /// A part, without a copy.
    #[must_use]
    pub fn floats(&self, part: &Part) -> Tensor<1> {
        view(&self.0, part.clone())
    }

    /// Parts that are groups.
    #[must_use]
    pub fn groups(&self, parts: &GroupParts) -> Groups {
        Groups { offsets: self.floats(&parts.offsets), order: self.floats(&parts.order) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_list_their_positions_in_order() {
        let mut upload = Upload::default();
        let parts = upload.push_groups(4, &[2, 0, 2, 3, 0]);
        assert_eq!(upload.values[parts.offsets], [0.0, 2.0, 2.0, 4.0, 5.0]);
        assert_eq!(upload.values[parts.order.clone()], [1.0, 4.0, 0.0, 2.0, 3.0]);
        assert_eq!(parts.order.start % ALIGNED, 0);
    }
}
