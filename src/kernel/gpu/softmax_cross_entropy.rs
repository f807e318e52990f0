//! Softmax cross-entropy: a workgroup for each row; the logits become their own gradient.

use cubecl::prelude::*;

use super::Gpu;
use super::layout::{contiguous, new, owned};
use super::reduce::{UNITS, cube_max, cube_sum, sum};

/// The loss `[1]`, ∂loss/∂logits `[N, S]` and ∂loss/∂own `[N]`.
pub(super) fn softmax_cross_entropy(
    logits: Gpu,
    targets: Gpu,
    own: Option<Gpu>,
    weights: Gpu,
    bias: Option<Gpu>,
) -> (Gpu, Gpu, Option<Gpu>) {
    let [rows, columns]: [usize; 2] = logits.meta.shape().dims();
    let own = own.map(|own| owned(contiguous(own)));
    let losses = new(&logits, [rows]);
    let logits = owned(contiguous(logits));
    // SAFETY: units stay within the row; targets are columns.
    unsafe {
        kernel::launch_unchecked(
            &losses.client,
            CubeCount::Static(rows as u32, 1, 1),
            CubeDim::new_1d(UNITS as u32),
            logits.clone().into_buffer_arg(),
            contiguous(targets).into_buffer_arg(),
            contiguous(weights).into_buffer_arg(),
            match bias {
                None => ComptimeOptionArgs::None,
                Some(bias) => ComptimeOptionArgs::Some(contiguous(bias).into_buffer_arg()),
            },
            match own.clone() {
                None => ComptimeOptionArgs::None,
                Some(own) => ComptimeOptionArgs::Some(own.into_buffer_arg()),
            },
            losses.clone().into_buffer_arg(),
            columns,
        );
    }
    (sum(losses), logits, own)
}

#[allow(clippy::collapsible_if, reason = "the outer one is decided when the kernel is made")]
#[cube(launch_unchecked)]
fn kernel(
    logits: &mut [f32],
    targets: &[f32],
    weights: &[f32],
    bias: ComptimeOption<&[f32]>,
    beside: ComptimeOption<&mut [f32]>,
    losses: &mut [f32],
    columns: usize,
) {
    let mut shared = Shared::<[f32]>::new_slice(UNITS);
    let row = CUBE_POS_X as usize;
    let start = row * columns;
    let target = u32::cast_from(targets[row]) as usize;
    let apart = comptime!(beside.is_some());
    #[comptime]
    let own = match &beside {
        ComptimeOption::Some(beside) => beside[row],
        ComptimeOption::None => logits[start + target],
    };
    let share = (columns + comptime!(UNITS - 1)) / UNITS;
    let mut peak = own;
    for i in 0..share {
        let column = i * UNITS + UNIT_POS as usize;
        if column < columns && column != target {
            let a = biased(&bias, logits[start + column], column);
            peak = select(a > peak, a, peak);
        }
    }
    let peak = cube_max(peak, &mut shared);
    let mut total = 0.0f32;
    for i in 0..share {
        let column = i * UNITS + UNIT_POS as usize;
        if column < columns {
            let a = select(column == target, own, biased(&bias, logits[start + column], column));
            let e = f32::exp(a - peak);
            let e = if comptime!(apart) { select(column == target, 0.0, e) } else { e };
            logits[start + column] = e;
            total += e;
        }
    }
    let own_power = f32::exp(own - peak);
    if comptime!(apart) {
        total += select(UNIT_POS == 0, own_power, 0.0);
    }
    let total = cube_sum(total, &mut shared);
    let weight = weights[row];
    let scale = weight / total;
    for i in 0..share {
        let column = i * UNITS + UNIT_POS as usize;
        if column < columns {
            let p = logits[start + column] * scale;
            logits[start + column] = if comptime!(apart) { p } else { select(column == target, p - weight, p) };
        }
    }
    if UNIT_POS == 0 {
        losses[row] = weight * (peak + f32::ln(total) - own);
    }
    #[comptime]
    if let ComptimeOption::Some(beside) = beside {
        if UNIT_POS == 0 {
            beside[row] = own_power * scale - weight;
        }
    }
}

#[cube]
fn biased(bias: &ComptimeOption<&[f32]>, logit: f32, column: usize) -> f32 {
    #[comptime]
    match bias {
        ComptimeOption::Some(bias) => logit + bias[column],
        ComptimeOption::None => logit,
    }
}
