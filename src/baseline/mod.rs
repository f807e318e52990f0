//! Simple predictors: the rows that an honest table needs beside the model.

mod markov;
mod popularity;

pub use markov::Markov;
pub use popularity::Popularity;
