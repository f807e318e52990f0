//! One person's own history, a closed world: everything in it was seen, and most visits are revisits.
//!
//! | module | what it holds |
//! |---|---|
//! | [`person`], [`words`], [`past`] | numbered visits; titles as words; what earlier visits tell |
//! | [`scene`] | the moment of a prediction and its candidates |
//! | [`experts`], [`features`], [`ranker`] | simple predictors; what the learned one looks at; the learned one |
//! | [`sequence`] | a small recurrent network of one's own, trained while it predicts |
//! | [`mixture`], [`novelty`], [`calibration`] | who is trusted; is it something new?; probabilities at their word |
//! | [`next`] | all of them together: predict a visit, then learn it |
//! | [`shelves`] | Rediscover, Unfinished, New, and refinding |
//! | [`study`] | a history learned piece by piece, and how the shelves did |
//! | [`evaluation`] | the protocol `own-history` for one person |
//! | [`simulator`] | people who do not exist, and the truth about them |
//! | [`predictability`] | how much can be told at all: an entropy, and the ceiling that it sets |
//! | [`people`] | the same over many people, with intervals |
//!
//! `docs/own-history.md` tells why, and what it is worth.

pub mod calibration;
pub mod evaluation;
pub mod experts;
pub mod features;
pub mod logistic;
pub mod mixture;
pub mod next;
pub mod novelty;
pub mod past;
pub mod people;
pub mod person;
pub mod predictability;
pub mod ranker;
pub mod scene;
pub mod sequence;
pub mod shelves;
pub mod simulator;
pub mod study;
pub mod words;
