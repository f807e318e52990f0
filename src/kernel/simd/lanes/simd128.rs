//! Two registers of WebAssembly's SIMD.

use std::arch::wasm32::{
    f32x4_abs, f32x4_add, f32x4_convert_i32x4, f32x4_div, f32x4_extract_lane, f32x4_mul, f32x4_neg, f32x4_pmax,
    f32x4_pmin, f32x4_splat, f32x4_sqrt, f32x4_sub, i16x8_extend_high_i8x16, i16x8_extend_low_i8x16, i32x4_add,
    i32x4_dot_i16x8, i32x4_extract_lane, i32x4_shl, i32x4_shr, i32x4_splat, i32x4_sub, v128,
};
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

/// Eight numbers.
#[derive(Clone, Copy)]
pub(crate) struct Lanes(v128, v128);

/// Eight times the same.
#[inline(always)]
pub(crate) fn splat(x: f32) -> Lanes {
    Lanes(f32x4_splat(x), f32x4_splat(x))
}

/// 2^n, where the low bits of a number hold n.
#[inline(always)]
pub(crate) fn power_of_two(Lanes(low, high): Lanes) -> Lanes {
    let one = f32x4_splat(1.0);
    Lanes(i32x4_add(i32x4_shl(low, 23), one), i32x4_add(i32x4_shl(high, 23), one))
}

/// n and m of x = 2^n · m with √½ ≤ m < √2, for what is greater than 0.
#[inline(always)]
pub(crate) fn exponent_and_mantissa(Lanes(low, high): Lanes) -> (Lanes, Lanes) {
    let split = |bits: v128| {
        let n = i32x4_shr(i32x4_sub(bits, i32x4_splat(super::ROOT_OF_HALF)), 23);
        (f32x4_convert_i32x4(n), i32x4_sub(bits, i32x4_shl(n, 23)))
    };
    let ((low_n, low_m), (high_n, high_m)) = (split(low), split(high));
    (Lanes(low_n, high_n), Lanes(low_m, high_m))
}

impl From<[f32; 8]> for Lanes {
    #[inline(always)]
    fn from(numbers: [f32; 8]) -> Self {
        let [low, high]: [v128; 2] = bytemuck::cast(numbers);
        Self(low, high)
    }
}

macro_rules! binary {
    ($($trait:ident $name:ident $operation:ident),+) => {$(
        impl $trait for Lanes {
            type Output = Self;

            #[inline(always)]
            fn $name(self, other: Self) -> Self {
                Self($operation(self.0, other.0), $operation(self.1, other.1))
            }
        }
    )+};
}

binary!(Add add f32x4_add, Sub sub f32x4_sub, Mul mul f32x4_mul, Div div f32x4_div);

impl AddAssign for Lanes {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Neg for Lanes {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self(f32x4_neg(self.0), f32x4_neg(self.1))
    }
}

impl Lanes {
    #[inline(always)]
    pub(crate) fn to_array(self) -> [f32; 8] {
        bytemuck::cast([self.0, self.1])
    }

    /// The greater of each; the other's where one is not a number.
    #[inline(always)]
    pub(crate) fn fast_max(self, other: Self) -> Self {
        Self(f32x4_pmax(self.0, other.0), f32x4_pmax(self.1, other.1))
    }

    #[inline(always)]
    pub(crate) fn fast_min(self, other: Self) -> Self {
        Self(f32x4_pmin(self.0, other.0), f32x4_pmin(self.1, other.1))
    }

    #[inline(always)]
    pub(crate) fn abs(self) -> Self {
        Self(f32x4_abs(self.0), f32x4_abs(self.1))
    }

    #[inline(always)]
    pub(crate) fn sqrt(self) -> Self {
        Self(f32x4_sqrt(self.0), f32x4_sqrt(self.1))
    }

    #[inline(always)]
    pub(crate) fn reduce_add(self) -> f32 {
        let sum = f32x4_add(self.0, self.1);
        let pair = |a: f32, b: f32| a + b;
        let low = pair(f32x4_extract_lane::<0>(sum), f32x4_extract_lane::<1>(sum));
        low + pair(f32x4_extract_lane::<2>(sum), f32x4_extract_lane::<3>(sum))
    }
}

/// Sums of products of whole numbers.
#[derive(Clone, Copy)]
pub(crate) struct Sums(v128);

impl Default for Sums {
    #[inline(always)]
    fn default() -> Self {
        Self(i32x4_splat(0))
    }
}

impl Sums {
    /// With sixteen products more.
    #[inline(always)]
    pub(crate) fn with_products(self, a: [i16; 16], b: [i8; 16]) -> Self {
        let [low, high]: [v128; 2] = bytemuck::cast(a);
        let b: v128 = bytemuck::cast(b);
        let low = i32x4_dot_i16x8(i16x8_extend_low_i8x16(b), low);
        let high = i32x4_dot_i16x8(i16x8_extend_high_i8x16(b), high);
        Self(i32x4_add(self.0, i32x4_add(low, high)))
    }

    /// All of them.
    #[inline(always)]
    pub(crate) fn total(self) -> i32 {
        let (a, b) = (i32x4_extract_lane::<0>(self.0), i32x4_extract_lane::<1>(self.0));
        a + b + i32x4_extract_lane::<2>(self.0) + i32x4_extract_lane::<3>(self.0)
    }
}
