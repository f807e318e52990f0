//! What is answered.

use serde::Serialize;

use super::CatalogueItem;

/// What Home holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Items in the catalogue.
    pub items: usize,
    /// Events in the visitor's history.
    pub events: usize,
    /// Different items in it.
    pub distinct: usize,
    /// Other visitors.
    pub visitors: usize,
    /// Their sessions.
    pub sessions: usize,
    /// Their events.
    pub visitor_events: usize,
    /// Are the other visitors simulated?
    pub simulated: bool,
    /// Changes whenever the catalogue does.
    pub catalogue_revision: u32,
    /// The model in use, if one was trained.
    pub model: Option<ModelSummary>,
}

/// The model in use.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelSummary {
    /// `gru`, `gru-attention`, `skip-gram` or `glove`.
    pub name: String,
    /// The visitor's events that it learned from; 0 for a base model.
    pub trained_events: usize,
    /// Is it the site's base model?
    pub base: bool,
    /// Is the base model adapted to the visitor just now?
    pub adapted: bool,
    /// What the adapter gains on the visitor's own events, in nats an event: each is predicted, then learned.
    pub adapter_gain: f32,
    /// Of how many events.
    pub adapter_events: usize,
}

/// The outcome of an import.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "status", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Imported {
    /// The file holds several users: ask which one "you" are, and import again. Nothing changed yet.
    Who {
        /// Users with the most events first, 50 at most.
        users: Vec<UserCount>,
        /// How many users there are.
        total: usize,
        /// What was read and what was left out.
        report: ImportReport,
    },
    /// Taken over.
    Done {
        /// What Home holds now.
        summary: Summary,
        /// What was read and what was left out.
        report: ImportReport,
    },
}

/// A user of an imported log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserCount {
    /// The id in the file.
    pub user: String,
    /// Events.
    pub events: usize,
}

/// What was read, and what was left out and why.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ImportReport {
    /// Rows seen.
    pub rows: usize,
    /// Events kept.
    pub kept: usize,
    /// What was left out: a count and a reason each.
    pub dropped: Vec<DroppedRows>,
    /// Anything else worth knowing, a sentence each.
    pub notes: Vec<String>,
}

/// Rows left out for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DroppedRows {
    /// Why.
    pub reason: String,
    /// How many.
    pub count: usize,
    /// The first of them, as it stands in the file (shortened).
    pub example: String,
}

/// What is ranked next.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recommendations {
    /// What ranked them: a model's name; without one, `together` (what is viewed together, and texts), `content` (texts alone), `popularity`, or
    /// `none` where there is nothing to rank by.
    pub by: String,
    /// Best first.
    pub items: Vec<Recommendation>,
}

/// One recommendation and its reason.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recommendation {
    /// The item.
    pub item: CatalogueItem,
    /// The probability of it being next, over the whole catalogue: the model's, and early in a session popularity's with it; for
    /// popularity alone, its share of all views.
    pub probability: f32,
    /// Is it in the history already?
    pub seen: bool,
    /// Does it stand here because the site pinned it?
    pub pinned: bool,
    /// The items of the history that the model attended to most, largest weight first, 3 at most (none for models without attention).
    pub attended: Vec<Attended>,
    /// The item whose removal would lower this one most against its rivals; `None`: no single item explains this, or popularity
    /// carries it.
    pub because: Option<Counterfactual>,
}

/// An item of the history and how much the model looked at it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Attended {
    /// The item.
    pub item: CatalogueItem,
    /// Attention weight, 0..1, summed over its views.
    pub weight: f32,
}

/// The history item that a recommendation rests on most.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Counterfactual {
    /// The item.
    pub item: CatalogueItem,
    /// By how much the log-odds of the recommendation would fall without it.
    pub drop: f32,
}

/// Answer to `Explain`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explained {
    /// The item.
    pub item: CatalogueItem,
    /// What each item of the session adds to this one, largest first; empty for models without an encoder.
    pub pushes: Vec<Push>,
    /// The few items of the session without which this one would not be among the first `k`; empty where it would be, whichever few are
    /// taken away.
    pub needs: Vec<CatalogueItem>,
}

/// An item of the history and what it adds to another's score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Push {
    /// The item.
    pub item: CatalogueItem,
    /// Log-odds that it adds, in nats, against an average item in its place (integrated gradients, summed over its views).
    pub nats: f32,
}

/// Answer to `Similar`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Similar {
    /// Nearest first.
    pub items: Vec<SimilarItem>,
}

/// An item and its cosine similarity.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SimilarItem {
    /// The item.
    pub item: CatalogueItem,
    /// Cosine, -1..1.
    pub cosine: f32,
}

/// A page of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Browsed {
    /// The items of this page.
    pub items: Vec<CatalogueItem>,
    /// How many match in all.
    pub total: usize,
    /// All topics of the catalogue, in its order.
    pub topics: Vec<String>,
}

/// A page of the history, newest first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HistoryPage {
    /// The events of this page.
    pub events: Vec<HistoryEvent>,
    /// How many there are in all.
    pub total: usize,
}

/// One event of the history.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HistoryEvent {
    /// The item.
    pub item: CatalogueItem,
    /// When, in milliseconds since 1970, where it is known.
    pub time: Option<f64>,
    /// What was done, where it is known.
    pub kind: Option<String>,
}

/// Hit rates on the visitor's own later events (predict each, then learn it).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "status", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum OwnEvaluation {
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
        /// The model first, then the simple predictors.
        rows: Vec<OwnRow>,
    },
}

/// One predictor's row.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnRow {
    /// Its name.
    pub model: String,
    /// Share of events found in the top 10, and the bounds of its 95% interval.
    pub hit_rate: [f64; 3],
    /// Mean reciprocal rank within the top 10.
    pub mrr: f64,
}

/// A Trainer that is ready.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Opened {
    /// `cpu` or `webgpu`.
    pub device: String,
    /// Largest difference of the self-test to the CPU, relative to the largest value; `None` on the CPU.
    pub deviation: Option<f32>,
}
