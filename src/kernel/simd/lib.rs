//! The loops of the CPU kernels, on plain slices. A crate of its own, because they are compiled for speed where all else is compiled for size
//! (see the profile `web`), and there the compiler neither vectorises a loop nor inlines what passes through iterators.

pub mod attention;
pub mod bytes;
pub mod gates;
pub mod heads;
pub mod norm;
pub mod optimizer;
pub mod pairs;
pub mod product;
pub mod rows;

mod lanes;
mod math;

pub use math::{add, axpy, dot, dots, exp_and_sum, exp_each, exp_of, ln_each, maximum, scale, sum_of_powers};
