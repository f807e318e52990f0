//! Rows rounded to eight bits: a copy of a table that is a quarter as large, and read four times as fast.

use crate::lanes::Sums;

/// Numbers that are multiplied at a time.
const BLOCK: usize = 16;
/// The largest number of a rounded row, and of a query: sums of a thousand products stay within 32 bits.
const ROW: f32 = 127.0;
const QUERY: f32 = 16_383.0;

/// Rows, each on a scale of its own.
#[derive(Debug, Clone)]
pub struct Bytes {
    /// Rows as long as a multiple of [`BLOCK`], filled up with zeros.
    numbers: Vec<i8>,
    /// What a step of each row is worth.
    scales: Vec<f32>,
    width: usize,
}

impl Bytes {
    /// Rounds a table of rows of `dim` numbers, 1 to 1024.
    #[must_use]
    pub fn new(table: &[f32], dim: usize) -> Self {
        let width = dim.next_multiple_of(BLOCK);
        let mut numbers = vec![0; table.len() / dim * width];
        let rows = table.chunks_exact(dim).zip(numbers.chunks_exact_mut(width));
        let scales = rows.map(|(row, bytes)| round(row, ROW, |at, whole| bytes[at] = whole as i8)).collect();
        Self { numbers, scales, width }
    }

    /// About the dot products of a row with each of these.
    #[must_use]
    pub fn dots(&self, row: &[f32]) -> Vec<f32> {
        let mut query = vec![0; self.width];
        let scale = round(row, QUERY, |at, whole| query[at] = whole as i16);
        let (query, _) = query.as_chunks::<BLOCK>();
        let dot = |(bytes, own): (&[i8], &f32)| {
            let (bytes, _) = bytes.as_chunks::<BLOCK>();
            let sums = query.iter().zip(bytes).fold(Sums::default(), |sums, (q, b)| sums.with_products(*q, *b));
            sums.total() as f32 * (scale * own)
        };
        self.numbers.chunks_exact(self.width).zip(&self.scales).map(dot).collect()
    }
}

/// Tells each number as a whole one of at most `most`, and gives what a step is worth.
fn round(row: &[f32], most: f32, mut tell: impl FnMut(usize, f32)) -> f32 {
    let largest = row.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
    let scale = largest / most;
    let steps = if scale > 0.0 { scale.recip() } else { 0.0 };
    row.iter().enumerate().for_each(|(at, x)| tell(at, (x * steps).round_ties_even()));
    scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_products_are_near_and_zeros_stay_zeros() {
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state as f32 / u32::MAX as f32 - 0.5
        };
        for dim in [1, 16, 50, 64, 1024] {
            let mut table: Vec<f32> = (0..7 * dim).map(|_| noise()).collect();
            table[..dim].fill(0.0);
            let row: Vec<f32> = (0..dim).map(|_| noise()).collect();
            let dots = Bytes::new(&table, dim).dots(&row);
            assert_eq!((dots.len(), dots[0]), (7, 0.0));
            for (near, other) in dots.iter().zip(table.chunks_exact(dim)) {
                let exact: f32 = row.iter().zip(other).map(|(a, b)| a * b).sum();
                let off = (dim as f32).sqrt() * 0.5 * 0.5 / 127.0;
                assert!((near - exact).abs() <= off, "{dim}: {near}, {exact}");
            }
            let largest = vec![1.0; dim];
            assert!((Bytes::new(&largest, dim).dots(&largest)[0] / dim as f32 - 1.0).abs() < 1e-4);
        }
    }
}
