//! Parts of a vector without a copy, where the device can bind them in place.

use std::ops::Range;

use burn::tensor::Tensor;

/// A GPU binds parts that begin at a multiple of this in place (256 bytes); others are copied.
pub const ALIGNED: usize = 64;

/// The numbers of a range.
#[must_use]
pub fn view(whole: &Tensor<1>, range: Range<usize>) -> Tensor<1> {
    on_a_gpu!(whole, view(whole.clone(), range), plain(whole, range))
}

/// The same in Burn's own operations.
#[must_use]
pub fn plain(whole: &Tensor<1>, range: Range<usize>) -> Tensor<1> {
    whole.clone().slice([range])
}
