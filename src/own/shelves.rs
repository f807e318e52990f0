//! The shelves beside Next: each scores what it may hold, from a history alone.

pub mod new;
pub mod rediscover;
pub mod refind;
pub mod unfinished;
