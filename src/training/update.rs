//! Learning what is new without starting over.
//!
//! A trained sequence model goes on, for a few steps, over the new sessions with a quarter as many old ones between them: replay, without which a
//! network forgets (Robins, 1995; Rolnick et al., "Experience Replay for Continual Learning", 2019). The latest of the new events are
//! predicted and not learned; the model is judged by them before the first step and after every pass, and the best is kept: an update that
//! hurts gives back the model as it was.

use std::sync::Arc;

use rand::RngExt;

use super::{Job, TrainingOptions};
use crate::catalogue::ItemIndex;
use crate::encoder::EncoderConfig;
use crate::error::{Error, Result};
use crate::model::{SequenceModel, read, read_shards};
use crate::rng::{Stream, generator};
use crate::sequences::{Case, Sequences, Transitions, split_by_time};

/// Share of the work (events times passes) that an update may take of the least that a whole training takes, which is one that its first
/// pass left no room to improve.
const WORK: f64 = 0.045;
/// One old event is replayed for this many new ones: more take the steps that the new ones need.
const REPLAY: usize = 4;
/// More passes over the same few sessions learn them by heart.
const PASSES: usize = 8;
/// Share of the new events that guard.
const GUARD_SHARE: f64 = 0.1;
/// Fewer cases cannot tell better from worse.
const GUARD_CASES: usize = 20;
/// At most this share of the new events guards: there would be nothing left to learn.
const GUARD_MOST: f64 = 1.0 / 3.0;
/// An update has few steps, and each goes this much further than a training's: of 0.5, 1, 2 and 4 times, 4 recovered most on walks that
/// change their ways (`tests/update.rs`). The guard takes back what goes too far.
const REACH: f32 = 4.0;
/// At most this many cases guard, the latest: more only take longer.
const GUARD_LIMIT: usize = 512;

/// What an update starts from.
#[derive(Debug, Clone)]
pub(super) struct Start {
    pub(super) encoder: EncoderConfig,
    /// The encoder's flat weights.
    pub(super) dense: Arc<Vec<f32>>,
    /// What it knows of the steps between items.
    pub(super) transitions: Option<Arc<Transitions>>,
    /// How many of the sessions, the first, it knows already.
    pub(super) replayed: usize,
    /// Passes over the sessions.
    pub(super) passes: usize,
}

impl Job {
    /// Updates a model that learned from `known` by `fresh` sessions, oldest first, one after the other in time.
    ///
    /// `options` are those of a whole training, which set seed, step size and loss; the encoder is the model's. It takes at most 4.5% of
    /// the work of training on everything anew, unless that is less than one pass.
    ///
    /// # Errors
    /// [`Error::TooLittle`] where the new events are too few to tell whether learning them helps; [`Error::Config`] for a model that heeds
    /// times, which is trained anew; [`Error::Device`] where its weights cannot be read.
    pub fn update(
        options: &TrainingOptions,
        model: &SequenceModel,
        known: &Sequences,
        fresh: &[Vec<ItemIndex>],
    ) -> Result<Self> {
        if model.config.time_bias {
            return Err(Error::Config {
                name: "timeBias".into(),
                value: "true".into(),
                legal: "a model that heeds times is not updated: train anew".into(),
            });
        }
        let (learned, guard) = guarded(fresh)?;
        let mut sessions = replayed(known, targets(&learned) / REPLAY, options.seed);
        let replayed = sessions.len();
        sessions.extend(learned);
        let train = Sequences::new(known.items, sessions)?;
        let whole = known.targets() + targets(fresh);
        let options = TrainingOptions { dim: Some(model.config.dim as u32), time_bias: None, ..options.clone() };
        let least = options.sequence(known).map_or(1, |config| config.epochs.min(1 + config.patience));
        let passes = (WORK * (whole * least) as f64 / train.targets().max(1) as f64).round() as usize;
        let items = crate::device::now(read_shards(&model.items))?;
        let dense = crate::device::now(read([&model.dense]))?.concat();
        let start = Start {
            encoder: model.config,
            dense: Arc::new(dense),
            transitions: model.transitions.clone(),
            replayed,
            passes: passes.clamp(1, PASSES),
        };
        let mut job = Self::new(options, train, guard).starting_from(items)?;
        job.start = Some(start);
        Ok(job)
    }
}

impl Start {
    /// The settings of an update, from those that a training on the same sessions would have.
    pub(super) fn settle(&self, config: super::SequenceConfig) -> super::SequenceConfig {
        super::SequenceConfig {
            encoder: self.encoder,
            epochs: self.passes,
            patience: self.passes,
            learning_rate: (config.learning_rate * REACH).min(1.0),
            ..config
        }
    }
}

/// What is learned of the new sessions, and the cases of the latest events, which are not.
fn guarded(fresh: &[Vec<ItemIndex>]) -> Result<(Vec<Vec<ItemIndex>>, Vec<Case>)> {
    let events: usize = fresh.iter().map(Vec::len).sum();
    for share in [GUARD_SHARE, 0.2, GUARD_MOST] {
        let (learned, latest) = split_by_time(fresh, 1.0 - share);
        let mut cases: Vec<Case> = latest.iter().flat_map(|session| prefixes(session)).collect();
        if cases.len() >= GUARD_CASES && targets(&learned) > 0 {
            return Ok((learned, cases.split_off(cases.len().saturating_sub(GUARD_LIMIT))));
        }
    }
    Err(Error::TooLittle {
        what: "An update".into(),
        needed: format!(
            "enough new events that the latest give {GUARD_CASES} to judge it by: about {}",
            4 * GUARD_CASES
        ),
        have: events.to_string(),
        remedy: "View more first, or train anew".into(),
    })
}

fn prefixes(session: &[ItemIndex]) -> impl Iterator<Item = Case> {
    (1..session.len()).map(|at| Case { context: session[..at].to_vec(), times: Vec::new(), target: session[at] })
}

fn targets(sessions: &[Vec<ItemIndex>]) -> usize {
    sessions.iter().map(|session| session.len().saturating_sub(1)).sum()
}

/// Old sessions drawn without replacement, with about `wanted` targets.
fn replayed(known: &Sequences, wanted: usize, seed: u32) -> Vec<Vec<ItemIndex>> {
    let mut random = generator(u64::from(seed), Stream::Replay, 0);
    let mut left: Vec<usize> = (0..known.sessions.len()).collect();
    let (mut sessions, mut drawn) = (Vec::new(), 0);
    while drawn < wanted && !left.is_empty() {
        let session = &known.sessions[left.swap_remove(random.random_range(0..left.len()))];
        drawn += session.len().saturating_sub(1);
        sessions.push(session.clone());
    }
    sessions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sessions(count: u32, length: u32) -> Vec<Vec<ItemIndex>> {
        (0..count).map(|i| (0..length).map(|j| ItemIndex((i + j) % 9)).collect()).collect()
    }

    #[test]
    fn the_latest_new_events_guard_and_are_not_learned() {
        let fresh = sessions(60, 5);
        let (learned, cases) = guarded(&fresh).unwrap();
        assert_eq!(learned, fresh[..54], "the first nine tenths");
        assert_eq!(cases.len(), 24);
        assert_eq!(cases[0].context, fresh[54][..1]);
        let error = guarded(&sessions(4, 5)).unwrap_err().to_string();
        assert!(error.contains("about 80") && error.contains("train anew"), "{error}");
    }

    #[test]
    fn replay_draws_as_many_targets_as_asked_and_no_session_twice() {
        let known = Sequences::new(9, sessions(9, 4)).unwrap();
        let drawn = replayed(&known, 12, 1);
        assert_eq!(drawn.len(), 4);
        assert!((1..4).all(|i| !drawn[..i].contains(&drawn[i])));
        assert_eq!(replayed(&known, 1000, 1).len(), 9, "all there are");
    }
}
