//! Elementary functions of eight numbers at a time: no branch, no table, no libm call.

#![allow(clippy::inline_always, reason = "vectors are passed in registers only where the call is inlined")]

use crate::lanes::{LANES, Lanes, eights, exponent_and_mantissa, load, power_of_two, splat, store};

/// e^x within 2 ulp for |x| ≤ 87, saturating beyond. Cephes' polynomial after reduction to |r| ≤ ln 2 / 2.
#[inline(always)]
pub(crate) fn exp(x: Lanes) -> Lanes {
    // Adding and subtracting 1.5·2²³ rounds to the nearest integer in plain SSE2 and SIMD128 alike.
    const ROUND: f32 = 12_582_912.0;
    let x = x.fast_max(splat(-87.0)).fast_min(splat(88.0));
    let rounded = x * splat(std::f32::consts::LOG2_E) + splat(ROUND);
    let n = rounded - splat(ROUND);
    let r = x - n * splat(0.693_359_4) - n * splat(-2.121_944_4e-4);
    let mut p = splat(1.987_569_1e-4);
    p = p * r + splat(1.398_199_9e-3);
    p = p * r + splat(8.333_452e-3);
    p = p * r + splat(4.166_579_6e-2);
    p = p * r + splat(1.666_666_5e-1);
    p = p * r + splat(0.5);
    let mantissa = p * (r * r) + r + splat(1.0);
    // The low bits of `rounded` hold n; shifted into the exponent they are 2^n.
    mantissa * power_of_two(rounded)
}

/// ln x within 2 ulp, that of the least normal number below it. Cephes' polynomial after reduction to √½ ≤ m < √2.
#[inline(always)]
fn ln(x: Lanes) -> Lanes {
    let (n, mantissa) = exponent_and_mantissa(x.fast_max(splat(f32::MIN_POSITIVE)));
    let m = mantissa - splat(1.0);
    let square = m * m;
    let mut p = splat(7.037_683_6e-2);
    p = p * m + splat(-1.151_461e-1);
    p = p * m + splat(1.167_699_9e-1);
    p = p * m + splat(-1.242_014_1e-1);
    p = p * m + splat(1.424_932_3e-1);
    p = p * m + splat(-1.666_805_8e-1);
    p = p * m + splat(2.000_071_5e-1);
    p = p * m + splat(-2.499_999_4e-1);
    p = p * m + splat(3.333_333e-1);
    let small = p * m * square + n * splat(-2.121_944_4e-4) - splat(0.5) * square;
    n * splat(0.693_359_4) + (m + small)
}

/// The logistic function.
#[inline(always)]
pub(crate) fn sigmoid(x: Lanes) -> Lanes {
    splat(1.0) / (splat(1.0) + exp(-x))
}

/// Hyperbolic tangent, within 2e-7 absolutely.
#[inline(always)]
pub(crate) fn tanh(x: Lanes) -> Lanes {
    splat(1.0) - splat(2.0) / (exp(x + x) + splat(1.0))
}

/// log(1 + e^x), without overflow; within 2e-7 absolutely. log(1 + y) = 2 artanh(y / (2 + y)), whose series ends soon for y ≤ 1.
#[inline(always)]
pub(crate) fn softplus(x: Lanes) -> Lanes {
    let y = exp(-x.abs());
    let s = y / (splat(2.0) + y);
    let square = s * s;
    let mut series = splat(2.0 / 13.0);
    series = series * square + splat(2.0 / 11.0);
    series = series * square + splat(2.0 / 9.0);
    series = series * square + splat(2.0 / 7.0);
    series = series * square + splat(2.0 / 5.0);
    series = series * square + splat(2.0 / 3.0);
    series = series * square + splat(2.0);
    x.fast_max(splat(0.0)) + s * series
}

/// Dot product in eight independent sums.
#[must_use]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = splat(0.0);
    let mut eights = a.chunks_exact(LANES).zip(b.chunks_exact(LANES));
    for (x, y) in &mut eights {
        sums += load(x, 0) * load(y, 0);
    }
    let whole = a.len() - a.len() % LANES;
    if whole < a.len() {
        sums += load(a, whole) * load(b, whole);
    }
    sums.reduce_add()
}

/// Its dot products with a table's rows.
#[must_use]
pub fn dots(row: &[f32], table: &[f32]) -> Vec<f32> {
    table.chunks_exact(row.len()).map(|other| dot(row, other)).collect()
}

/// `y += a·x`.
pub fn axpy(a: f32, x: &[f32], y: &mut [f32]) {
    let (a, whole) = (splat(a), x.len() - x.len() % LANES);
    for (y, x) in y.chunks_exact_mut(LANES).zip(x.chunks_exact(LANES)) {
        store(load(y, 0) + a * load(x, 0), y, 0);
    }
    if whole < x.len() {
        let sum = load(y, whole) + a * load(x, whole);
        store(sum, y, whole);
    }
}

/// e^x of one number.
#[must_use]
pub fn exp_of(x: f32) -> f32 {
    exp(splat(x)).to_array()[0]
}

/// Replaces each x by e^x.
pub fn exp_each(row: &mut [f32]) {
    eights(row.len()).for_each(|at| store(exp(load(row, at)), row, at));
}

/// Replaces each x by ln x; what is 0 or less by the least of all.
pub fn ln_each(row: &mut [f32]) {
    eights(row.len()).for_each(|at| store(ln(load(row, at)), row, at));
}

/// The greatest number; NaN propagates through the sum that follows, not here.
#[must_use]
pub fn maximum(row: &[f32]) -> f32 {
    let (eights, tail) = row.as_chunks::<LANES>();
    let lanes = eights.iter().fold(splat(f32::MIN), |most, x| most.fast_max(Lanes::from(*x)));
    lanes.to_array().iter().chain(tail).copied().fold(f32::MIN, f32::max)
}

/// Replaces each x by e^(x − peak) and returns their sum.
pub fn exp_and_sum(row: &mut [f32], peak: f32) -> f32 {
    let (eights, tail) = row.as_chunks_mut::<LANES>();
    let mut sums = splat(0.0);
    for x in eights {
        let power = exp(Lanes::from(*x) - splat(peak));
        *x = power.to_array();
        sums += power;
    }
    let mut total = sums.reduce_add();
    for x in tail {
        *x = exp_of(*x - peak);
        total += *x;
    }
    total
}

/// Σ e^(factor · x − peak), in double precision but for blocks of a few hundred.
#[must_use]
pub fn sum_of_powers(row: &[f32], factor: f32, peak: f32) -> f64 {
    const BLOCK: usize = 64 * LANES;
    let block = |block: &[f32]| {
        let (eights, tail) = block.as_chunks::<LANES>();
        let power = |x| exp(x * splat(factor) - splat(peak));
        let sums = eights.iter().fold(splat(0.0), |sums, x| sums + power(Lanes::from(*x)));
        let rest = tail.iter().map(|x| exp_of(x * factor - peak)).sum::<f32>();
        f64::from(sums.reduce_add() + rest)
    };
    row.chunks(BLOCK).map(block).sum()
}

/// `row *= factor`.
pub fn scale(row: &mut [f32], factor: f32) {
    let (eights, tail) = row.as_chunks_mut::<LANES>();
    eights.iter_mut().for_each(|x| *x = (Lanes::from(*x) * splat(factor)).to_array());
    tail.iter_mut().for_each(|x| *x *= factor);
}

/// `row += other`.
pub fn add(row: &mut [f32], other: &[f32]) {
    axpy(1.0, other, row);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elementary_functions_agree_with_the_standard_library() {
        let of = |function: fn(Lanes) -> Lanes, x: f32| f64::from(function(splat(x)).to_array()[5]);
        for i in -8700..=8800 {
            let x = i as f32 * 0.01;
            let exact = f64::from(x).exp();
            assert!((of(exp, x) / exact - 1.0).abs() < 3e-7, "exp({x}) = {}, not {exact}", of(exp, x));
            assert!((of(tanh, x) - f64::from(x).tanh()).abs() < 2e-7, "tanh({x})");
            let logistic = 1.0 / (1.0 + (-f64::from(x)).exp());
            assert!((of(sigmoid, x) - logistic).abs() < 2e-7, "sigmoid({x})");
            let log = f64::from(x).exp().ln_1p();
            assert!((of(softplus, x) - log).abs() < 2e-7 * (1.0 + log), "softplus({x}) = {}", of(softplus, x));
        }
        for i in -1260..=1270 {
            let x = (i as f32 * 0.1).exp2();
            let (exact, ulp) = (f64::from(x).ln(), f64::from(f32::EPSILON));
            assert!((of(ln, x) - exact).abs() <= ulp * exact.abs().max(0.1), "ln({x}) = {}, not {exact}", of(ln, x));
        }
        assert_eq!(of(ln, 0.0), of(ln, f32::MIN_POSITIVE));
        assert_eq!(exp_of(-1e9), exp_of(-87.0));
        assert!(exp_of(1e9).is_finite());
    }

    #[test]
    fn products_and_sums_include_the_tail() {
        let a: Vec<f32> = (0..19).map(|i| i as f32).collect();
        assert_eq!(dot(&a, &a), (0..19).map(|i| (i * i) as f32).sum::<f32>());
        let mut b = a.clone();
        axpy(2.0, &a, &mut b);
        assert_eq!(b, (0..19).map(|i| 3.0 * i as f32).collect::<Vec<_>>());
        scale(&mut b, 2.0);
        assert_eq!((maximum(&b), maximum(&b[..9])), (108.0, 48.0));
        let mut numbers: Vec<f32> = (0..19).map(|i| 0.5 * i as f32).collect();
        exp_each(&mut numbers);
        ln_each(&mut numbers);
        assert!(numbers.iter().enumerate().all(|(i, x)| (x - 0.5 * i as f32).abs() < 1e-5), "{numbers:?}");
        let mut ones = vec![1.5; 19];
        assert_eq!(exp_and_sum(&mut ones, 1.5), 19.0);
        let row: Vec<f32> = (0..1203).map(|i| i as f32 * 1e-3).collect();
        let exact: f64 = row.iter().map(|x| (2.0 * f64::from(*x) - 1.0).exp()).sum();
        assert!((sum_of_powers(&row, 2.0, 1.0) / exact - 1.0).abs() < 1e-6);
    }
}
