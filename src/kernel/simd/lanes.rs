//! Eight numbers at a time. 128-bit registers in WebAssembly, what `wide` finds natively.

#![allow(clippy::inline_always, reason = "vectors are passed in registers only where the call is inlined")]

#[cfg(target_arch = "wasm32")]
mod simd128;

#[cfg(target_arch = "wasm32")]
pub(crate) use simd128::{Lanes, Sums, exponent_and_mantissa, power_of_two, splat};

/// Numbers in a [`Lanes`].
pub(crate) const LANES: usize = 8;

/// The bits of √½.
const ROOT_OF_HALF: i32 = 0x3f35_04f3;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use wide::f32x8 as Lanes;

/// Eight times the same.
#[cfg(not(target_arch = "wasm32"))]
#[inline(always)]
pub(crate) fn splat(x: f32) -> Lanes {
    Lanes::splat(x)
}

/// 2^n, where the low bits of a number hold n.
#[cfg(not(target_arch = "wasm32"))]
#[inline(always)]
pub(crate) fn power_of_two(bits: Lanes) -> Lanes {
    let bits: wide::i32x8 = bytemuck::cast(bits);
    bytemuck::cast((bits << 23) + bytemuck::cast::<Lanes, wide::i32x8>(splat(1.0)))
}

/// n and m of x = 2^n · m with √½ ≤ m < √2, for what is greater than 0.
#[cfg(not(target_arch = "wasm32"))]
#[inline(always)]
pub(crate) fn exponent_and_mantissa(x: Lanes) -> (Lanes, Lanes) {
    let bits: wide::i32x8 = bytemuck::cast(x);
    let n: wide::i32x8 = (bits - wide::i32x8::splat(ROOT_OF_HALF)) >> 23;
    (n.round_float(), bytemuck::cast(bits - (n << 23)))
}

/// Sums of products of whole numbers.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Copy, Default)]
pub(crate) struct Sums(wide::i32x8);

#[cfg(not(target_arch = "wasm32"))]
impl Sums {
    /// With sixteen products more.
    #[inline(always)]
    pub(crate) fn with_products(self, a: [i16; 16], b: [i8; 16]) -> Self {
        let b = wide::i16x16::from_i8x16(wide::i8x16::from(b));
        Self(self.0 + wide::i16x16::from(a).dot(b))
    }

    /// All of them.
    #[inline(always)]
    pub(crate) fn total(self) -> i32 {
        self.0.to_array().iter().sum()
    }
}

/// Those from `at` on; past the end: zeros.
#[inline(always)]
pub(crate) fn load(numbers: &[f32], at: usize) -> Lanes {
    match numbers[at..].first_chunk::<LANES>() {
        Some(whole) => Lanes::from(*whole),
        None => load_tail(&numbers[at..]),
    }
}

#[cold]
#[inline(never)]
fn load_tail(tail: &[f32]) -> Lanes {
    let mut lanes = [0.0; LANES];
    lanes[..tail.len()].copy_from_slice(tail);
    Lanes::from(lanes)
}

/// Writes them from `at` on; what is past the end is dropped.
#[inline(always)]
pub(crate) fn store(lanes: Lanes, numbers: &mut [f32], at: usize) {
    match numbers[at..].first_chunk_mut::<LANES>() {
        Some(whole) => *whole = lanes.to_array(),
        None => store_tail(lanes, &mut numbers[at..]),
    }
}

#[cold]
#[inline(never)]
fn store_tail(lanes: Lanes, tail: &mut [f32]) {
    let count = tail.len();
    tail.copy_from_slice(&lanes.to_array()[..count]);
}

/// Where each eight of `count` numbers begin.
#[inline(always)]
pub(crate) fn eights(count: usize) -> impl Iterator<Item = usize> {
    (0..count).step_by(LANES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_past_the_end_reads_as_zero_and_is_not_written() {
        let numbers: Vec<f32> = (1..=11).map(|i| i as f32).collect();
        assert_eq!(load(&numbers, 8).to_array(), [9.0, 10.0, 11.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let mut out = vec![0.0; 11];
        eights(11).for_each(|at| store(load(&numbers, at) + splat(1.0), &mut out, at));
        assert_eq!(out, (2..=12).map(|i| i as f32).collect::<Vec<_>>());
    }
}
