//! The GPU twins: `CubeCL` kernels, with hand-written backwards, within WebGPU's default limits: seven buffers (and `CubeCL`'s own),
//! 16 KiB of workgroup memory, 256 units, no atomics, no subgroups.
//!
//! `launch_unchecked` leaves out bounds checks that a browser makes anyway; each launch says why it needs none.
#![allow(unsafe_code, reason = "launching a kernel without CubeCL's bounds checks is unsafe")]
#![allow(clippy::needless_pass_by_value, reason = "a tensor that is passed on by value may be written in place")]

mod additive_attention;
mod boosts;
mod calls;
mod dot_attention;
mod extension;
mod gru_scan;
mod join;
mod layer_norm;
mod layout;
mod linear;
mod lstm_scan;
mod math;
mod matmul;
mod reduce;
mod rotary;
mod row_dots;
mod rows;
mod seed;
mod softmax_cross_entropy;

use burn::backend::tensor::FloatTensor;
use burn_cubecl::CubeBackend;
use cubecl::prelude::{Const, Vector};

pub(super) use calls::{
    adam_step, additive_attention, boost, boost_gradients, clipped_scalars, dot_attention, gather, gru_scan, join,
    layer_norm, linear, lstm_scan, most_numbers, product, put, rotate, row_dot_gradients, row_dots, seed,
    softmax_cross_entropy, sum_rows, view,
};

/// `CubeCL`'s float primitive.
type Gpu = FloatTensor<CubeBackend>;
/// Four numbers at once.
type V4 = Vector<f32, Const<4>>;
