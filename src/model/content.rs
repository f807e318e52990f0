//! A trained model, and the items it was never trained on: they get vectors from their texts, and a place in the ranking.
//!
//! A vector that was predicted from a title says roughly where an item belongs, and too little to rank it by: among the new items of
//! `MovieLens`' latest-small it orders hardly better than chance. That a text is like the texts of the items just viewed says more. So a new item is ranked by
//! both, and what the two say is made a probability:
//!
//! ```text
//! m(i)  = softmax over all items of κ · q · x_i            how likely i is by its text alone
//! M     = Σ m(i) over the new items                        what they get together
//! p(i)  = M · softmax over new items of (κ · q · x_i + score(i))      i new
//! p(i)  = (1 − M) · softmax over trained items of score(i)            i trained
//! ```
//!
//! x are the texts' [features](crate::embedding::content), q their mean over the context's last 10 items, weighted 1 / steps from the end, and
//! score(i) what the model gives the vector. Trained items keep their order among themselves; new ones surface where the context reads like
//! them, and together get no more than their share of the catalogue where it does not.

use burn::tensor::{Tensor, TensorData};

use super::{Model, SequenceModel, read};
use crate::catalogue::ItemIndex;
use crate::embedding::content::{BUCKETS, Features, Regression};
use crate::error::Result;

/// κ: how much likeness of texts tells. Of 10, 15, 20 and 25 the one that, on validation cases of `MovieLens`' latest-small, ranks new items best
/// and takes less than a twentieth off the NDCG of the others.
const SHARPNESS: f32 = 20.0;
/// Items of a context that are read: the last ones.
const CONTEXT: usize = 10;

/// A model whose untrained items are ranked by their texts, too.
#[derive(Debug, Clone)]
pub struct ContentModel {
    /// The trained model; its new items have vectors from their texts.
    model: Model,
    features: Features,
    /// Each feature's items, with what the feature weighs in them.
    items: Vec<Vec<(u32, f32)>>,
    new: Vec<bool>,
}

impl Model {
    /// This model with vectors for the items that were never viewed in training and have a text; itself where there is none. `texts`: one
    /// an item, as [`Features::new`] reads them; `views`: in training, `[n_items]`. Skip-gram and `GloVe` get both of an item's vectors,
    /// and keep their biases, which rank nothing.
    ///
    /// # Errors
    /// [`Error::Device`](crate::error::Error::Device) where the vectors cannot be read back.
    pub async fn with_content(self, texts: &[String], views: &[u32]) -> Result<Self> {
        let features = Features::new(texts);
        let new = features.untrained(views);
        let Some(regression) = Regression::new(&features, views).filter(|_| !new.is_empty()) else { return Ok(self) };
        let mut model = self.trained().clone();
        match &mut model {
            Self::SkipGram(model) => {
                fill(&mut model.input, &regression, &new).await?;
                fill(&mut model.output, &regression, &new).await?;
            }
            Self::Glove(model) => {
                fill(&mut model.input, &regression, &new).await?;
                fill(&mut model.output, &regression, &new).await?;
            }
            Self::Sequence(model) => fill(&mut model.items, &regression, &new).await?,
            Self::Content(_) => {}
        }
        Ok(model.ranking_by_texts(features, &new))
    }

    /// Ranks `new` items by their texts, too; their vectors are there already, as in a file of a model with content.
    #[must_use]
    pub fn ranking_by_texts(self, features: Features, new: &[ItemIndex]) -> Self {
        let [count, _] = self.vectors().dims();
        let mut items = vec![Vec::new(); BUCKETS];
        for item in (0..count as u32).map(ItemIndex) {
            features.of(item).iter().for_each(|&(bucket, weight)| items[bucket as usize].push((item.0, weight)));
        }
        let mut is_new = vec![false; count];
        new.iter().for_each(|item| is_new[item.index()] = true);
        Self::Content(Box::new(ContentModel { model: self.trained().clone(), features, items, new: is_new }))
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

    /// Items that are ranked by their texts, too.
    #[must_use]
    pub fn new_items(&self) -> Vec<ItemIndex> {
        let Self::Content(content) = self else { return Vec::new() };
        let new = content.new.iter().zip(0..).filter(|(new, _)| **new);
        new.map(|(_, item)| ItemIndex(item)).collect()
    }

    /// What scores of the [trained](Self::trained) model become once texts are read; log-probabilities, where there are new items.
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
            share_out(row, &content.likeness(context), &content.new);
        }
        Tensor::from_data(TensorData::new(values, [rows, items]), &device)
    }
}

impl ContentModel {
    /// κ · q · x of all items; 0 for those that q is made of: a text is most like itself, which says nothing. `[n_items]`
    fn likeness(&self, context: &[ItemIndex]) -> Vec<f32> {
        let mut latest: Vec<ItemIndex> = Vec::new();
        for item in context.iter().rev() {
            if latest.len() < CONTEXT && !latest.contains(item) {
                latest.push(*item);
            }
        }
        let mut query = vec![0.0_f32; BUCKETS];
        let total: f32 = (1..=latest.len()).map(|step| 1.0 / step as f32).sum();
        for (item, step) in latest.iter().zip(1_u16..) {
            let weight = SHARPNESS / (f32::from(step) * total);
            self.features.of(*item).iter().for_each(|&(bucket, x)| query[bucket as usize] += weight * x);
        }
        let mut likeness = vec![0.0; self.new.len()];
        for (weight, items) in query.iter().zip(&self.items).filter(|(weight, _)| **weight != 0.0) {
            items.iter().for_each(|&(item, x)| likeness[item as usize] += weight * x);
        }
        latest.iter().for_each(|item| likeness[item.index()] = 0.0);
        likeness
    }
}

/// Vectors of new items, by regression on those of trained ones.
async fn fill(table: &mut Tensor<2>, regression: &Regression<'_>, new: &[ItemIndex]) -> Result<()> {
    let (device, [items, dim]) = (table.device(), table.dims());
    let mut values = read([table]).await?.concat();
    let predicted = regression.predict(&values, dim, new);
    for (item, vector) in new.iter().zip(predicted.chunks_exact(dim)) {
        values[item.index() * dim..][..dim].copy_from_slice(vector);
    }
    *table = Tensor::from_data(TensorData::new(values, [items, dim]), &device);
    Ok(())
}

/// Scores to log-probabilities, by the formula above.
fn share_out(scores: &mut [f32], likeness: &[f32], new: &[bool]) {
    let (mut known, mut by_text, mut both, mut by_known_text) = <(Sum, Sum, Sum, Sum)>::default();
    for ((score, like), new) in scores.iter().zip(likeness).zip(new) {
        if *new {
            by_text.add(*like);
            both.add(score + like);
        } else {
            known.add(*score);
            by_known_text.add(*like);
        }
    }
    let mut all = by_text;
    all.add(by_known_text.log());
    let (new_share, known_share) = (by_text.log() - all.log(), by_known_text.log() - all.log());
    for ((score, like), new) in scores.iter_mut().zip(likeness).zip(new) {
        *score = if *new { new_share + *score + like - both.log() } else { known_share + *score - known.log() };
    }
}

/// A sum of exponentials, as its logarithm.
#[derive(Clone, Copy)]
struct Sum {
    peak: f32,
    rest: f64,
}

impl Default for Sum {
    fn default() -> Self {
        Self { peak: f32::NEG_INFINITY, rest: 0.0 }
    }
}

impl Sum {
    fn add(&mut self, exponent: f32) {
        if exponent > self.peak {
            self.rest = self.rest * f64::from(self.peak - exponent).exp() + 1.0;
            self.peak = exponent;
        } else if exponent > f32::NEG_INFINITY {
            self.rest += f64::from(exponent - self.peak).exp();
        }
    }

    fn log(self) -> f32 {
        self.peak + self.rest.ln() as f32
    }
}

#[cfg(all(test, feature = "cpu"))]
mod tests {
    use super::*;
    use crate::embedding::skip_gram::SkipGram;

    fn total(scores: &[f32]) -> f32 {
        scores.iter().map(|score| score.exp()).sum()
    }

    #[test]
    fn probabilities_add_up_and_trained_items_keep_their_order() {
        let mut scores = [3.0, -1.0, 80.0, 0.5, 0.0];
        share_out(&mut scores, &[0.0, 4.0, 0.0, 1.0, 1.0], &[false, true, false, true, false]);
        assert!((total(&scores) - 1.0).abs() < 1e-4, "{scores:?}");
        let share = (4.0_f32.exp() + 1.0_f32.exp()) / (2.0 + 4.0_f32.exp() + 2.0 * 1.0_f32.exp());
        assert!((scores[1].exp() + scores[3].exp() - share).abs() < 1e-4, "{scores:?}");
        assert!((scores[1] - scores[3] - (4.0 - 1.0 - 1.5)).abs() < 1e-4, "text and vector share it out: {scores:?}");
        assert!(scores[2] > scores[0] && scores[0] > scores[4], "{scores:?}");
    }

    #[test]
    fn where_nothing_tells_new_items_get_their_share_of_the_catalogue() {
        let mut scores = [9.0, 0.0, -3.0, 0.0];
        share_out(&mut scores, &[0.0; 4], &[false, true, false, false]);
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
        let model = Model::SkipGram(SkipGram { input: vectors(), output: vectors() });
        let texts = ["Red wine", "Red grapes", "Blue cheese", "Blue moon", "Red velvet", ""].map(str::to_owned);
        let model = pollster::block_on(model.with_content(&texts, &[5, 5, 5, 5, 0, 0])).unwrap();
        assert_eq!(model.new_items(), [ItemIndex(4)]);
        let rows: Vec<f32> = model.vectors().into_data().try_into_vec().unwrap();
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
