//! What comes next, and what is like an item.

use std::collections::HashSet;

use super::Recommender;
use crate::catalogue::ItemIndex;
use crate::error::Result;
use crate::explanation::{self, Cause};
use crate::model::Model;
use crate::protocol::{Attended, Counterfactual, Recommendation, Recommendations, Similar, SimilarItem, Wish};
use crate::ranking::{Ranked, diverse, top_k};

/// Views in a session at which model and popularity count alike: the model's share is n / (n + this). Small: on simulated visitors the model
/// alone ranks as well from the first view on, and is likelier; see `docs/item-embeddings.md`.
const BLEND: f32 = 0.1;
/// What a diverse list is chosen from: this many times its length, within bounds.
const POOL: usize = 8;
const POOL_MOST: usize = 400;
/// Scores that a list's reasons may cost, so that they do not hold it up: beyond 10,000 items fewer than the last fifty views are looked
/// back on, and beyond half a million no list gives reasons of its own. (Asked about one item, [`Recommender::explain`] looks back on all.)
const REASONED: usize = 1 << 19;

/// A view of all items, by a model or without one.
#[derive(Default)]
pub(super) struct Scores {
    pub(super) by: &'static str,
    /// Empty where nothing is known.
    pub(super) probabilities: Vec<f32>,
    /// What popularity adds to them; nothing where it has no say.
    popular: Vec<f32>,
    attention: Vec<f32>,
}

impl Scores {
    pub(super) fn new(by: &'static str, probabilities: Vec<f32>) -> Self {
        Self { by, probabilities, ..Self::default() }
    }

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

    fn of(&self, item: ItemIndex) -> f32 {
        self.probabilities.get(item.index()).copied().unwrap_or(0.0)
    }
}

impl Recommender {
    /// Ranks what comes next in the current session (the last one, where none has begun): by popularity before the first view, then by
    /// a mean of the model's probabilities and popularity's in which the model soon counts for nearly all. Without a model, by what is viewed
    /// together and by texts. Pinned items stand first; hidden and gone ones nowhere.
    ///
    /// # Errors
    /// [`Error::Checkpoint`](crate::error::Error::Checkpoint) where the model's weights are broken.
    pub fn recommend(&self, wish: &Wish) -> Result<Recommendations> {
        let here: Vec<ItemIndex> = wish.context.iter().filter_map(|id| self.catalogue.get(id)).collect();
        let session = self.own.current().iter().map(|event| event.item);
        let context: Vec<ItemIndex> = session.chain(here.iter().copied()).collect();
        let seen = self.own.seen(self.catalogue.len());
        let mut blocked: HashSet<ItemIndex> = wish.exclude.iter().filter_map(|id| self.catalogue.get(id)).collect();
        blocked.extend(&here);
        let allowed = |item: ItemIndex| {
            let offered = self.catalogue.item(item).is_offered();
            offered && wish.repeats.allows(seen[item.index()]) && !blocked.contains(&item)
        };
        let scores = self.scores(&context, &here)?;
        let list = self.list(wish, &scores, allowed);
        let recommendation = |&item: &ItemIndex| Recommendation {
            item: self.shown(item),
            probability: scores.of(item),
            seen: seen[item.index()],
            pinned: self.catalogue.item(item).pinned,
            attended: Vec::new(),
            because: None,
        };
        let mut items: Vec<Recommendation> = list.iter().map(recommendation).collect();
        if let Some(trained) = self.trained.as_ref().filter(|trained| scores.by == trained.model.name()) {
            let causes = match REASONED / self.catalogue.len().max(1) {
                0 => vec![None; list.len()],
                reach => trained.causes(&here, reach, &list)?,
            };
            let models = list.iter().map(|item| scores.is_models(*item));
            let causes = causes.into_iter().zip(models).map(|(cause, by_model)| cause.filter(|_| by_model));
            self.give_reasons(&mut items, causes, &explanation::attended(&scores.attention, &context, 3));
        }
        Ok(Recommendations { by: scores.by.into(), items })
    }

    /// After a context: the current session, and what is looked at `here`.
    fn scores(&self, context: &[ItemIndex], here: &[ItemIndex]) -> Result<Scores> {
        let popularity = self.popularity();
        let share = share(context, &popularity);
        let Some(trained) = self.trained.as_ref().filter(|_| share > 0.0) else {
            return Ok(self.untrained(context, popularity));
        };
        let answer = trained.answer(here)?;
        let attention = answer.attention.unwrap_or_default();
        let scores = Scores { attention, ..Scores::new(trained.model.name(), answer.probabilities) };
        Ok(scores.blended(share, &popularity))
    }

    /// Pinned items, then the best.
    fn list(&self, wish: &Wish, scores: &Scores, allowed: impl Fn(ItemIndex) -> bool) -> Vec<ItemIndex> {
        let pinned = self.catalogue.pinned().iter().copied().filter(|item| allowed(*item));
        let mut list: Vec<ItemIndex> = pinned.take(wish.k as usize).collect();
        let left = wish.k as usize - list.len();
        // Popularity says nothing of what nobody viewed.
        let known = |item: ItemIndex| scores.by != "popularity" || scores.of(item) > 0.0;
        let open = |item: ItemIndex| !self.catalogue.item(item).pinned && known(item) && allowed(item);
        let pool = if wish.diversity > 0.0 { (POOL * left).min(POOL_MOST).max(left) } else { left };
        let mut best = top_k(&scores.probabilities, pool, open);
        if wish.diversity > 0.0 {
            best = self.diverse(&best, left, wish.diversity);
        }
        list.extend(best.iter().map(|ranked| ranked.item));
        list
    }

    fn diverse(&self, candidates: &[Ranked], k: usize, diversity: f32) -> Vec<Ranked> {
        let Some(trained) = &self.trained else {
            return diverse(candidates, k, diversity, |a, b| self.texts().between(a, b));
        };
        let [_, dim] = trained.model.vectors().dims();
        let values: Vec<f32> = numbers(trained.model.vectors().whole());
        let row = |item: ItemIndex| &values[item.index() * dim..][..dim];
        diverse(candidates, k, diversity, |a, b| cosine(row(a), row(b)))
    }

    fn give_reasons(
        &self,
        list: &mut [Recommendation],
        causes: impl Iterator<Item = Option<Cause>>,
        attended: &[(ItemIndex, f32)],
    ) {
        let attended = attended.iter().map(|&(item, weight)| Attended { item: self.shown(item), weight });
        let attended: Vec<Attended> = attended.collect();
        for (recommendation, cause) in list.iter_mut().zip(causes) {
            recommendation.attended.clone_from(&attended);
            recommendation.because =
                cause.map(|cause| Counterfactual { item: self.shown(cause.item), drop: cause.drop });
        }
    }

    /// The items nearest to one: by the cosine of the model's vectors; without a model, by what is viewed together and by texts.
    ///
    /// # Errors
    /// [`Error::UnknownItem`](crate::error::Error::UnknownItem).
    pub fn similar(&self, item: &str, k: usize) -> Result<Similar> {
        let item = self.catalogue.require(item)?;
        let cosines = match &self.trained {
            Some(trained) => cosines(&trained.model, item),
            None => self.alike(item),
        };
        let told = |other: ItemIndex| self.trained.is_some() || cosines[other.index()] > 0.0;
        let items = top_k(&cosines, k, |other| other != item && told(other) && self.catalogue.item(other).is_offered())
            .into_iter()
            .map(|near| SimilarItem { item: self.shown(near.item), cosine: near.score })
            .collect();
        Ok(Similar { items })
    }
}

/// The model's share in the ranking after a context, beside popularity's; all of it where nothing is known to be popular.
fn share(context: &[ItemIndex], popularity: &[f32]) -> f32 {
    let views = context.len() as f32;
    if popularity.is_empty() { 1.0 } else { views / (views + BLEND) }
}

fn cosines(model: &Model, item: ItemIndex) -> Vec<f32> {
    let vectors = model.vectors().whole();
    let lengths = vectors.clone().square().sum_dim(1).sqrt().clamp_min(1e-12); // [V, 1]
    let unit = vectors / lengths;
    let own = unit.clone().slice([item.index()..=item.index()]); // [1, d]
    numbers(unit.matmul(own.transpose()))
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(1e-12)
}

fn numbers(tensor: burn::tensor::Tensor<2>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("Home's tensors are f32 on the CPU")
}
