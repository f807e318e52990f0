//! Sums of rows, group by group.

use crate::lanes::{LANES, load, splat, store};

/// Which positions belong to which group, in compressed rows.
#[derive(Debug, Clone)]
pub struct Members {
    /// Where each group begins in `order`; the last is its end.
    pub offsets: Vec<u32>,
    /// Positions, group by group.
    pub order: Vec<u32>,
}

impl Members {
    /// How many groups.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Adds each group's rows of `gradients` to its own of `sums`, both of `width`.
    pub fn add_rows(&self, width: usize, gradients: &[f32], sums: &mut [f32]) {
        self.fill(width, sums, |positions, sum| {
            weighted_sum(&positions.iter().map(|&position| (1.0, position)), gradients, width, sum);
        });
    }

    /// A row of `width` for each group: `fill(positions, row)`, on zeros.
    pub(crate) fn map_sums(&self, width: usize, fill: impl Fn(&[u32], &mut [f32])) -> Vec<f32> {
        let mut sums = vec![0.0; self.groups() * width];
        self.fill(width, &mut sums, fill);
        sums
    }

    fn fill(&self, width: usize, sums: &mut [f32], fill: impl Fn(&[u32], &mut [f32])) {
        for (sum, ends) in sums.chunks_exact_mut(width).zip(self.offsets.windows(2)) {
            fill(&self.order[ends[0] as usize..ends[1] as usize], sum);
        }
    }
}

/// Adds `Σ weight · row` of a table whose rows begin `stride` apart and are at least as wide as `sum`.
pub(crate) fn weighted_sum(
    terms: &(impl Iterator<Item = (f32, u32)> + Clone),
    table: &[f32],
    stride: usize,
    sum: &mut [f32],
) {
    let width = sum.len();
    let mut at = 0;
    while at + 4 * LANES <= width {
        four(terms.clone(), (table, stride), sum, at);
        at += 4 * LANES;
    }
    while at < width {
        one(terms.clone(), (table, stride), sum, at);
        at += LANES;
    }
}

/// So many eights of the sum in registers; written out, because an array of sums would live in memory where the compiler optimises for
/// size. Past a row's end, numbers of the next are added up, too; they are dropped.
macro_rules! eights {
    ($name:ident: $($i:literal $sum:ident),+) => {
        #[allow(clippy::inline_always, reason = "the terms' closures are then compiled into the loop")]
        #[inline(always)]
        fn $name(
            terms: impl Iterator<Item = (f32, u32)>,
            (table, stride): (&[f32], usize),
            sum: &mut [f32],
            at: usize,
        ) {
            $(let mut $sum = load(sum, at + $i * LANES);)+
            for (weight, row) in terms {
                let (weight, row) = (splat(weight), &table[row as usize * stride + at..]);
                $($sum += weight * load(row, $i * LANES);)+
            }
            $(store($sum, sum, at + $i * LANES);)+
        }
    };
}

eights!(one: 0 sum0);
eights!(four: 0 sum0, 1 sum1, 2 sum2, 3 sum3);
