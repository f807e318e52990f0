//! Dot products of rows.

use burn::tensor::{Tensor, TensorData};

use super::vector;
use homebody_simd::{axpy, dot};

/// See [`super::super::row_dots::row_dots`].
pub(in super::super) fn row_dots(a: Tensor<2>, b: Tensor<2>) -> Tensor<1> {
    let ([rows, width], device) = (a.dims(), a.device());
    let (a, b) = (vector(a.into_data()), vector(b.into_data()));
    let dots: Vec<f32> = a.chunks_exact(width).zip(b.chunks_exact(width)).map(|(a, b)| dot(a, b)).collect();
    Tensor::from_data(TensorData::new(dots, [rows]), &device)
}

/// See [`super::super::row_dots::gradients`].
pub(in super::super) fn row_dot_gradients([a, b]: [Tensor<2>; 2], slopes: Tensor<1>, d_a: Tensor<2>) -> [Tensor<2>; 2] {
    let (shape, device) = (a.dims(), a.device());
    let [a, b, mut d_a] = [a, b, d_a].map(|rows| vector(rows.into_data()));
    let slopes = vector(slopes.into_data());
    let mut d_b = vec![0.0; b.len()];
    for (row, slope) in slopes.into_iter().enumerate() {
        let range = row * shape[1]..(row + 1) * shape[1];
        axpy(slope, &b[range.clone()], &mut d_a[range.clone()]);
        axpy(slope, &a[range.clone()], &mut d_b[range]);
    }
    [d_a, d_b].map(|rows| Tensor::from_data(TensorData::new(rows, shape), &device))
}
