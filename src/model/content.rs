//! A trained model that reads its items' texts, too: those it was never trained on get vectors from them, and a place in the ranking.
//!
//! A vector that was predicted from a title says roughly where an item belongs, and too little to rank it by: among the new items of
//! `MovieLens`' latest-small it orders hardly better than chance. That a text is like the texts of the items just viewed says more, of items
//! that were trained on as well. So all are ranked by both, and what the two say is made a probability:
//!
//! ```text
//! m(i)  = softmax over all items of κ · likeness(i)             how likely i is by its text alone; κ = 4 a, at most 40
//! M     = Σ m(i) over the new items                             what they get together
//! p(i)  = M · softmax over new items of (κ · likeness(i) + s · score(i) / 2)          i new
//! p(i)  = (1 − M) · softmax over trained items of (s · score(i) + b · likeness(i))    i trained
//! ```
//!
//! score(i) is what the model gives the vector, a is how much [likeness](Likeness) tells by itself, by the sessions that were learned from, b
//! how much it adds to what the model knows, and s what that counts, by cases that were not. a and b are 0 where texts tell nothing. New
//! items surface where the context reads like them, and together get no more than their share of the catalogue where it does not.

use burn::tensor::{Tensor, TensorData};
use homebody_simd::{axpy, maximum, scale, sum_of_powers};
use serde::{Deserialize, Serialize};

use super::likeness::{Likeness, Likenesses};
use super::{Model, SequenceModel, read_shards};
use crate::catalogue::ItemIndex;
use crate::embedding::content::{Features, Regression};
use crate::error::Result;
use crate::kernel::shards::Shards;
use crate::sequences::{Case, Sequences};

/// How much more likeness tells of a new item, of which nothing else is known. Chosen with the next two on validation cases of `MovieLens`'
/// latest-small.
const SHARPNESS: f32 = 4.0;
/// Beyond this, small differences between texts that are all alike would decide.
const SHARPEST: f32 = 40.0;
/// What a score counts whose vector was predicted.
const TRUST: f32 = 0.5;

/// A model that reads texts.
#[derive(Debug, Clone)]
pub struct ContentModel {
    /// The trained model; its new items have vectors from their texts.
    model: Model,
    likeness: Likeness,
    /// a, b and s of the formula above.
    weights: [f32; 3],
    new: Vec<bool>,
}

/// Scores and likenesses of the trained items, or of the new ones.
#[derive(Default)]
struct Side {
    scores: Vec<f32>,
    likeness: Vec<f32>,
}

/// What a file keeps of the texts' part in a ranking; the texts are the catalogue's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// How much likeness of texts tells of new items and of trained ones, and what scores count beside it: a, b and s of the formula above.
    pub weights: [f32; 3],
    /// Items that have their vectors from their texts.
    pub new: Vec<ItemIndex>,
}

impl Reading {
    /// No text tells more than this.
    pub const MOST_WEIGHT: f32 = 40.0;
}

impl Model {
    /// This model with vectors for the items that were never viewed in training and have a text, ranking by texts; itself where texts tell
    /// nothing. `texts`: one an item, as [`Features::new`] reads them; `learned`: the sessions that it was trained on; `held_out`: cases that it was not, where there are any. Skip-gram and
    /// `GloVe` get both of an item's vectors, and keep their biases, which rank nothing.
    ///
    /// # Errors
    /// [`Error::Device`](crate::error::Error::Device) where the vectors cannot be read back.
    pub async fn with_content(self, texts: &[String], learned: &Sequences, held_out: &[Case]) -> Result<Self> {
        let (features, views) = (Features::new(texts), learned.counts());
        let mut model = self.trained().clone();
        let Some(regression) = Regression::new(&features, &views) else { return Ok(model) };
        let new = features.untrained(&views);
        if !new.is_empty() {
            model.fill_new(&regression, &new).await?;
        }
        let likeness = Likeness::new(features);
        let (beside, scale) = likeness.beside(&model, held_out, &views)?;
        let weights = [likeness.alone(learned, &views), beside, scale];
        let nothing_told = new.is_empty() && weights[1] == 0.0;
        Ok(if nothing_told { model } else { model.with_likeness(likeness, &Reading { weights, new }) })
    }

    /// Ranks by texts, too, as a file of a model with content says; new items have their vectors there already.
    #[must_use]
    pub fn reading(self, texts: &[String], reading: &Reading) -> Self {
        self.with_likeness(Likeness::new(Features::new(texts)), reading)
    }

    /// Gives new items their vectors.
    pub(super) async fn fill_new(&mut self, regression: &Regression<'_>, new: &[ItemIndex]) -> Result<()> {
        for table in self.tables_mut() {
            fill(table, regression, new).await?;
        }
        Ok(())
    }

    pub(super) fn with_likeness(self, likeness: Likeness, reading: &Reading) -> Self {
        let mut new = vec![false; self.vectors().dims()[0]];
        reading.new.iter().for_each(|item| new[item.index()] = true);
        Self::Content(Box::new(ContentModel { model: self.trained().clone(), likeness, weights: reading.weights, new }))
    }

    /// What a file has to keep of the texts' part; `None` where they have none.
    #[must_use]
    pub fn reads(&self) -> Option<Reading> {
        let Self::Content(content) = self else { return None };
        let new = content.new.iter().zip(0..).filter(|(new, _)| **new).map(|(_, item)| ItemIndex(item));
        Some(Reading { weights: content.weights, new: new.collect() })
    }

    /// The tables of item vectors.
    pub(super) fn tables_mut(&mut self) -> Vec<&mut Shards> {
        match self {
            Self::SkipGram(model) => vec![&mut model.input, &mut model.output],
            Self::Glove(model) => vec![&mut model.input, &mut model.output],
            Self::Sequence(model) => vec![&mut model.items],
            Self::Content(content) => content.model.tables_mut(),
        }
    }

    /// The model without its texts.
    #[must_use]
    pub fn trained(&self) -> &Self {
        match self {
            Self::Content(content) => &content.model,
            model => model,
        }
    }

    /// The sequence model, where it is one.
    #[must_use]
    pub fn sequence(&self) -> Option<&SequenceModel> {
        match self.trained() {
            Self::Sequence(model) => Some(model),
            _ => None,
        }
    }

    /// What scores of the [trained](Self::trained) model become once texts are read; log-probabilities, where they tell something.
    /// `[contexts, n_items]`
    ///
    /// # Panics
    /// On a GPU in a browser, which cannot be read synchronously: Home ranks on the CPU.
    #[must_use]
    pub fn reading_texts(&self, scores: Tensor<2>, contexts: &[&[ItemIndex]]) -> Tensor<2> {
        let Self::Content(content) = self else { return scores };
        let (device, [rows, items]) = (scores.device(), scores.dims());
        let mut values: Vec<f32> = scores.into_data().try_into_vec().expect("scores are f32");
        for (row, context) in values.chunks_exact_mut(items).zip(contexts) {
            content.share_out(row, &content.likeness.to(context));
        }
        Tensor::from_data(TensorData::new(values, [rows, items]), &device)
    }

    /// The same for contexts that have most of their items in common. `scores`: `[contexts, n_items]`, flat
    pub(super) fn reading_texts_of_alike(&self, scores: &mut [f32], contexts: &[&[ItemIndex]], known: &mut Likenesses) {
        let Self::Content(content) = self else { return };
        let (rows, likeness) = content.likeness.to_each(contexts, known);
        for (scores, row) in scores.chunks_exact_mut(content.new.len()).zip(rows) {
            content.share_out(scores, &likeness[row]);
        }
    }
}

impl ContentModel {
    /// Scores to log-probabilities, by the formula above. Both `[n_items]`.
    fn share_out(&self, scores: &mut [f32], likeness: &[f32]) {
        let [alone, beside, trust] = self.weights;
        if !self.new.contains(&true) {
            scale(scores, trust);
            axpy(beside, likeness, scores);
            let log = log_sum(scores);
            scores.iter_mut().for_each(|score| *score -= log);
            return;
        }
        let sharpness = (SHARPNESS * alone).min(SHARPEST);
        let [mut trained, mut new] = self.sides(scores, likeness);
        trained.weigh(trust, beside);
        new.weigh(TRUST * trust, sharpness);
        let peak = sharpness * maximum(likeness);
        let by_text = [&trained, &new].map(|side| sum_of_powers(&side.likeness, sharpness, peak));
        let share = |side: usize| (by_text[side] / (by_text[0] + by_text[1])).ln() as f32;
        let change = [share(0) - log_sum(&trained.scores), share(1) - log_sum(&new.scores)];
        let mut sides = [trained, new].map(|side| side.scores.into_iter());
        for (score, new) in scores.iter_mut().zip(&self.new) {
            let side = usize::from(*new);
            sides[side].by_ref().take(1).for_each(|own| *score = own + change[side]);
        }
    }

    /// Trained items, then new ones.
    fn sides(&self, scores: &[f32], likeness: &[f32]) -> [Side; 2] {
        let mut sides = [Side::default(), Side::default()];
        for ((score, like), new) in scores.iter().zip(likeness).zip(&self.new) {
            let side = &mut sides[usize::from(*new)];
            side.scores.push(*score);
            side.likeness.push(*like);
        }
        sides
    }
}

impl Side {
    /// What score and likeness come to.
    fn weigh(&mut self, of_score: f32, of_likeness: f32) {
        scale(&mut self.scores, of_score);
        axpy(of_likeness, &self.likeness, &mut self.scores);
    }
}

/// log Σ e^score.
fn log_sum(scores: &[f32]) -> f32 {
    let peak = maximum(scores);
    peak + sum_of_powers(scores, 1.0, peak).ln() as f32
}

/// Vectors of new items, by regression on those of trained ones.
async fn fill(table: &mut Shards, regression: &Regression<'_>, new: &[ItemIndex]) -> Result<()> {
    let (device, [items, dim]) = (table.device(), table.dims());
    let mut values = read_shards(table).await?;
    let predicted = regression.predict(&values, dim, new);
    for (item, vector) in new.iter().zip(predicted.chunks_exact(dim)) {
        values[item.index() * dim..][..dim].copy_from_slice(vector);
    }
    *table = Shards::new(values, [items, dim], &device);
    Ok(())
}

#[cfg(all(test, feature = "cpu"))]
mod tests {
    use super::*;
    use crate::embedding::skip_gram::SkipGram;

    fn total(scores: &[f32]) -> f32 {
        scores.iter().map(|score| score.exp()).sum()
    }

    fn content(weights: [f32; 3], new: &[bool]) -> ContentModel {
        let device = crate::device::cpu().unwrap();
        let table = Shards::zeros([new.len(), 1], &device);
        let likeness = Likeness::new(Features::new(&vec![String::new(); new.len()]));
        let model = Model::SkipGram(SkipGram { input: table.clone(), output: table });
        ContentModel { model, likeness, weights, new: new.to_vec() }
    }

    #[test]
    fn probabilities_add_up_and_texts_tell_more_of_new_items() {
        let mut scores = [3.0, -1.0, 80.0, 0.5, 0.0, 3.0];
        content([0.5, 0.5, 1.0], &[false, true, false, true, false, false])
            .share_out(&mut scores, &[0.0, 2.0, 0.0, 0.5, 0.5, 0.5]);
        assert!((total(&scores) - 1.0).abs() < 1e-4, "{scores:?}");
        let share = (4.0_f32.exp() + 1.0_f32.exp()) / (2.0 + 4.0_f32.exp() + 3.0 * 1.0_f32.exp());
        assert!((scores[1].exp() + scores[3].exp() - share).abs() < 1e-4, "{scores:?}");
        assert!((scores[1] - scores[3] - (4.0 - 1.0 - 0.75)).abs() < 1e-4, "text and vector share it out: {scores:?}");
        assert!((scores[5] - scores[0] - 0.25).abs() < 1e-4, "a text tells of trained items, too: {scores:?}");
    }

    #[test]
    fn without_new_items_texts_only_move_the_others() {
        let mut scores = [1.0, 0.0, 0.0];
        content([9.0, 2.0, 1.0], &[false; 3]).share_out(&mut scores, &[0.0, 1.0, 0.0]);
        assert!((total(&scores) - 1.0).abs() < 1e-4, "{scores:?}");
        assert!((scores[1] - scores[0] - 1.0).abs() < 1e-5 && (scores[1] - scores[2] - 2.0).abs() < 1e-5, "{scores:?}");
    }

    #[test]
    fn where_nothing_tells_new_items_get_their_share_of_the_catalogue() {
        let mut scores = [9.0, 0.0, -3.0, 0.0];
        content([0.0, 0.0, 1.0], &[false, true, false, false]).share_out(&mut scores, &[0.0; 4]);
        assert!((scores[1].exp() - 0.25).abs() < 1e-5, "{scores:?}");
    }

    #[test]
    fn a_new_item_surfaces_after_texts_like_its_own_and_the_empty_text_keeps_its_vector() {
        let device = crate::device::cpu().unwrap();
        let vectors = || {
            Tensor::<2>::from_data(
                [[1.0_f32, 0.1], [0.9, 0.0], [0.0, 1.0], [0.1, 0.9], [7.0, 7.0], [7.0, 7.0]],
                &device,
            )
        };
        let model = Model::SkipGram(SkipGram { input: vectors().into(), output: vectors().into() });
        let texts = ["Red wine", "Red grapes", "Blue cheese", "Blue moon", "Red velvet", ""].map(str::to_owned);
        let walks = [[0, 1], [1, 0], [2, 3], [3, 2], [0, 2]].map(|walk| walk.map(ItemIndex).to_vec());
        let learned = Sequences { items: 6, sessions: walks.to_vec() };
        let model = pollster::block_on(model.with_content(&texts, &learned, &[])).unwrap();
        assert_eq!(model.reads().unwrap().new, [ItemIndex(4)]);
        let rows: Vec<f32> = model.vectors().whole().into_data().try_into_vec().unwrap();
        assert!(rows[8] > rows[9] && rows[8] < 1.1, "red points as red does: {rows:?}");
        assert_eq!(rows[10..], [7.0, 7.0]);
        let share = |context: u32| {
            let scores = model.scores(&[&[ItemIndex(context)]]).unwrap().into_data().try_into_vec::<f32>().unwrap();
            assert!((total(&scores) - 1.0).abs() < 1e-4);
            scores[4].exp()
        };
        assert!(share(0) > 4.0 * share(2), "{} after red, {} after blue", share(0), share(2));
    }
}
