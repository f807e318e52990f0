//! Elementary functions inside kernels.

use cubecl::prelude::*;

/// `1 / (1 + e^−x)`
#[cube]
pub(super) fn sigmoid<N: Size>(x: Vector<f32, N>) -> Vector<f32, N> {
    let one = Vector::<f32, N>::new(1.0);
    one / (one + Vector::<f32, N>::exp(Vector::<f32, N>::new(0.0) - x))
}

/// Written out: some drivers' own overflows where x is large.
#[cube]
pub(super) fn tanh<N: Size>(x: Vector<f32, N>) -> Vector<f32, N> {
    let one = Vector::<f32, N>::new(1.0);
    one - Vector::<f32, N>::new(2.0) / (Vector::<f32, N>::exp(Vector::<f32, N>::new(2.0) * x) + one)
}

/// The sum of a vector's numbers.
#[cube]
pub(super) fn total<N: Size>(x: Vector<f32, N>) -> f32 {
    let size = N::value().comptime();
    let mut sum = x.extract(0usize);
    #[unroll]
    for i in 1..size {
        sum += x.extract(i);
    }
    sum
}
