//! The hot operations. Each file states one contract and gives it two bodies: `plain`, composed of Burn's own differentiable
//! operations (the GPU's path, and the oracle in tests), and a CPU twin with a hand-written backward in vectorisable Rust.
//!
//! Time runs along the first axis everywhere: `[T, B, …]`, so that a step is a contiguous block.

pub mod adagrad_step;
pub mod adam_step;
pub mod additive_attention;
pub mod dot_attention;
pub mod gru_scan;
pub mod lstm_scan;
pub mod negative_sampling;
pub mod softmax_cross_entropy;
pub mod weighted_squares;

#[cfg(feature = "cpu")]
mod cpu;
#[cfg(feature = "cpu")]
mod math;
