//! What Home holds, and everything it does: record, recommend, explain, forget, save.
//!
//! It ranks on the CPU and never trains: training happens in another worker, on a [`Job`] that this one prepares, and comes back
//! as a model file. Whatever fails leaves what was there before.

mod answers;
mod explain;
mod import;
mod own;
mod shelves;
mod state;

use std::sync::Arc;

use burn::tensor::{Device, activation};

use crate::catalogue::{Catalogue, ItemIndex};
use crate::device;
use crate::error::{Error, Result};
use crate::explanation;
use crate::model::{Model, Running};
use crate::protocol::{
    Attended, Counterfactual, Forget, ModelSummary, Recommendation, Recommendations, Similar, SimilarItem, Summary,
};
use crate::ranking::{Ranked, RepeatPolicy, top_k};
use crate::sequences::{Case, Context, Moment, Sequences, moments, split_at, split_by_time};
use crate::simulator::{SimulatorConfig, World, simulate};
use crate::training::{Job, TrainingOptions};
use own::{OwnEvent, OwnHistory};

/// Sessions held out for early stopping: one in this many, and at most [`VALIDATION_CASES`].
const VALIDATION_STRIDE: usize = 12;
/// At most this many validation cases: enough to tell epochs apart.
const VALIDATION_CASES: usize = 1024;
/// From this many events on, the last fifth of one's own history is kept out of training, to measure on.
const MEASURABLE: usize = 500;

/// A trained model and where the visitor's session stands in it.
struct Trained {
    model: Model,
    /// Sequence models: the current session, encoded as it happens.
    running: Option<Running>,
    /// The visitor's events that were there when it was trained.
    events: usize,
    /// Those of them that it learned from.
    learned: usize,
}

/// Views in a session at which model and popularity count alike: the model's share is n / (n + this). Small: on simulated visitors the model
/// alone ranks as well from the first view on, and is likelier; see `docs/item-embeddings.md`.
const BLEND: f32 = 0.1;

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
}

/// Home's state.
pub struct Recommender {
    device: Device,
    catalogue: Catalogue,
    own: OwnHistory,
    visitors: Vec<Vec<Vec<ItemIndex>>>,
    /// The moments of the visitors' events, session by session over all of them; empty where nobody knows any.
    visitor_times: Vec<Vec<Moment>>,
    simulated: bool,
    trained: Option<Trained>,
    /// The job that was handed out last.
    pending: Pending,
    /// What was learned of the own history as a closed world; none before it is asked for.
    learned: Option<shelves::Learned>,
}

impl Recommender {
    /// Empty, ranking on `device`.
    #[must_use]
    pub fn new(device: Device) -> Self {
        Self {
            device,
            catalogue: Catalogue::default(),
            own: OwnHistory::default(),
            visitors: Vec::new(),
            visitor_times: Vec::new(),
            simulated: false,
            trained: None,
            pending: Pending::default(),
            learned: None,
        }
    }

    /// Replaces the catalogue, and with it the other visitors and the model; the visitor's events stay where their items do.
    pub fn set_catalogue(&mut self, catalogue: Catalogue) {
        let old = std::mem::replace(&mut self.catalogue, catalogue);
        self.own.translate(|item| self.catalogue.get(&old.item(item).id));
        self.visitors.clear();
        self.visitor_times.clear();
        self.simulated = false;
        self.trained = None;
        self.learned = None;
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
        self.visitors = simulate(&World::new(&topic_of), &config)
            .into_iter()
            .map(|sessions| sessions.into_iter().map(index).collect())
            .collect();
        self.visitor_times.clear();
        self.simulated = true;
        Ok(())
    }

    /// Adds an event. Without a time it follows the last one, in the same session.
    ///
    /// # Errors
    /// [`Error::UnknownItem`]; [`Error::Format`] for a time that is not one.
    pub fn record(&mut self, item: &str, time: Option<f64>, kind: Option<&str>) -> Result<()> {
        let item = self.catalogue.require(item)?;
        let time = time.map(own::checked_time).transpose()?;
        let starts = self.own.push(OwnEvent { item, time, kind: kind.map(Into::into) });
        self.learn_visit(item, time, starts);
        if let Some(Trained { model, running: Some(running), .. }) = &mut self.trained
            && let Some(model) = model.sequence()
        {
            if starts {
                *running = Running::new(model)?;
            }
            running.step(model, item, time);
        }
        Ok(())
    }

    /// Ranks what comes next in the current session (the last one, where none has begun): by popularity before the first view, then by
    /// a mean of the model's probabilities and popularity's in which the model soon counts for nearly all.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where the model's weights are broken.
    pub fn recommend(&self, k: usize, repeats: RepeatPolicy, exclude: &[String]) -> Result<Recommendations> {
        let blocked: Vec<ItemIndex> = exclude.iter().filter_map(|id| self.catalogue.get(id)).collect();
        let seen = self.own.seen(self.catalogue.len());
        let allowed = |item: ItemIndex| repeats.allows(seen[item.index()]) && !blocked.contains(&item);
        let events = self.own.current();
        let context: &Vec<ItemIndex> = &events.iter().map(|event| event.item).collect();
        let times = &moments(events.iter().map(|event| event.time));
        let popularity = self.popularity();
        let share = share(context, &popularity);
        let Some(trained) = self.trained.as_ref().filter(|_| share > 0.0) else {
            return Ok(self.popular(k, &popularity, &seen, allowed));
        };
        let scores = trained.scores(context)?.blended(share, &popularity);
        let ranked = top_k(&scores.probabilities, k, allowed);
        let items: Vec<ItemIndex> = ranked.iter().map(|r| r.item).collect();
        let causes = explanation::causes(&trained.model, Context { items: context, times }, &items)?;
        let attention = scores.attention.as_deref().unwrap_or_default();
        let attended: Vec<Attended> = explanation::attended(attention, context, 3)
            .into_iter()
            .map(|(item, weight)| Attended { item: self.shown(item), weight })
            .collect();
        let items = ranked
            .iter()
            .zip(causes)
            .map(|(ranked, cause)| Recommendation {
                item: self.shown(ranked.item),
                probability: scores.probabilities[ranked.item.index()],
                seen: seen[ranked.item.index()],
                attended: attended.clone(),
                because: cause
                    .filter(|_| scores.is_models(ranked.item))
                    .map(|c| Counterfactual { item: self.shown(c.item), drop: c.drop }),
            })
            .collect();
        Ok(Recommendations { by: trained.model.name().into(), items })
    }

    /// Without a model, or a view: what is viewed most.
    fn popular(
        &self,
        k: usize,
        popularity: &[f32],
        seen: &[bool],
        allowed: impl Fn(ItemIndex) -> bool,
    ) -> Recommendations {
        let of = |ranked: &Ranked| Recommendation {
            item: self.shown(ranked.item),
            probability: ranked.score,
            seen: seen[ranked.item.index()],
            attended: Vec::new(),
            because: None,
        };
        if popularity.is_empty() {
            return Recommendations { by: "none".into(), items: Vec::new() };
        }
        let items = top_k(popularity, k, |i| allowed(i) && popularity[i.index()] > 0.0);
        Recommendations { by: "popularity".into(), items: items.iter().map(of).collect() }
    }

    /// The items nearest to one, by the cosine of their vectors.
    ///
    /// # Errors
    /// [`Error::UnknownItem`]; [`Error::TooLittle`] before the first training.
    pub fn similar(&self, item: &str, k: usize) -> Result<Similar> {
        let item = self.catalogue.require(item)?;
        let Some(trained) = &self.trained else { return Err(explain::untrained("Similarity")) };
        let cosines = cosines(&trained.model, item);
        let items = top_k(&cosines, k, |other| other != item)
            .into_iter()
            .map(|near| SimilarItem { item: self.shown(near.item), cosine: near.score })
            .collect();
        Ok(Similar { items })
    }

    /// Forgets. A model that learned from what is forgotten goes with it.
    ///
    /// # Errors
    /// [`Error::UnknownItem`]; [`Error::Format`] for a time that is not one.
    pub fn forget(&mut self, what: &Forget) -> Result<()> {
        let events = self.own.len();
        match what {
            Forget::All => *self = Self::new(self.device.clone()),
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
        self.restart_session()
    }

    /// Encodes the current session anew.
    fn restart_session(&mut self) -> Result<()> {
        if let Some(Trained { model, running, .. }) = &mut self.trained
            && let Some(model) = model.sequence()
        {
            let mut fresh = Running::new(model)?;
            self.own.current().iter().for_each(|event| fresh.step(model, event.item, event.time));
            *running = Some(fresh);
        }
        Ok(())
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
        self.pending = Pending { events, learned, sessions: job.train.clone(), held_out: job.validation.clone() };
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
        let Pending { events, learned, ref sessions, ref held_out } = self.pending;
        let model = if sessions.items == description.items {
            device::now(model.with_content(&self.catalogue.texts(), sessions, held_out))?
        } else {
            model
        };
        self.trained = Some(Trained { model, running: None, events, learned });
        self.restart_session()
    }

    /// Each item's share of all views; empty where there are none. `[items]`
    fn popularity(&self) -> Vec<f32> {
        let mut counts = vec![0_u32; self.catalogue.len()];
        let own = self.own.events().map(|(event, _)| event.item);
        self.visitors.iter().flatten().flatten().copied().chain(own).for_each(|item| counts[item.index()] += 1);
        let total: u32 = counts.iter().sum();
        if total == 0 { Vec::new() } else { counts.iter().map(|&count| count as f32 / total as f32).collect() }
    }

    /// What is held.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let sessions = self.visitors.iter().flatten();
        Summary {
            items: self.catalogue.len(),
            events: self.own.len(),
            distinct: self.own.seen(self.catalogue.len()).iter().filter(|s| **s).count(),
            visitors: self.visitors.len(),
            sessions: sessions.clone().count(),
            visitor_events: sessions.map(Vec::len).sum(),
            simulated: self.simulated,
            model: self
                .trained
                .as_ref()
                .map(|t| ModelSummary { name: t.model.name().into(), trained_events: t.learned }),
        }
    }
}

/// The model's share in the ranking after a context, beside popularity's; all of it where nothing is known to be popular.
fn share(context: &[ItemIndex], popularity: &[f32]) -> f32 {
    let views = context.len() as f32;
    if popularity.is_empty() { 1.0 } else { views / (views + BLEND) }
}

/// A model's view of the current session, and popularity's.
struct Scores {
    probabilities: Vec<f32>,
    /// What popularity adds to them; nothing where it has no say.
    popular: Vec<f32>,
    attention: Option<Vec<f32>>,
}

impl Scores {
    /// A mean of the model's probabilities and popularity's.
    fn blended(mut self, share: f32, popularity: &[f32]) -> Self {
        self.popular = popularity.iter().map(|popular| (1.0 - share) * popular).collect();
        self.probabilities.iter_mut().for_each(|probability| *probability *= share);
        self.probabilities.iter_mut().zip(&self.popular).for_each(|(probability, popular)| *probability += popular);
        self
    }

    /// Does the model, not popularity, give an item most of its probability?
    fn is_models(&self, item: ItemIndex) -> bool {
        self.popular.get(item.index()).is_none_or(|popular| 2.0 * popular <= self.probabilities[item.index()])
    }
}

impl Trained {
    fn scores(&self, context: &[ItemIndex]) -> Result<Scores> {
        let (scores, attention) = match (self.model.sequence(), &self.running) {
            (Some(model), Some(running)) => {
                (self.model.reading_texts(running.logits(model)?, &[context]), running.attention.clone())
            }
            _ => (self.model.scores(&[context])?, None),
        };
        let numbers = |data: burn::tensor::TensorData| data.try_into_vec().expect("Home's tensors are f32 on the CPU");
        Ok(Scores {
            probabilities: numbers(activation::softmax(scores, 1).into_data()),
            popular: Vec::new(),
            attention: attention.map(|weights| numbers(weights.into_data())),
        })
    }
}

fn cosines(model: &Model, item: ItemIndex) -> Vec<f32> {
    let vectors = model.vectors();
    let lengths = vectors.clone().square().sum_dim(1).sqrt().clamp_min(1e-12); // [V, 1]
    let unit = vectors / lengths;
    let own = unit.clone().slice([item.index()..=item.index()]); // [1, d]
    unit.matmul(own.transpose()).into_data().try_into_vec().expect("Home's tensors are f32 on the CPU")
}

#[cfg(all(test, feature = "cpu"))]
mod tests {
    use super::*;
    use crate::catalogue::Item;

    #[test]
    fn what_is_forgotten_is_not_kept_for_a_training_either() {
        let mut home = Recommender::new(device::cpu().unwrap());
        let item = |id: &str| Item { id: id.into(), title: String::new(), detail: None, topic: None };
        home.set_catalogue(Catalogue::new(["a", "b", "c"].map(item)).unwrap());
        for (id, time) in [("a", 0.0), ("b", 1.0), ("c", 2.0)] {
            home.record(id, Some(time), None).unwrap();
        }
        home.job(TrainingOptions::default()).unwrap();
        assert_eq!(home.pending.sessions.events(), 3);
        home.forget(&Forget::Item { item: "b".into() }).unwrap();
        assert_eq!((home.pending.sessions.events(), home.pending.held_out.len()), (0, 0));
    }
}
