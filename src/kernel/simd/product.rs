//! A matrix product in registers, for WebAssembly: four rows of eight columns and what feeds them fit in sixteen 128-bit registers. (The general
//! one, made for wider registers, spills there. Natively it has AVX and stays the faster.)

use std::ops::Range;

use crate::lanes::{LANES, Lanes, load, splat, store};

/// Rows of a tile.
const ROWS: usize = 4;
/// How much of k is added up before the sums go back to memory.
const DEPTH: usize = 128;
/// Rows of panels, 32 bytes each, that stay in the first cache.
const BLOCK: usize = 1024;

/// `[M, K]`, row by row or (of its transpose) column by column.
#[derive(Clone, Copy)]
pub struct Left<'a> {
    numbers: &'a [f32],
    rows: usize,
    depth: usize,
    transposed: bool,
}

impl<'a> Left<'a> {
    /// Of `[rows, depth]`, or of `[depth, rows]` where it is `transposed`.
    #[must_use]
    pub fn new(numbers: &'a [f32], [rows, depth]: [usize; 2], transposed: bool) -> Self {
        debug_assert_eq!(numbers.len(), rows * depth, "the numbers are a matrix");
        Self { numbers, rows, depth, transposed }
    }

    /// A part of a row.
    fn row(&self, row: usize, depth: &Range<usize>) -> &'a [f32] {
        &self.numbers[row * self.depth..][depth.clone()]
    }

    /// Four rows (the last: at most) of a transposed matrix, side by side.
    fn pack<'b>(&self, row: usize, depth: &Range<usize>, packed: &'b mut [[f32; ROWS]; DEPTH]) -> &'b [[f32; ROWS]] {
        let lines = self.numbers[depth.start * self.rows..].chunks_exact(self.rows);
        for (to, line) in packed.iter_mut().zip(lines.take(depth.len())) {
            match line[row..].first_chunk::<ROWS>() {
                Some(whole) => *to = *whole,
                None => to[..line.len() - row].copy_from_slice(&line[row..]),
            }
        }
        &packed[..depth.len()]
    }
}

/// `[K, N]` in panels of eight columns, the last filled up with zeros.
pub struct Panels {
    numbers: Vec<f32>,
    depth: usize,
    columns: usize,
}

impl Panels {
    /// Of `[depth, columns]`, or of `[columns, depth]` where it is `transposed`.
    #[must_use]
    pub fn new(numbers: &[f32], [depth, columns]: [usize; 2], transposed: bool) -> Self {
        let mut panels = vec![0.0; columns.div_ceil(LANES) * LANES * depth];
        if depth > 0 {
            for (panel, first) in panels.chunks_exact_mut(depth * LANES).zip((0..columns).step_by(LANES)) {
                let count = LANES.min(columns - first);
                if transposed {
                    fill_transposed(panel, &numbers[first * depth..(first + count) * depth], depth);
                } else {
                    for (to, row) in panel.chunks_exact_mut(LANES).zip(numbers.chunks_exact(columns)) {
                        store(load(&row[..first + count], first), to, 0);
                    }
                }
            }
        }
        Self { numbers: panels, depth, columns }
    }

    /// `left` times this, `[M, N]`, added to `sums`.
    pub fn add_product(&self, left: Left<'_>, sums: &mut [f32]) {
        let mut packed = [[0.0; ROWS]; DEPTH];
        for start in (0..self.depth).step_by(DEPTH) {
            let depth = start..(start + DEPTH).min(self.depth);
            let count = BLOCK / depth.len();
            for first in (0..self.columns.div_ceil(LANES)).step_by(count) {
                let panels = Block { panels: self, first, count, depth: depth.clone() };
                let mut row = 0;
                while row < left.rows {
                    row += match left.rows - row {
                        _ if left.transposed => panels.packed(left.pack(row, &depth, &mut packed), row, sums),
                        ROWS.. => panels.four(left, row, sums),
                        _ => panels.one(left, row, sums),
                    };
                }
            }
        }
    }
}

/// Rows `[count, depth]` as columns of a panel.
fn fill_transposed(panel: &mut [f32], rows: &[f32], depth: usize) {
    for (column, row) in rows.chunks_exact(depth).enumerate() {
        panel[column..].iter_mut().step_by(LANES).zip(row).for_each(|(to, from)| *to = *from);
    }
}

/// Panels that stay in the first cache while all rows pass.
struct Block<'a> {
    panels: &'a Panels,
    first: usize,
    count: usize,
    depth: Range<usize>,
}

impl<'a> Block<'a> {
    /// Each panel's part and its first column.
    fn parts(&self) -> impl Iterator<Item = (&'a [[f32; LANES]], usize)> {
        let Self { panels, first, count, ref depth } = *self;
        let size = panels.depth * LANES;
        let parts = panels.numbers[first * size..].chunks_exact(size).take(count).enumerate();
        let depth = depth.clone();
        parts.map(move |(at, panel)| (&panel.as_chunks().0[depth.clone()], (first + at) * LANES))
    }
}

/// `Σ_k left[k] ⊗ panel[k]` in registers, for so many rows of the left. Written out, because an array of sums would live in memory where the
/// compiler optimises for size.
macro_rules! rows {
    ($name:ident, $rows:literal: $($i:literal $row:ident $sum:ident),+) => {
        impl Block<'_> {
            fn $name(&self, left: Left<'_>, first: usize, sums: &mut [f32]) -> usize {
                $(let $row = left.row(first + $i, &self.depth);)+
                for (panel, column) in self.parts() {
                    $(let $row = &$row[..panel.len()];)+
                    $(let mut $sum = splat(0.0);)+
                    for (k, right) in panel.iter().enumerate() {
                        let right = Lanes::from(*right);
                        $($sum += splat($row[k]) * right;)+
                    }
                    $(self.add($sum, first + $i, column, sums);)+
                }
                $rows
            }
        }
    };
}

rows!(one, 1: 0 row0 sum0);
rows!(four, 4: 0 row0 sum0, 1 row1 sum1, 2 row2 sum2, 3 row3 sum3);

impl Block<'_> {
    /// As `four`, of rows that were packed; those past the end are dropped.
    fn packed(&self, left: &[[f32; ROWS]], first: usize, sums: &mut [f32]) -> usize {
        let rows = sums.len() / self.panels.columns;
        for (panel, column) in self.parts() {
            let (mut sum0, mut sum1, mut sum2, mut sum3) = (splat(0.0), splat(0.0), splat(0.0), splat(0.0));
            for (&[left0, left1, left2, left3], right) in left.iter().zip(panel) {
                let right = Lanes::from(*right);
                sum0 += splat(left0) * right;
                sum1 += splat(left1) * right;
                sum2 += splat(left2) * right;
                sum3 += splat(left3) * right;
            }
            for (row, sum) in (first..rows).zip([sum0, sum1, sum2, sum3]) {
                self.add(sum, row, column, sums);
            }
        }
        ROWS
    }

    #[allow(clippy::inline_always, reason = "vectors are passed in registers only where the call is inlined")]
    #[inline(always)]
    fn add(&self, sum: Lanes, row: usize, column: usize, sums: &mut [f32]) {
        let row = &mut sums[row * self.panels.columns..(row + 1) * self.panels.columns];
        store(load(row, column) + sum, row, column);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_those_of_the_definition() {
        let numbers = |count: usize, seed: usize| -> Vec<f32> {
            (0..count).map(|i| ((i * 37 + seed * 11) % 23) as f32 - 11.0).collect()
        };
        for [m, k, n] in [[1, 1, 1], [5, 3, 8], [7, 300, 13], [64, 64, 24], [14, 513, 9], [3, 0, 4]] {
            let (a, b) = (numbers(m * k, 1), numbers(k * n, 2));
            let expected: Vec<f32> =
                (0..m * n).map(|at| 1.0 + (0..k).map(|i| a[at / n * k + i] * b[i * n + at % n]).sum::<f32>()).collect();
            let turn = |x: &[f32], rows: usize, columns: usize| -> Vec<f32> {
                (0..rows * columns).map(|at| x[at % rows * columns + at / rows]).collect()
            };
            for (a, across) in [(a.clone(), false), (turn(&a, m, k), true)] {
                for (b, down) in [(b.clone(), false), (turn(&b, k, n), true)] {
                    let mut sums = vec![1.0; m * n];
                    Panels::new(&b, [k, n], down).add_product(Left::new(&a, [m, k], across), &mut sums);
                    assert_eq!(sums, expected, "[{m}, {k}] · [{k}, {n}], transposed: {across}, {down}");
                }
            }
        }
    }
}
