//! Rotary positions (Su et al., 2021): scores depend on how far apart two steps are, not on where they stand.
//!
//! Each head's column i of the first half turns with column i of the second, by `position · 10000^(−i / half)`.

use burn::tensor::{Int, Tensor};

/// ln of the slowest turn's share of the fastest.
pub(super) const LOG_BASE: f32 = 9.210_340_4;

/// Which columns turn, and how.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    /// Where the first step stands.
    pub first: usize,
    /// The first so many columns turn; the others stay.
    pub columns: usize,
    /// Width of a head, even.
    pub width: usize,
}

/// Turned steps.
///
/// # Shapes
/// `x`: `[S, B, C]`, differentiable; output alike.
#[must_use]
pub fn rotate(x: Tensor<3>, turn: Turn) -> Tensor<3> {
    on_a_gpu!(x, rotate(x, turn), plain(x, turn))
}

/// The same in Burn's own operations.
#[must_use]
pub fn plain(x: Tensor<3>, turn: Turn) -> Tensor<3> {
    let [steps, batch, columns] = x.dims();
    let (half, heads, device) = (turn.width / 2, turn.columns / turn.width, x.device());
    let count = |range: std::ops::Range<usize>| Tensor::<1, Int>::arange(range.start as i64..range.end as i64, &device);
    let frequency = (count(0..half).float() * (-LOG_BASE / half as f32)).exp();
    let positions = count(turn.first..turn.first + steps).float();
    let angle = (positions.reshape([steps, 1]) * frequency.reshape([1, half])).reshape([steps, 1, 1, half]);
    let (cos, sin) = (angle.clone().cos(), angle.sin());
    let turning = x.clone().slice([0..steps, 0..batch, 0..turn.columns]).reshape([steps, batch, heads, turn.width]);
    let part = |i: usize| turning.clone().slice([0..steps, 0..batch, 0..heads, i * half..(i + 1) * half]);
    let (real, imaginary) = (part(0), part(1));
    let turned = [real.clone() * cos.clone() - imaginary.clone() * sin.clone(), imaginary * cos + real * sin];
    let turned = Tensor::cat(turned.to_vec(), 3).reshape([steps, batch, turn.columns]);
    let rest = x.slice([0..steps, 0..batch, turn.columns..columns]);
    if turn.columns == columns { turned } else { Tensor::cat(vec![turned, rest], 2) }
}
