//! Answers before there is a model, from the first view on: what is viewed together, and what reads alike.
//!
//! ```text
//! p(i) = n / (n + 5) · together(i) / n  +  5 / (n + 5) · (views_i + 1) exp(10 · likeness(i)) / Σ
//! ```
//!
//! together(i) counts, over all sessions, how often i stood within 5 steps of an item of the context (before it, half), the context's last
//! 10 items weighted by 1 / steps from the end; n is its sum. The rest backs off to texts, and those to popularity (Witten & Bell, "The
//! Zero-Frequency Problem", 1991, in form).

use super::Recommender;
use super::rank::Scores;
use crate::catalogue::ItemIndex;
use crate::embedding::content::Features;
use crate::model::Likeness;

/// Items of a context that count: the last ones.
const CONTEXT: usize = 10;
/// Steps between items that were viewed together.
const NEAR: usize = 5;
/// Counts at which they weigh as much as texts do.
const EVIDENCE: f32 = 5.0;
/// How much likeness of texts tells. About what it comes to on logs with telling titles.
const TELLS: f32 = 10.0;

impl Recommender {
    /// The items' texts, read at the first need.
    pub(super) fn texts(&self) -> &Likeness {
        self.texts.get_or_init(|| {
            let text = |at: usize| self.catalogue.item(ItemIndex(at as u32)).text().into();
            Likeness::new(Features::read(self.catalogue.len(), text))
        })
    }

    pub(super) fn untrained(&self, context: &[ItemIndex], popularity: Vec<f32>) -> Scores {
        let (together, n) = self.together(context);
        let likeness = if context.is_empty() { Vec::new() } else { self.texts().to(context) };
        if n == 0.0 && likeness.iter().all(|&like| like <= 0.0) {
            return Scores::new(if popularity.is_empty() { "none" } else { "popularity" }, popularity);
        }
        let views = self.views();
        let mut scores: Vec<f32> =
            likeness.iter().zip(&views).map(|(like, &views)| (views + 1) as f32 * (TELLS * like).exp()).collect();
        let (total, share) = (scores.iter().sum::<f32>(), n / (n + EVIDENCE));
        for (score, together) in scores.iter_mut().zip(&together) {
            *score = (1.0 - share) * *score / total + together / (n + EVIDENCE);
        }
        Scores::new(if n > 0.0 { "together" } else { "content" }, scores)
    }

    /// How like an item all others are, 0 to 1: cosines of what they are viewed with and of their texts, the former by evidence.
    pub(super) fn alike(&self, item: ItemIndex) -> Vec<f32> {
        let ((together, _), views) = (self.together(&[item]), self.views());
        let own = views[item.index()] as f32;
        let mut alike = self.texts().to(&[item]);
        for ((like, together), views) in alike.iter_mut().zip(together).zip(&views) {
            let cosine = (together / (own * *views as f32).sqrt().max(1.0)).min(1.0);
            *like = (own * cosine + EVIDENCE * like.max(0.0)) / (own + EVIDENCE);
        }
        alike
    }

    /// together(i) of all items, and its sum.
    fn together(&self, context: &[ItemIndex]) -> (Vec<f32>, f32) {
        let mut weights = vec![0.0_f32; self.catalogue.len()];
        for (item, step) in context.iter().rev().take(CONTEXT).zip(1_u8..) {
            weights[item.index()] += 1.0 / f32::from(step);
        }
        let mut counts = vec![0.0; self.catalogue.len()];
        let own = self.own.sessions();
        // The last session is the context itself.
        let own = &own[..own.len().saturating_sub(1)];
        for session in self.visitors.iter().flatten().chain(own) {
            for (at, item) in session.iter().enumerate().filter(|(_, item)| weights[item.index()] > 0.0) {
                let weight = weights[item.index()];
                let after = session[at + 1..].iter().take(NEAR).map(|other| (other, weight));
                let before = session[..at].iter().rev().take(NEAR).map(|other| (other, 0.5 * weight));
                after.chain(before).for_each(|(other, weight)| counts[other.index()] += weight);
            }
        }
        context.iter().for_each(|item| counts[item.index()] = 0.0);
        let sum = counts.iter().sum();
        (counts, sum)
    }
}
