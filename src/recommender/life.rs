//! A catalogue's life: replaced every day, changed in between, and joined with a base model.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::Recommender;
use super::trained::Trained;
use crate::catalogue::{Item, ItemIndex};
use crate::device;
use crate::embedding::content::Features;
use crate::error::{Error, Result};
use crate::model::{Model, Reading};
use crate::protocol::Change;

/// How much texts tell beside a base model that does not say: enough that new items surface after items that read like them.
const TEXTS: [f32; 3] = [1.0, 0.0, 1.0];

impl Recommender {
    /// Replaces the catalogue. History, other visitors and model stay: items that are gone stay behind those that there are, as long as a
    /// history holds them, and new ones get vectors from their texts.
    ///
    /// # Errors
    /// [`Error::Format`] for items without ids of their own; nothing changes then.
    pub fn set_catalogue(&mut self, items: impl IntoIterator<Item = Item>) -> Result<()> {
        let views = self.held_views();
        let (catalogue, places) = self.catalogue.replaced(items, |at| views[at.index()] > 0)?;
        let is_same =
            catalogue.len() == places.len() && places.iter().zip(0..).all(|(place, at)| *place == Some(ItemIndex(at)));
        let reads_alike = self.trained.is_none() || (is_same && catalogue.texts() == self.catalogue.texts());
        self.revision += u32::from(catalogue != self.catalogue);
        self.catalogue = catalogue;
        self.imported = false;
        self.texts = OnceCell::new();
        // It read the old titles, and numbers the old places.
        self.learned = None;
        if is_same && reads_alike {
            return Ok(());
        }
        self.translate(&places);
        let mut from = vec![None; self.catalogue.len()];
        for (place, old) in places.iter().zip(0..) {
            place.iter().for_each(|new| from[new.index()] = Some(ItemIndex(old)));
        }
        if !self.base_views.is_empty() {
            let base = std::mem::take(&mut self.base_views);
            self.base_views = from.iter().map(|old| old.map_or(0, |old| base[old.index()])).collect();
        }
        let Some(trained) = self.trained.take() else { return Ok(()) };
        let untrained = trained.model.reads().unwrap_or_default().new;
        let known = |at: usize| from[at].is_some_and(|old| untrained.binary_search(&old).is_err());
        let views = self.views();
        let views: Vec<u32> = (0..from.len()).map(|at| if known(at) { views[at].max(1) } else { 0 }).collect();
        let weights = trained.model.reads().map_or(TEXTS, |reading| reading.weights);
        let model = self.over(&trained.model, &from, &views, weights)?;
        self.trained = Some(Trained::new(model, trained.events, trained.learned, trained.from));
        self.restart_session()
    }

    /// Changes the catalogue: `put` are items to add, or to put in place of those of the same id.
    ///
    /// # Errors
    /// As [`Self::set_catalogue`].
    pub fn change_catalogue(&mut self, change: &Change, put: Vec<Item>) -> Result<()> {
        if !put.is_empty() || !change.remove.is_empty() {
            let mut items = self.offered();
            items.retain(|item| !change.remove.contains(&item.id));
            let mut places: HashMap<String, usize> =
                items.iter().enumerate().map(|(at, item)| (item.id.clone(), at)).collect();
            for item in put {
                if let Some(&at) = places.get(&item.id) {
                    items[at] = item;
                } else {
                    places.insert(item.id.clone(), items.len());
                    items.push(item);
                }
            }
            self.set_catalogue(items)?;
        }
        for (ids, hidden, pinned) in [
            (&change.hide, Some(true), None),
            (&change.show, Some(false), None),
            (&change.pin, None, Some(true)),
            (&change.unpin, None, Some(false)),
        ] {
            ids.iter().for_each(|id| self.catalogue.show(id, hidden, pinned));
            self.revision += u32::from(!ids.is_empty());
        }
        Ok(())
    }

    /// Uses a base model, joined to the catalogue by id, or none any more. A model that went on from this very base stays in use.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] for a file that is no base model; [`Error::TooLittle`] where it knows no item of the catalogue. What was in use
    /// stays.
    pub fn set_base(&mut self, bytes: Option<&[u8]>) -> Result<()> {
        let Some(bytes) = bytes else {
            self.base_views.clear();
            self.trained = self.trained.take().filter(|trained| !trained.is_base());
            return Ok(());
        };
        let (model, description) = Model::from_bytes(bytes, &self.device)?;
        if description.ids.is_empty() {
            return Err(Error::Checkpoint {
                cause: "it does not name its items, so that it cannot be joined to a catalogue".into(),
                remedy: "Train it with `homebody train`".into(),
            });
        }
        let places: HashMap<&str, u32> = description.ids.iter().map(String::as_str).zip(0..).collect();
        let from: Vec<Option<ItemIndex>> =
            self.catalogue.iter().map(|(_, item)| places.get(&*item.id).map(|&at| ItemIndex(at))).collect();
        if from.iter().all(Option::is_none) {
            return Err(Error::TooLittle {
                what: "A base model".into(),
                needed: "a catalogue that holds some of its items".into(),
                have: "none of them in the catalogue".into(),
                remedy: "Give the site's catalogue, with the ids of the log that the model was trained on".into(),
            });
        }
        let viewed = |old: ItemIndex| description.views.get(old.index()).copied().unwrap_or(1);
        let views: Vec<u32> = from.iter().map(|old| old.map_or(0, viewed)).collect();
        let mark = mark(bytes);
        let goes_on = |trained: &Trained| !trained.is_base() && trained.from == Some(mark);
        if !self.trained.as_ref().is_some_and(goes_on) {
            let known = views.iter().zip(&from).map(|(&views, old)| if old.is_some() { views.max(1) } else { 0 });
            let known: Vec<u32> = known.collect();
            let model = self.over(&model, &from, &known, description.texts.unwrap_or(TEXTS))?;
            self.trained = Some(Trained::new(model, 0, 0, Some(mark)));
        }
        self.base_views = views;
        self.restart_session()
    }

    /// Uses the base model that another state uses, unless the own model went on from it.
    pub(super) fn take_base_of(&mut self, other: &Self) -> Result<()> {
        let Some(base) = other.trained.as_ref().filter(|trained| trained.is_base()) else { return Ok(()) };
        let from: Vec<Option<ItemIndex>> =
            self.catalogue.iter().map(|(_, item)| other.catalogue.get(&item.id)).collect();
        let viewed = |old: ItemIndex| other.base_views.get(old.index()).copied().unwrap_or(0);
        self.base_views = from.iter().map(|old| old.map_or(0, viewed)).collect();
        if self.trained.as_ref().is_none_or(|trained| trained.from != base.from) {
            let reading = base.model.reads().unwrap_or(Reading { weights: TEXTS, new: Vec::new() });
            let known = |old: &Option<ItemIndex>| old.is_some_and(|old| reading.new.binary_search(&old).is_err());
            let views = from.iter().zip(&self.base_views);
            let views: Vec<u32> = views.map(|(old, &views)| if known(old) { views.max(1) } else { 0 }).collect();
            let model = self.over(&base.model, &from, &views, reading.weights)?;
            self.trained = Some(Trained::new(model, 0, 0, base.from));
        }
        Ok(())
    }

    /// Items that are gone and in no history any more are left out.
    pub(super) fn leave_out_gone(&mut self) -> Result<()> {
        let views = self.held_views();
        if !self.catalogue.iter().any(|(at, item)| item.gone && views[at.index()] == 0) {
            return Ok(());
        }
        let imported = self.imported;
        self.set_catalogue(self.offered())?;
        self.imported = imported;
        Ok(())
    }

    /// The items that are not gone.
    fn offered(&self) -> Vec<Item> {
        self.catalogue.iter().filter(|(_, item)| !item.gone).map(|(_, item)| item.clone()).collect()
    }

    /// Views that are held here, not the base model's.
    fn held_views(&self) -> Vec<u32> {
        let base = |at: usize| self.base_views.get(at).copied().unwrap_or(0);
        self.views().into_iter().enumerate().map(|(at, views)| views - base(at)).collect()
    }

    fn over(&self, model: &Model, from: &[Option<ItemIndex>], views: &[u32], weights: [f32; 3]) -> Result<Model> {
        let text = |at: usize| self.catalogue.item(ItemIndex(at as u32)).text().into();
        device::now(model.over(from, views, Features::read(self.catalogue.len(), text), weights))
    }

    /// All that is held, in terms of a new catalogue, which has all of its items.
    fn translate(&mut self, places: &[Option<ItemIndex>]) {
        self.own.translate(|item| places[item.index()]);
        self.learned = None;
        self.pool = super::pool::Pool::default();
        self.visitors.translate(|item| places[item.index()].unwrap_or(item));
        (self.pending.sessions, self.pending.held_out) = Default::default();
    }
}

/// Tells one file from another (FNV-1a).
fn mark(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |mark, &byte| (mark ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
