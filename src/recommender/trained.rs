//! A model in use, and where the visitor's session stands in it.

use std::cell::RefCell;

use burn::tensor::{Tensor, TensorData};

use super::coarse::Coarse;
use super::own::OwnHistory;
use crate::catalogue::ItemIndex;
use crate::error::Result;
use crate::explanation::{self, Cause};
use crate::kernel::softmax::softmax;
use crate::model::{Adapter, Alternatives, Model, Running, SequenceModel};
use crate::protocol::ModelSummary;
use crate::sequences::{Clock, Context, moments};

/// The latest events that an adapter is made of: more take longer than anyone waits for a page.
const ADAPTED_TO: usize = 200;

/// A trained model and where the visitor's session stands in it.
pub(super) struct Trained {
    pub(super) model: Model,
    /// Of a large catalogue.
    coarse: Option<Coarse>,
    /// Sequence models: the current session, encoded as it happens.
    running: Option<Running>,
    /// Causal ones: what it would be without each of its latest items, as far as a list's reasons were asked for.
    alternatives: RefCell<Option<Alternatives>>,
    session: Vec<ItemIndex>,
    /// When its events were, in milliseconds since 1970.
    times: Vec<Option<i64>>,
    /// The visitor's events that were there when it was trained.
    pub(super) events: usize,
    /// Those of them that it learned from.
    pub(super) learned: usize,
    /// The base model that it is, or went on from.
    pub(super) from: Option<u32>,
    /// What the visitor adds to a base model.
    adapter: Option<Adapter>,
}

/// What a model makes of a context: probabilities of all items, and what it attended to.
pub(super) struct Answer {
    pub(super) probabilities: Vec<f32>,
    pub(super) attention: Option<Vec<f32>>,
}

impl Trained {
    pub(super) fn new(model: Model, events: usize, learned: usize, from: Option<u32>) -> Self {
        let coarse = model.sequence().and_then(Coarse::of);
        let (running, alternatives) = (None, RefCell::default());
        let (session, times) = (Vec::new(), Vec::new());
        Self { model, coarse, running, alternatives, session, times, events, learned, from, adapter: None }
    }

    /// Is it the site's, and knows nothing of the visitor?
    pub(super) fn is_base(&self) -> bool {
        self.from.is_some() && self.learned == 0
    }

    pub(super) fn summary(&self) -> ModelSummary {
        let adapter = self.adapter.as_ref();
        let (adapter_gain, adapter_events) = adapter.map_or((0.0, 0), Adapter::gain);
        ModelSummary {
            name: self.model.name().into(),
            trained_events: self.learned,
            base: self.is_base(),
            adapted: adapter.is_some_and(Adapter::helps),
            adapter_gain,
            adapter_events,
        }
    }

    /// Takes in one more event.
    pub(super) fn follow(&mut self, item: ItemIndex, time: Option<i64>, starts: bool) -> Result<()> {
        if starts {
            self.begin_session()?;
        }
        // Predicted, then learned; what a session begins with is not told by its items.
        if self.adapter.is_some() && !self.session.is_empty() {
            let (scores, _) = self.scores(&[])?;
            self.adapter.iter_mut().for_each(|adapter| adapter.learn(scores.clone(), item));
        }
        self.adapter.iter_mut().for_each(|adapter| adapter.view(item));
        self.session.push(item);
        self.times.push(time);
        if let (Some(model), Some(running)) = (self.model.sequence(), &mut self.running) {
            running.step(model, item, time);
        }
        Ok(())
    }

    /// Follows a history from its beginning, or what of it counts: the adapter is made anew.
    pub(super) fn follow_anew(&mut self, own: &OwnHistory) -> Result<()> {
        self.adapter = self.is_base().then(|| Adapter::new(self.model.vectors().whole()));
        self.begin_session()?;
        let session = own.current().len();
        let events = if self.adapter.is_some() { session.max(ADAPTED_TO) } else { session };
        for (event, starts) in own.events().skip(own.len().saturating_sub(events)) {
            self.follow(event.item, event.time, starts)?;
        }
        Ok(())
    }

    fn begin_session(&mut self) -> Result<()> {
        self.session.clear();
        self.times.clear();
        self.alternatives.take();
        self.running = self.model.sequence().map(Running::new).transpose()?;
        Ok(())
    }

    /// After the current session, and items that are looked at `here`.
    pub(super) fn answer(&self, here: &[ItemIndex]) -> Result<Answer> {
        let (scores, attention) = self.scores(here)?;
        let probabilities = match self.adapter.as_ref().filter(|adapter| adapter.helps()) {
            Some(adapter) => adapter.probabilities(&scores),
            None => self.softmax(scores),
        };
        Ok(Answer { probabilities, attention })
    }

    fn scores(&self, here: &[ItemIndex]) -> Result<(Vec<f32>, Option<Vec<f32>>)> {
        let numbers = |data: TensorData| data.try_into_vec().expect("Home's tensors are f32 on the CPU");
        let context = [&self.session, here].concat();
        let (scores, attention) = match (self.model.sequence(), &self.running) {
            (Some(model), Some(running)) => {
                let mut running = running.clone();
                here.iter().for_each(|item| running.step(model, *item, None));
                let logits = match &self.coarse {
                    Some(coarse) => running.logits_by(model, |hidden| coarse.product(model, hidden))?,
                    None => running.logits(model)?,
                };
                (self.model.reading_texts(logits, &[&context]), running.attention)
            }
            _ => (self.model.scores(&[&context])?, None),
        };
        Ok((numbers(scores.into_data()), attention.map(|weights| numbers(weights.into_data()))))
    }

    /// Of each recommendation after the same, by the last `reach` events.
    pub(super) fn causes(&self, here: &[ItemIndex], reach: usize, list: &[ItemIndex]) -> Result<Vec<Option<Cause>>> {
        let reach = reach.min(explanation::REACH);
        if let Some(model) = self.model.sequence().filter(|model| !model.config.is_bidirectional()) {
            let mut kept = self.alternatives.borrow_mut();
            let alternatives = self.kept_up(&mut kept, model, reach)?;
            if here.is_empty() {
                return explanation::causes_in(alternatives, &self.model, list);
            }
            let mut alternatives = alternatives.clone();
            here.iter().for_each(|item| alternatives.step(model, *item, None));
            return explanation::causes_in(&mut alternatives, &self.model, list);
        }
        let items = [&self.session, here].concat();
        let mut times = moments(self.times.iter().copied());
        times.resize(items.len(), None);
        explanation::causes(&self.model, Context { items: &items, times: &times }.last(reach), list)
    }

    /// What the session would be without each of its latest items, brought up to its last event.
    fn kept_up<'a>(
        &self,
        kept: &'a mut Option<Alternatives>,
        model: &SequenceModel,
        reach: usize,
    ) -> Result<&'a mut Alternatives> {
        let near = |kept: &Alternatives| kept.reach() == reach && kept.items().len() + reach > self.session.len();
        let alternatives = if let Some(kept) = kept.take().filter(near) {
            kept
        } else {
            let mut clock = Clock::default();
            let times: Vec<_> = self.times.iter().map(|time| clock.moment(*time)).collect();
            Alternatives::new(model, Context { items: &self.session, times: &times }, clock, reach)?
        };
        let alternatives = kept.insert(alternatives);
        for at in alternatives.items().len()..self.session.len() {
            alternatives.step(model, self.session[at], self.times[at]);
        }
        Ok(alternatives)
    }

    fn softmax(&self, scores: Vec<f32>) -> Vec<f32> {
        let (items, device) = (scores.len(), self.model.vectors().device());
        let scores = Tensor::<2>::from_data(TensorData::new(scores, [1, items]), &device);
        softmax(scores).into_data().try_into_vec().expect("Home's tensors are f32 on the CPU")
    }
}
