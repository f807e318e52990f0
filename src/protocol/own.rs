//! Answers about one's own history as a closed world.

use serde::Serialize;

use super::CatalogueItem;

/// How much of the visitor's own history has been learned as a closed world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct HistoryProgress {
    /// Events learned.
    pub learned: usize,
    /// Events there are.
    pub of: usize,
}

/// The shelves of one's own history.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shelves {
    /// What the visitor is likely to return to now.
    pub next: Shelf,
    /// Not visited for 14 days and more, and relevant now.
    pub rediscover: Shelf,
    /// Trails of research that stopped.
    pub unfinished: Shelf,
    /// From the pool; empty without one.
    pub new: Shelf,
}

/// A shelf, and what it has been worth so far.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shelf {
    /// Best first. For Unfinished: the items of one trail follow each other.
    pub items: Vec<ShelfItem>,
    /// The probability that the visitor's next visit is among `items`, from past shelves (Next only).
    pub confidence: Option<f32>,
    /// Does the shelf keep silent, because nothing on it is likely enough? `items` are there all the same.
    pub abstains: bool,
    /// How it did on the visitor's own later events.
    pub verdict: Verdict,
}

/// An item on a shelf.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShelfItem {
    /// The item.
    pub item: CatalogueItem,
    /// Next: the calibrated probability that it is the next visit. Else: a score, 0..1, larger is better.
    pub score: f32,
    /// Visits so far.
    pub visits: usize,
    /// The last one, in milliseconds since 1970.
    pub last_visit: Option<f64>,
    /// Unfinished: the number of its trail on this shelf, from 0.
    pub trail: Option<usize>,
    /// Why, the strongest reason first, 3 at most.
    pub reasons: Vec<Reason>,
}

/// A reason: a kind, and what a sentence about it needs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// `after`: it often follows `item`. `habit`: it is often visited about this time of the day or week. `often`: it is among the most visited.
    /// `recent`: it was visited a short while ago. `rhythm`: it comes back about every `hours`. `together`: it is often visited in the same
    /// sittings as `item`. `site`: it is of a site that is visited a lot now. `words`: its title shares `words` with what is visited now.
    /// `trail`: `times` pages were read in `sittings` sittings, and then no more.
    pub kind: &'static str,
    /// The item that the reason is about.
    pub item: Option<CatalogueItem>,
    /// How often it happened.
    pub times: Option<usize>,
    /// Of how many times; for `trail`, in how many sittings.
    pub of: Option<usize>,
    /// `rhythm`: the usual pause in hours.
    pub hours: Option<f32>,
    /// `words`: the words.
    pub words: Vec<String>,
    /// Counterfactual (Next only): the place on the list, from 1, that the item would have without this.
    pub place_without: Option<usize>,
}

/// How a shelf did on the visitor's own later events: each was predicted, then learned.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "status", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Verdict {
    /// Fewer than 100 test events, or nothing to choose from: no figure is shown.
    TooLittle {
        /// Test events so far.
        events: usize,
        /// How many it takes.
        needed: usize,
    },
    /// Enough to tell.
    Measured {
        /// Test events.
        events: usize,
        /// Share of them that were among the shelf's first 10, and the bounds of its 95% interval (bootstrap by day). Unfinished: events are
        /// the first 3 trails of each day, where there were more; a hit went on within 7 days (bootstrap by week). New: pages of the pool that
        /// were opened since.
        hit_rate: [f64; 3],
        /// The best simple predictor of the same.
        baseline: String,
        /// Its share.
        baseline_hit_rate: [f64; 3],
        /// The shelf's share less the baseline's, and the bounds of its 95% interval. Where the lower bound is not above 0, "your
        /// most-visited list is as good".
        gain: [f64; 3],
    },
}

/// Answer to `Refind`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Refound {
    /// Likeliest first.
    pub items: Vec<ShelfItem>,
    /// How many match in all.
    pub total: usize,
}

/// Answer to `HistoryEvaluation`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "status", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum HistoryEvaluation {
    /// Fewer than 100 test events: no figure is shown.
    TooLittle {
        /// Test events so far.
        events: usize,
        /// How many it takes.
        needed: usize,
    },
    /// Enough to tell.
    Measured {
        /// Test events.
        events: usize,
        /// Share of them that were visits of something never visited before: misses for every row.
        novel: f64,
        /// The mixture first, then the simple predictors.
        rows: Vec<PredictorRow>,
    },
}

/// One predictor's row.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PredictorRow {
    /// Its name.
    pub model: String,
    /// Share of events in its top 5, and the bounds of the 95% interval.
    pub hit_rate5: [f64; 3],
    /// Share of events in its top 10, and the bounds of the 95% interval.
    pub hit_rate10: [f64; 3],
    /// Mean reciprocal rank within the top 10, and the bounds of the 95% interval.
    pub mrr10: [f64; 3],
    /// Hit rate at 10 of the visits that start a sitting; `None` where there are none.
    pub starts: Option<f64>,
    /// Of those inside a sitting.
    pub inside: Option<f64>,
    /// Of those of something that was not visited for 7 days.
    pub gap: Option<f64>,
    /// Expected calibration error of the first place's probability (the mixture only).
    pub ece: Option<f64>,
}
