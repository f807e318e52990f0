//! Why one item is ranked where it is: the answer that is worth a closer look than every row of a list gets.

use super::Recommender;
use crate::catalogue::ItemIndex;
use crate::error::{Error, Result};
use crate::explanation;
use crate::protocol::{Explained, Push};
use crate::ranking::RepeatPolicy;
use crate::sequences::{Context, moments};

impl Recommender {
    /// What each item of the session adds to an item's rank, and which few it would not be among the first `k` without.
    ///
    /// # Errors
    /// [`Error::UnknownItem`]; [`Error::TooLittle`] before the first training; [`Error::Checkpoint`] where the model's weights are broken.
    pub fn explain(&self, item: &str, k: usize, repeats: RepeatPolicy) -> Result<Explained> {
        let item = self.catalogue.require(item)?;
        let Some(trained) = &self.trained else { return Err(untrained("An explanation")) };
        let events = self.own.current();
        let items: Vec<ItemIndex> = events.iter().map(|event| event.item).collect();
        let context = Context { items: &items, times: &moments(events.iter().map(|event| event.time)) };
        let seen = self.own.seen(self.catalogue.len());
        let allowed = |other: ItemIndex| repeats.allows(seen[other.index()]);
        let needs = explanation::smallest_set(&trained.model, context, item, k, allowed)?.unwrap_or_default();
        let nats = explanation::gradients(&trained.model, context, item)?;
        let pushes = explanation::attended(&nats, &items, nats.len());
        Ok(Explained {
            item: self.shown(item),
            pushes: pushes.into_iter().map(|(item, nats)| Push { item: self.shown(item), nats }).collect(),
            needs: needs.into_iter().map(|item| self.shown(item)).collect(),
        })
    }
}

pub(super) fn untrained(what: &str) -> Error {
    Error::TooLittle {
        what: what.into(),
        needed: "a trained model".into(),
        have: "none".into(),
        remedy: "Train first".into(),
    }
}
