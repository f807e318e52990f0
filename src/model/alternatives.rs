//! A session, beside what it would be without each of its latest items.

use burn::tensor::{Tensor, TensorData};

use super::likeness::Likenesses;
use super::{Model, SequenceModel, Steps};
use crate::catalogue::ItemIndex;
use crate::encoder::{Encoder, State};
use crate::error::Result;
use crate::sequences::{Clock, Context};

/// A session as it happens and, for each item of its last events, the same session without that item's views: rows that are encoded side by
/// side, so that an event costs one step of each, not all of them anew. For causal sequence models.
#[derive(Debug, Clone)]
pub struct Alternatives {
    encoder: Encoder,
    /// A lane a row.
    state: State,
    /// The rows' states after their last events. `[rows, d]`
    hidden: Tensor<2>,
    /// The session itself is the first.
    rows: Vec<Row>,
    clock: Clock,
    reach: usize,
    known: Likenesses,
}

#[derive(Debug, Clone)]
struct Row {
    without: Option<ItemIndex>,
    items: Vec<ItemIndex>,
}

impl Alternatives {
    /// After the events of a session, those before its last `reach` of which are in every row. The clock is where it stands after them.
    ///
    /// # Errors
    /// [`Error::Checkpoint`](crate::error::Error::Checkpoint) where weights are missing.
    pub fn new(model: &SequenceModel, session: Context<'_>, clock: Clock, reach: usize) -> Result<Self> {
        let before = session.items.len().saturating_sub(reach);
        let (items, times) = (&session.items[..before], session.times.get(..before).unwrap_or_default());
        let (hidden, state) = model.run(&[Context { items, times }])?;
        let rows = vec![Row { without: None, items: items.to_vec() }];
        let encoder = model.encoder()?;
        let mut new = Self { encoder, state, hidden, rows, clock, reach, known: Likenesses::default() };
        for at in before..session.items.len() {
            new.take(model, session.items[at], session.moment(at));
        }
        Ok(new)
    }

    /// How many of the session's last events are looked back on.
    #[must_use]
    pub fn reach(&self) -> usize {
        self.reach
    }

    /// The session's events.
    #[must_use]
    pub fn items(&self) -> &[ItemIndex] {
        &self.rows[0].items
    }

    /// The items that the rows after the first do without.
    pub fn without(&self) -> impl Iterator<Item = ItemIndex> + '_ {
        self.rows.iter().filter_map(|row| row.without)
    }

    /// Takes one event in, and when it was (milliseconds since 1970) where that is known.
    pub fn step(&mut self, model: &SequenceModel, item: ItemIndex, time: Option<i64>) {
        let moment = self.clock.moment(time);
        self.take(model, item, moment);
    }

    fn take(&mut self, model: &SequenceModel, item: ItemIndex, moment: Option<u32>) {
        let latest = self.items().iter().rev().take(self.reach.saturating_sub(1));
        let latest: Vec<ItemIndex> = latest.copied().chain([item]).collect();
        let stays = |row: &Row| row.without.is_none_or(|gone| gone != item && latest.contains(&gone));
        let mut order: Vec<usize> = (0..self.rows.len()).filter(|&at| stays(&self.rows[at])).collect();
        let moving = order.len();
        // The row without this item stays where it is; where there is none yet, it is what the session was until now.
        let resting = self.rows.iter().position(|row| row.without == Some(item)).unwrap_or(0);
        order.push(resting);
        let rest = Row { without: Some(item), items: self.rows[resting].items.clone() };
        let mut at = 0;
        self.rows.retain(|_| {
            at += 1;
            order[..moving].contains(&(at - 1))
        });
        let window = Steps {
            items: vec![item.0; moving],
            keep: self.rows.iter().map(|row| if row.items.is_empty() { 0.0 } else { 1.0 }).collect(),
            // As windows of contexts number it: what was encoded at once is the same session.
            sessions: vec![1.0; moving],
            places: self.rows.iter().map(|row| row.items.len() as f32).collect(),
            times: vec![moment; moving],
        };
        let input = model.input(window, [1, moving]);
        let (output, state) = self.encoder.forward(input, self.state.lanes(&order[..moving]));
        self.rows.iter_mut().for_each(|row| row.items.push(item));
        self.rows.push(rest);
        let dim = model.config.dim;
        let rest = self.hidden.clone().slice([resting..resting + 1, 0..dim]);
        self.hidden = Tensor::cat(vec![output.reshape([moving, dim]), rest], 0);
        self.state = state.beside(self.state.lanes(&[resting]));
    }

    /// Scores of all items after each row, as [`Model::scores`] gives them. `[rows, n_items]`, flat
    ///
    /// # Errors
    /// [`Error::Checkpoint`](crate::error::Error::Checkpoint) where weights are missing.
    ///
    /// # Panics
    /// On a GPU in a browser, which cannot be read synchronously: Home ranks on the CPU.
    pub fn scores(&mut self, model: &Model) -> Result<Vec<f32>> {
        let contexts: Vec<&[ItemIndex]> = self.rows.iter().map(|row| row.items.as_slice()).collect();
        let Some(sequence) = model.sequence() else { return Ok(Vec::new()) };
        let data: TensorData = sequence.logits(self.hidden.clone(), &contexts)?.into_data();
        let mut scores = data.try_into_vec().expect("scores are f32, read where they are made");
        model.reading_texts_of_alike(&mut scores, &contexts, &mut self.known);
        Ok(scores)
    }
}
