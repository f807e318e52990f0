//! The hot operations. Each file states one contract and gives it up to three bodies: `plain`, composed of Burn's own differentiable
//! operations (the oracle in tests), a CPU twin in vectorisable Rust, and a GPU twin in `CubeCL`, both with a hand-written backward.
//!
//! Time runs along the first axis everywhere: `[T, B, …]`, so that a step is a contiguous block. What a graph need not track takes and
//! gives untracked tensors. Whole numbers (rows, offsets, columns) are `f32`, exact up to 2²⁴, as they travel (see `table::Upload`).

/// Runs the twin of the device that a tensor lives on, else `plain`.
macro_rules! on_its_device {
    ($tensor:expr, $twin:ident($($argument:expr),*), $plain:expr) => {{
        #[cfg(feature = "cpu")]
        if crate::device::is_cpu(&$tensor.device()) {
            return $crate::kernel::cpu::$twin($($argument),*);
        }
        on_a_gpu!($tensor, $twin($($argument),*), $plain)
    }};
}

/// Runs the twin on a GPU, else `plain`.
macro_rules! on_a_gpu {
    ($tensor:expr, $twin:ident($($argument:expr),*), $plain:expr) => {{
        #[cfg(feature = "webgpu")]
        if crate::device::is_gpu(&$tensor.device()) {
            return $crate::kernel::gpu::$twin($($argument),*);
        }
        $plain
    }};
}

pub mod adagrad_step;
pub mod adam_step;
pub mod additive_attention;
pub mod boosts;
pub mod clip;
pub mod dot_attention;
pub mod gru_scan;
pub mod join;
pub mod layer_norm;
pub mod linear;
pub mod lstm_scan;
pub mod matmul;
pub mod negative_sampling;
pub mod rotary;
pub mod row_dots;
pub mod rows;
pub mod seed;
pub mod shards;
pub mod softmax;
pub mod softmax_cross_entropy;
pub mod view;
pub mod weighted_squares;

#[cfg(feature = "cpu")]
mod cpu;
#[cfg(feature = "webgpu")]
mod gpu;
