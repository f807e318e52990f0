//! homebody: a recommender that never leaves home.
//!
//! It trains and runs sequential recommenders where the history is: in a browser (as WebAssembly, on WebGPU or the CPU) or natively.
//! Data flows one way through the modules, and each imports only from those above it:
//!
//! | module | what it holds |
//! |---|---|
//! | [`error`] | the one error type: cause and remedy |
//! | [`history`] | events, and the readers of files |
//! | [`catalogue`] | item ids to positions and back |
//! | [`sequences`], [`negatives`], [`simulator`] | sessions, splits, training lanes; negative samples; made-up visitors |
//! | [`kernel`], [`device`] | the hot operations, each with a CPU twin; where tensors live |
//! | [`embedding`], [`encoder`], [`loss`], [`table`] | item vectors, sequence encoders, objectives, sparsely updated item tables |
//! | [`model`] | contexts in, scores of all items out |
//! | [`self_test`] | is this GPU to be trusted? |
//! | [`training`] | the one loop: pulled step by step, cancelled by dropping it, resumed exactly |
//! | [`ranking`], [`baseline`] | the top k; the simple predictors of an honest table |
//! | [`evaluation`], [`explanation`] | full-ranking figures; why |
//! | [`own`] | one person's own history, a closed world: experts, their mixture, shelves, evaluation |
//! | [`recommender`], [`protocol`] | what Home does; what may be asked of it |
//!
//! `wasm` binds [`recommender`] and [`training`] to JavaScript; `bin/homebody` to the command line.

pub mod baseline;
pub mod catalogue;
pub mod checkpoint;
pub mod device;
pub mod embedding;
pub mod encoder;
pub mod error;
pub mod evaluation;
pub mod explanation;
pub mod history;
pub mod kernel;
mod lists;
pub mod loss;
pub mod model;
pub mod negatives;
pub mod own;
pub mod protocol;
pub mod ranking;
pub mod recommender;
pub mod rng;
pub mod self_test;
pub mod sequences;
pub mod simulator;
pub mod table;
pub mod training;
#[cfg(target_arch = "wasm32")]
pub mod wasm;
