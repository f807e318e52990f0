//! Item embeddings: one vector per item, learned from who is viewed near whom.

pub mod skip_gram;
