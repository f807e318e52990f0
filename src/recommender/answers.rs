//! The smaller answers: pages of catalogue and history, and the figures on the visitor's own later events.

use super::{Recommender, trained::Trained};
use crate::baseline::{Markov, Popularity};
use crate::catalogue::ItemIndex;
use crate::error::Result;
use crate::evaluation::{Tally, rank, wilson};
use crate::model::{Model, Running};
use crate::protocol::{Browsed, CatalogueItem, HistoryEvent, HistoryPage, OwnEvaluation, OwnRow};
use crate::sequences::Sequences;

/// Fewer test events than this say nothing.
const NEEDED: usize = 100;
/// The latest test events that are measured: keeps the answer under about a second.
const MEASURED: usize = 500;

impl Recommender {
    pub(super) fn shown(&self, item: ItemIndex) -> CatalogueItem {
        self.catalogue.item(item).clone()
    }

    /// A page of the catalogue.
    #[must_use]
    pub fn browse(&self, query: &str, topic: Option<&str>, offset: usize, limit: usize) -> Browsed {
        let (items, total) = self.catalogue.search(query, topic, offset, limit);
        Browsed {
            items: items.into_iter().map(|item| self.shown(item)).collect(),
            total,
            topics: self.catalogue.topics().into_iter().map(str::to_owned).collect(),
        }
    }

    /// A page of the history, newest first.
    #[must_use]
    pub fn history(&self, offset: usize, limit: usize) -> HistoryPage {
        let events = self.own.events().rev().skip(offset).take(limit);
        HistoryPage {
            events: events
                .map(|(event, _)| HistoryEvent {
                    item: self.shown(event.item),
                    time: event.time.map(|t| t as f64),
                    kind: event.kind.as_deref().map(Into::into),
                })
                .collect(),
            total: self.own.len(),
        }
    }

    /// Predicts each of the visitor's later events before learning it, and counts how often it was in the top ten: the model beside
    /// popularity and Markov, which go on learning; all rank the full catalogue, nothing is filtered. Later means: not learned from
    /// by the model. A session's first event has no context and is not predicted.
    ///
    /// # Errors
    /// [`Error::Checkpoint`](crate::error::Error::Checkpoint) where the model's weights are broken.
    pub fn evaluation(&self) -> Result<OwnEvaluation> {
        let Some(trained) = &self.trained else {
            return Ok(OwnEvaluation::TooLittle { events: 0, needed: NEEDED });
        };
        let test = self.own.events().skip(trained.learned).filter(|(_, starts)| !starts).count();
        if test < NEEDED {
            return Ok(OwnEvaluation::TooLittle { events: test, needed: NEEDED });
        }
        self.measure(trained, test)
    }

    fn measure(&self, trained: &Trained, test: usize) -> Result<OwnEvaluation> {
        let others =
            Sequences { items: self.catalogue.len(), sessions: self.visitors.iter().flatten().cloned().collect() };
        let (mut popularity, mut markov) = (Popularity::new(&others), Markov::new(&others));
        let mut tallies = [Tally::default(), Tally::default(), Tally::default()];
        let mut follower = Follower::new(&trained.model)?;
        let mut left_out = test.saturating_sub(MEASURED);
        let mut last = None;
        for (position, (event, starts)) in self.own.events().enumerate() {
            if starts {
                last = None;
                follower.restart()?;
            }
            if !starts && position >= trained.learned {
                if left_out == 0 {
                    let model = follower.scores()?;
                    for (tally, scores) in tallies.iter_mut().zip([&model, popularity.counts(), &markov.after(last)]) {
                        tally.add(rank(scores, event.item, |_| false));
                    }
                }
                left_out = left_out.saturating_sub(1);
            }
            popularity.learn(event.item);
            markov.learn(last, event.item);
            follower.step(event.item, event.time);
            last = Some(event.item);
        }
        let names = [trained.model.name(), "popularity", "markov"];
        let row = |(name, tally): (&str, &Tally)| OwnRow {
            model: name.to_owned(),
            hit_rate: wilson(tally.hits(), tally.cases()),
            mrr: tally.mrr(),
        };
        Ok(OwnEvaluation::Measured {
            events: tallies[0].cases(),
            rows: names.into_iter().zip(&tallies).map(row).collect(),
        })
    }
}

/// A model that follows a history event by event.
struct Follower<'a> {
    model: &'a Model,
    running: Option<Running>,
    session: Vec<ItemIndex>,
}

impl<'a> Follower<'a> {
    fn new(model: &'a Model) -> Result<Self> {
        let mut follower = Self { model, running: None, session: Vec::new() };
        follower.restart()?;
        Ok(follower)
    }

    fn restart(&mut self) -> Result<()> {
        self.session.clear();
        if let Some(model) = self.model.sequence() {
            self.running = Some(Running::new(model)?);
        }
        Ok(())
    }

    fn step(&mut self, item: ItemIndex, time: Option<i64>) {
        self.session.push(item);
        if let (Some(model), Some(running)) = (self.model.sequence(), &mut self.running) {
            running.step(model, item, time);
        }
    }

    fn scores(&self) -> Result<Vec<f32>> {
        let scores = match (self.model.sequence(), &self.running) {
            (Some(model), Some(running)) => self.model.reading_texts(running.logits(model)?, &[&self.session]),
            _ => self.model.scores(&[&self.session])?,
        };
        Ok(scores.into_data().try_into_vec().expect("Home's tensors are f32 on the CPU"))
    }
}
