//! Products of matrices: in WebAssembly ours, natively Burn's, which uses registers as wide as the processor's.

#[cfg(target_arch = "wasm32")]
use burn::backend::TensorMetadata;
#[cfg(not(target_arch = "wasm32"))]
use burn::backend::{Flex, ops::FloatTensorOps};

use super::{Cpu, numbers, tensor};
#[cfg(target_arch = "wasm32")]
use homebody_simd::product::{Left, Panels};

/// A matrix in main memory.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    pub(super) numbers: &'a [f32],
    /// As it lies there.
    pub(super) shape: [usize; 2],
    /// Is its transpose meant?
    pub(super) transposed: bool,
}

impl<'a> Matrix<'a> {
    pub(super) fn new(numbers: &'a [f32], shape: [usize; 2]) -> Self {
        Self { numbers, shape, transposed: false }
    }

    pub(super) fn transpose(self) -> Self {
        Self { transposed: !self.transposed, ..self }
    }

    /// The shape that is meant.
    #[cfg(target_arch = "wasm32")]
    fn meant(self) -> [usize; 2] {
        let [rows, columns] = self.shape;
        if self.transposed { [columns, rows] } else { [rows, columns] }
    }
}

/// `a · b`, row by row.
#[cfg(target_arch = "wasm32")]
pub(super) fn multiply(a: Matrix<'_>, b: Matrix<'_>) -> Vec<f32> {
    let (left, right) = (a.meant(), b.meant());
    let mut sums = vec![0.0; left[0] * right[1]];
    Panels::new(b.numbers, right, b.transposed).add_product(Left::new(a.numbers, left, a.transposed), &mut sums);
    sums
}

/// `a · b`, row by row.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn multiply(a: Matrix<'_>, b: Matrix<'_>) -> Vec<f32> {
    let of = |matrix: Matrix<'_>| tensor(matrix.numbers.to_vec(), matrix.shape);
    numbers(&product(&of(a), &of(b), [a.transposed, b.transposed])).to_vec()
}

/// See [`super::super::matmul::product`].
#[cfg(target_arch = "wasm32")]
pub(super) fn product(a: &Cpu, b: &Cpu, transposed: [bool; 2]) -> Cpu {
    let (a, b) = (a.to_contiguous(), b.to_contiguous());
    let of = |tensor: &'_ Cpu| tensor.shape().dims();
    let a = Matrix { numbers: numbers(&a), shape: of(&a), transposed: transposed[0] };
    let b = Matrix { numbers: numbers(&b), shape: of(&b), transposed: transposed[1] };
    tensor(multiply(a, b), [a.meant()[0], b.meant()[1]])
}

/// See [`super::super::matmul::product`].
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn product(a: &Cpu, b: &Cpu, transposed: [bool; 2]) -> Cpu {
    let of = |tensor: &Cpu, transposed| {
        if transposed { Flex::float_swap_dims(tensor.clone(), 0, 1) } else { tensor.clone() }
    };
    Flex::float_matmul(of(a, transposed[0]), of(b, transposed[1]))
}
