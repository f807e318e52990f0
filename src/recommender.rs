//! What Home holds, and everything it does: record, recommend, explain, forget, save.
//!
//! It ranks on the CPU and never trains: training happens in another worker, on a [`Job`] that this one prepares, and comes back
//! as a model file. Whatever fails leaves what was there before.

mod answers;
mod coarse;
mod explain;
mod import;
mod life;
mod own;
mod pool;
mod rank;
mod shelves;
mod state;
mod trained;
mod untrained;
mod visitors;

use std::cell::OnceCell;
use std::sync::Arc;

use burn::tensor::Device;

use crate::catalogue::{Catalogue, ItemIndex};
use crate::device;
use crate::error::{Error, Result};
use crate::model::{Likeness, Model};
use crate::protocol::{Forget, Summary};
use crate::sequences::{Case, Moment, Sequences, split_at, split_by_time};
use crate::simulator::{SimulatorConfig, World, simulate};
use crate::training::{Job, TrainingOptions};
use own::{OwnEvent, OwnHistory};
use trained::Trained;
use visitors::Visitors;

/// Sessions held out for early stopping: one in this many, and at most [`VALIDATION_CASES`].
const VALIDATION_STRIDE: usize = 12;
/// At most this many validation cases: enough to tell epochs apart.
const VALIDATION_CASES: usize = 1024;
/// From this many events on, the last fifth of one's own history is kept out of training, to measure on.
const MEASURABLE: usize = 500;

/// What is remembered of a job.
#[derive(Default)]
struct Pending {
    /// The visitor's events that there were.
    events: usize,
    /// Those of them to learn from.
    learned: usize,
    /// All sessions to learn from, other visitors' too; none before the first job.
    sessions: Arc<Sequences>,
    /// Cases that are not learned from.
    held_out: Arc<Vec<Case>>,
    /// The base model that it goes on from.
    from: Option<u32>,
}

/// Home's state.
pub struct Recommender {
    device: Device,
    catalogue: Catalogue,
    own: OwnHistory,
    visitors: Visitors,
    /// The moments of the visitors' events, session by session over all of them; empty where nobody knows any.
    visitor_times: Vec<Vec<Moment>>,
    simulated: bool,
    /// Did the catalogue come with a log, and not from the site?
    imported: bool,
    /// How often the catalogue changed.
    revision: u32,
    /// The base model's views of each item; empty without one.
    base_views: Vec<u32>,
    /// The items' texts, read when they are first needed.
    texts: OnceCell<Likeness>,
    trained: Option<Trained>,
    /// The job that was handed out last.
    pending: Pending,
    /// What was learned of the own history as a closed world; none before it is asked for.
    learned: Option<shelves::Learned>,
    /// What the shelf New chose from.
    pool: pool::Pool,
}

impl Recommender {
    /// Empty, ranking on `device`.
    #[must_use]
    pub fn new(device: Device) -> Self {
        Self {
            device,
            catalogue: Catalogue::default(),
            own: OwnHistory::default(),
            visitors: Visitors::default(),
            visitor_times: Vec::new(),
            simulated: false,
            imported: false,
            revision: 0,
            base_views: Vec::new(),
            texts: OnceCell::new(),
            trained: None,
            pending: Pending::default(),
            learned: None,
            pool: pool::Pool::default(),
        }
    }

    /// Replaces the other visitors by simulated ones, whose interests follow the catalogue's topics.
    ///
    /// # Errors
    /// [`Error::TooLittle`] where the catalogue has no topics to be interested in.
    pub fn simulate(&mut self, seed: u32, visitors: u32) -> Result<()> {
        let topics = self.catalogue.topics();
        let of = |topic: Option<&str>| {
            topic.and_then(|t| topics.iter().position(|known| *known == t)).unwrap_or(topics.len())
        };
        let topic_of: Vec<usize> = self.catalogue.iter().map(|(_, item)| of(item.topic.as_deref())).collect();
        if topics.is_empty() {
            return Err(Error::TooLittle {
                what: "Simulating visitors".into(),
                needed: "a catalogue with topics".into(),
                have: "none".into(),
                remedy: "Give items a topic".into(),
            });
        }
        let config =
            SimulatorConfig { visitors: visitors as usize, seed: u64::from(seed), ..SimulatorConfig::default() };
        let index = |session: Vec<u32>| session.into_iter().map(ItemIndex).collect();
        let visitors = simulate(&World::new(&topic_of), &config).into_iter();
        let visitors = visitors.map(|sessions| sessions.into_iter().map(index).collect());
        self.visitors = visitors.collect::<Vec<Vec<_>>>().into();
        self.visitor_times.clear();
        self.simulated = true;
        Ok(())
    }

    /// Adds an event. Without a time it follows the last one, in the same session.
    ///
    /// # Errors
    /// [`Error::UnknownItem`]; [`Error::Format`] for a time that is not one.
    pub fn record(&mut self, item: &str, time: Option<f64>, kind: Option<&str>) -> Result<()> {
        let time = time.map(own::checked_time).transpose()?;
        self.open_from_pool(item, time)?;
        let item = self.catalogue.require(item)?;
        let starts = self.own.push(OwnEvent { item, time, kind: kind.map(Into::into) });
        self.learn_visit(item, time, starts);
        self.trained.as_mut().map_or(Ok(()), |trained| trained.follow(item, time, starts))
    }

    /// Forgets. A model that learned from what is forgotten goes with it.
    ///
    /// # Errors
    /// [`Error::UnknownItem`]; [`Error::Format`] for a time that is not one.
    pub fn forget(&mut self, what: &Forget) -> Result<()> {
        let events = self.own.len();
        match what {
            Forget::All => self.forget_all(),
            Forget::Item { item } => {
                let item = self.catalogue.require(item)?;
                self.own.retain(|event| event.item != item);
            }
            Forget::Before { time } => {
                let time = own::checked_time(*time)?;
                self.own.retain(|event| event.time.is_none_or(|t| t >= time));
            }
        }
        if self.own.len() < events {
            self.learned = None;
            // They are copies of the history.
            (self.pending.sessions, self.pending.held_out) = Default::default();
        }
        if self.own.len() < events && self.trained.as_ref().is_some_and(|t| t.learned > 0) {
            self.trained = None;
        }
        self.leave_out_gone()?;
        self.restart_session()
    }

    /// History, other visitors and all that was learned of them; what the site gave stays.
    fn forget_all(&mut self) {
        let mut fresh = Self::new(self.device.clone());
        if !self.imported {
            std::mem::swap(&mut fresh.catalogue, &mut self.catalogue);
            fresh.base_views = std::mem::take(&mut self.base_views);
            fresh.trained = self.trained.take().filter(Trained::is_base);
        }
        *self = fresh;
    }

    /// Follows the history anew.
    fn restart_session(&mut self) -> Result<()> {
        self.trained.as_mut().map_or(Ok(()), |trained| trained.follow_anew(&self.own))
    }

    /// The job that [`Self::job`] or, with `update` and where a base model is in use, [`Self::update_job`] prepares; with `events`, of the
    /// first events of the history only.
    ///
    /// # Errors
    /// As those.
    pub fn job_of(&mut self, options: TrainingOptions, update: bool, events: Option<u32>) -> Result<Vec<u8>> {
        let goes_on = |trained: &Trained| trained.is_base() && trained.model.sequence().is_some();
        let update = update || self.trained.as_ref().is_some_and(goes_on);
        let first = events.map(|events| self.own.first(events as usize));
        let whole = first.map(|first| std::mem::replace(&mut self.own, first));
        let job = if update { self.update_job(&options) } else { self.job(options) };
        if let Some(whole) = whole {
            self.own = whole;
        }
        job
    }

    /// Prepares data for the Trainer: the other visitors' sessions and the visitor's own (its last fifth left out, once it is long
    /// enough to measure on), some of them held out for early stopping.
    ///
    /// # Errors
    /// [`Error::Config`] for settings out of range; [`Error::TooLittle`] where there is nothing to learn from.
    pub fn job(&mut self, options: TrainingOptions) -> Result<Vec<u8>> {
        options.check()?;
        if self.catalogue.len() < 2 {
            return Err(Error::TooLittle {
                what: "Training".into(),
                needed: "a catalogue of at least two items".into(),
                have: self.catalogue.len().to_string(),
                remedy: "Add items, or try the demo".into(),
            });
        }
        let (mut own, mut own_times) = (self.own.sessions(), self.own.moments());
        let events = self.own.len();
        if events >= MEASURABLE {
            (own, own_times) = (split_by_time(&own, 0.8).0, split_by_time(&own_times, 0.8).0);
        }
        let learned = own.iter().map(Vec::len).sum();
        let times = if options.heeds_times() { self.with_visitor_times(own_times) } else { Vec::new() };
        let mut sessions: Vec<_> = self.visitors.iter().flatten().cloned().collect();
        sessions.extend(own);
        let all = Sequences::new(self.catalogue.len(), sessions)?;
        let split = all.hold_out_timed(times, VALIDATION_STRIDE, VALIDATION_CASES);
        if split.train.targets() == 0 {
            return Err(Error::TooLittle {
                what: "Training".into(),
                needed: "a session of at least two items".into(),
                have: format!("{events} of your own events and {} other visitors", self.visitors.len()),
                remedy: "View a few more items, or bring a longer history".into(),
            });
        }
        let job = Job::new(options, split.train, split.validation).timed(split.times);
        job.check()?;
        self.pending =
            Pending { events, learned, sessions: job.train.clone(), held_out: job.validation.clone(), from: None };
        job.to_bytes()
    }

    /// Prepares an update of the model by what the visitor viewed since it learned: see [`Job::update`].
    ///
    /// # Errors
    /// [`Error::TooLittle`] before the first training and where too little is new; [`Error::Config`] for settings out of range and for
    /// models that are only trained anew.
    pub fn update_job(&mut self, options: &TrainingOptions) -> Result<Vec<u8>> {
        options.check()?;
        let Some(trained) = &self.trained else { return Err(explain::untrained("An update")) };
        let Some(model) = trained.model.sequence() else {
            return Err(Error::Config {
                name: "model".into(),
                value: trained.model.name().into(),
                legal: "sequence models are updated; train item vectors anew".into(),
            });
        };
        let own = self.own.sessions();
        let (learned, fresh) = split_at(&own, trained.learned);
        let known = self.visitors.iter().flatten().cloned().chain(learned).collect();
        let known = Sequences::new(self.catalogue.len(), known)?;
        let job = Job::update(options, model, &known, &fresh)?.to_bytes()?;
        let sessions = Arc::new(Sequences { items: known.items, sessions: [known.sessions, fresh].concat() });
        self.pending = Pending {
            events: self.own.len(),
            learned: self.own.len(),
            sessions,
            held_out: self.pending.held_out.clone(),
            from: trained.from,
        };
        Ok(job)
    }

    /// The other visitors' moments, then one's own.
    fn with_visitor_times(&self, own: Vec<Vec<Moment>>) -> Vec<Vec<Moment>> {
        let unknown = |session: &Vec<_>| vec![None; session.len()];
        let mut times = self.visitor_times.clone();
        if times.is_empty() {
            times = self.visitors.iter().flatten().map(unknown).collect();
        }
        times.extend(own);
        times
    }

    /// Takes a trained model. Items that its job did not hold get vectors from their texts, and texts take part in
    /// the ranking as far as they tell something.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where it is not a model of this catalogue; the model in use stays.
    pub fn adopt(&mut self, bytes: &[u8]) -> Result<()> {
        let (model, description) = Model::from_bytes(bytes, &self.device)?;
        if description.items != self.catalogue.len() {
            return Err(Error::Checkpoint {
                cause: format!("it ranks {} items, the catalogue has {}", description.items, self.catalogue.len()),
                remedy: "Train again".into(),
            });
        }
        let Pending { events, learned, ref sessions, ref held_out, from } = self.pending;
        let base = self.trained.as_ref().filter(|trained| from.is_some() && trained.from == from);
        let model = match base {
            // Its texts and new items are those of the base: one visitor's sessions tell nothing of them.
            Some(base) => match base.model.reads() {
                Some(reading) => model.reading(&self.catalogue.texts(), &reading),
                None => model,
            },
            None if sessions.items == description.items => {
                device::now(model.with_content(&self.catalogue.texts(), sessions, held_out))?
            }
            None => model,
        };
        self.trained = Some(Trained::new(model, events, learned, from));
        self.restart_session()
    }

    /// How often each item was viewed, in the base model's log, too. `[items]`
    fn views(&self) -> Vec<u32> {
        let mut counts = self.base_views.clone();
        counts.resize(self.catalogue.len(), 0);
        counts.iter_mut().zip(self.visitors.views()).for_each(|(count, views)| *count += views);
        self.own.events().for_each(|(event, _)| counts[event.item.index()] += 1);
        counts
    }

    /// Each item's share of all views; empty where there are none. `[items]`
    fn popularity(&self) -> Vec<f32> {
        let counts = self.views();
        let total: u32 = counts.iter().sum();
        if total == 0 { Vec::new() } else { counts.iter().map(|&count| count as f32 / total as f32).collect() }
    }

    /// What is held.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let sessions = self.visitors.iter().flatten();
        Summary {
            items: self.catalogue.iter().filter(|(_, item)| !item.gone).count(),
            events: self.own.len(),
            distinct: self.own.seen(self.catalogue.len()).iter().filter(|s| **s).count(),
            visitors: self.visitors.len(),
            sessions: sessions.clone().count(),
            visitor_events: sessions.map(Vec::len).sum(),
            simulated: self.simulated,
            catalogue_revision: self.revision,
            model: self.trained.as_ref().map(Trained::summary),
        }
    }
}

#[cfg(all(test, feature = "cpu"))]
mod tests {
    use super::*;
    use crate::catalogue::Item;

    #[test]
    fn what_is_forgotten_is_not_kept_for_a_training_either() {
        let mut home = Recommender::new(device::cpu().unwrap());
        let item = |id: &str| Item { id: id.into(), ..Item::default() };
        home.set_catalogue(["a", "b", "c"].map(item)).unwrap();
        for (id, time) in [("a", 0.0), ("b", 1.0), ("c", 2.0)] {
            home.record(id, Some(time), None).unwrap();
        }
        home.job(TrainingOptions::default()).unwrap();
        assert_eq!(home.pending.sessions.events(), 3);
        home.forget(&Forget::Item { item: "b".into() }).unwrap();
        assert_eq!((home.pending.sessions.events(), home.pending.held_out.len()), (0, 0));
    }
}
