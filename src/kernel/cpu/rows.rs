//! Sums of rows, group by group.

use burn::tensor::{Tensor, TensorData};

use super::super::lanes::{LANES, load, splat, store};
use super::super::rows::Groups;
use super::{vector, whole_numbers};

/// [`Groups`] in main memory.
pub(super) struct Members {
    offsets: Vec<u32>,
    order: Vec<u32>,
}

impl Members {
    pub(super) fn of(groups: Groups) -> Self {
        Self { offsets: whole_numbers(groups.offsets), order: whole_numbers(groups.order) }
    }

    /// A row of `width` for each group: `fill(positions, row)`, on zeros.
    pub(super) fn map_sums(&self, width: usize, fill: impl Fn(&[u32], &mut [f32])) -> Vec<f32> {
        let mut sums = vec![0.0; (self.offsets.len() - 1) * width];
        self.fill(width, &mut sums, fill);
        sums
    }

    fn fill(&self, width: usize, sums: &mut [f32], fill: impl Fn(&[u32], &mut [f32])) {
        for (sum, ends) in sums.chunks_exact_mut(width).zip(self.offsets.windows(2)) {
            fill(&self.order[ends[0] as usize..ends[1] as usize], sum);
        }
    }
}

/// Adds `Σ weight · row` of a table whose rows are as wide as `sum`.
pub(super) fn weighted_sum(terms: &(impl Iterator<Item = (f32, u32)> + Clone), table: &[f32], sum: &mut [f32]) {
    let width = sum.len();
    let mut at = 0;
    while at + 4 * LANES <= width {
        four(terms.clone(), table, sum, at);
        at += 4 * LANES;
    }
    while at < width {
        one(terms.clone(), table, sum, at);
        at += LANES;
    }
}

/// So many eights of the sum in registers; written out, because an array of sums would live in memory where the compiler optimises for
/// size. Past a row's end, numbers of the next are added up, too; they are dropped.
macro_rules! eights {
    ($name:ident: $($i:literal $sum:ident),+) => {
        #[allow(clippy::inline_always, reason = "the terms' closures are then compiled into the loop")]
        #[inline(always)]
        fn $name(terms: impl Iterator<Item = (f32, u32)>, table: &[f32], sum: &mut [f32], at: usize) {
            let width = sum.len();
            $(let mut $sum = load(sum, at + $i * LANES);)+
            for (weight, row) in terms {
                let (weight, row) = (splat(weight), &table[row as usize * width + at..]);
                $($sum += weight * load(row, $i * LANES);)+
            }
            $(store($sum, sum, at + $i * LANES);)+
        }
    };
}

eights!(one: 0 sum0);
eights!(four: 0 sum0, 1 sum1, 2 sum2, 3 sum3);

/// See [`super::super::rows::sum`].
pub(in super::super) fn sum_rows(first: Option<Tensor<2>>, groups: Groups, gradients: Tensor<2>) -> Tensor<2> {
    let ([_, width], device) = (gradients.dims(), gradients.device());
    let members = Members::of(groups);
    let gradients = vector(gradients.into_data());
    let groups = members.offsets.len() - 1;
    let mut sums = first.map_or_else(Vec::new, |first| vector(first.into_data()));
    sums.resize(groups * width, 0.0);
    members.fill(width, &mut sums, |positions, sum| {
        weighted_sum(&positions.iter().map(|&position| (1.0, position)), &gradients, sum);
    });
    Tensor::from_data(TensorData::new(sums, [groups, width]), &device)
}
