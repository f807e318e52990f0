//! A model in use, and where the visitor's session stands in it.

use burn::tensor::{Tensor, TensorData};

use super::own::OwnHistory;
use crate::catalogue::ItemIndex;
use crate::error::Result;
use crate::kernel::softmax::softmax;
use crate::model::{Adapter, Model, Running};
use crate::protocol::ModelSummary;
use crate::sequences::Context;

/// The latest events that an adapter is made of: more take longer than anyone waits for a page.
const ADAPTED_TO: usize = 200;

/// A trained model and where the visitor's session stands in it.
pub(super) struct Trained {
    pub(super) model: Model,
    /// Sequence models: the current session, encoded as it happens.
    running: Option<Running>,
    session: Vec<ItemIndex>,
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
        Self { model, running: None, session: Vec::new(), events, learned, from, adapter: None }
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
            let (scores, _) = self.scores(None)?;
            self.adapter.iter_mut().for_each(|adapter| adapter.learn(scores.clone(), item));
        }
        self.adapter.iter_mut().for_each(|adapter| adapter.view(item));
        self.session.push(item);
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
        self.running = self.model.sequence().map(Running::new).transpose()?;
        Ok(())
    }

    /// After the current session, or after another context.
    pub(super) fn answer(&self, other: Option<Context<'_>>) -> Result<Answer> {
        let (scores, attention) = self.scores(other)?;
        let probabilities = match self.adapter.as_ref().filter(|adapter| adapter.helps()) {
            Some(adapter) => adapter.probabilities(&scores),
            None => self.softmax(scores),
        };
        Ok(Answer { probabilities, attention })
    }

    fn scores(&self, other: Option<Context<'_>>) -> Result<(Vec<f32>, Option<Vec<f32>>)> {
        let numbers = |data: TensorData| data.try_into_vec().expect("Home's tensors are f32 on the CPU");
        let (scores, attention) = match (other, self.model.sequence(), &self.running) {
            (Some(context), ..) => (self.model.scores_timed(&[context])?, None),
            (None, Some(model), Some(running)) => {
                (self.model.reading_texts(running.logits(model)?, &[&self.session]), running.attention.clone())
            }
            _ => (self.model.scores(&[&self.session])?, None),
        };
        Ok((numbers(scores.into_data()), attention.map(|weights| numbers(weights.into_data()))))
    }

    fn softmax(&self, scores: Vec<f32>) -> Vec<f32> {
        let (items, device) = (scores.len(), self.model.vectors().device());
        let scores = Tensor::<2>::from_data(TensorData::new(scores, [1, items]), &device);
        softmax(scores).into_data().try_into_vec().expect("Home's tensors are f32 on the CPU")
    }
}
