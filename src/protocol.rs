//! What the page may ask of the two workers, and what they answer: one discriminated union each way.
//! `pkg/protocol.d.ts` is its twin on the other side.
//!
//! Plain data only. A request names its `type`; an unknown type or field is an error, never ignored.

mod own;

use serde::{Deserialize, Serialize};

pub use self::own::{
    HistoryEvaluation, HistoryProgress, PredictorRow, Reason, Refound, Shelf, ShelfItem, Shelves, Verdict,
};
pub use crate::catalogue::Item as CatalogueItem;
use crate::ranking::RepeatPolicy;
use crate::training::TrainingOptions;

/// A file handed to `Import`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedFile {
    /// The file's name: its ending is a hint, its content decides.
    pub name: String,
    /// Its content.
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

/// Whose events an imported log's are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Who {
    /// Not said: a log of several users is answered by the list of them.
    Unknown,
    /// This user of the log is the visitor; the others are other visitors.
    User {
        /// The user's id in the file.
        user: String,
    },
    /// Nobody in the log is the visitor, who starts with an empty history.
    Nobody,
}

/// What to forget.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Forget {
    /// Every event of one item.
    Item {
        /// The item's id.
        item: String,
    },
    /// Every event before a time, in milliseconds since 1970.
    Before {
        /// The time.
        time: f64,
    },
    /// History, other visitors and what was learned of them, and a catalogue that came with them. The site's own catalogue and base model stay.
    All,
}

/// What to rank.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Wish {
    /// How many.
    pub k: u32,
    /// May an item of the history come again?
    pub repeats: RepeatPolicy,
    /// Ids never to recommend.
    pub exclude: Vec<String>,
    /// 0 to 1: what being unlike those above counts beside being likely.
    pub diversity: f32,
    /// Ids that stand after the current session for this answer.
    pub context: Vec<String>,
}

/// A change of the catalogue. Ids that it lacks are left out.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Change {
    /// Ids that are gone.
    pub remove: Vec<String>,
    /// Ids not to be shown.
    pub hide: Vec<String>,
    /// Ids to be shown again.
    pub show: Vec<String>,
    /// Ids to stand first.
    pub pin: Vec<String>,
    /// Ids to stand first no longer.
    pub unpin: Vec<String>,
}

/// A part of Home's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The items; without them, those that the other parts need.
    Catalogue,
    /// The visitor's events.
    History,
    /// The other visitors' events.
    Visitors,
    /// The model in use.
    Model,
}

/// A request to the Home worker. The items of a catalogue, of which there may be many, come beside it: a tagged union would hold them twice.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum HomeRequest {
    /// Replaces the catalogue by the items that come with the request; history, other visitors and model stay. Answer: [`Summary`].
    Catalogue,
    /// Changes the catalogue: items that come with the request are added, or put in place of those of the same id. Answer: [`Summary`].
    ChangeCatalogue(Change),
    /// Uses a base model, or none any more. Answer: [`Summary`].
    Base {
        /// The file that `homebody train` wrote.
        #[serde(default)]
        model: Option<serde_bytes::ByteBuf>,
    },
    /// Simulates other visitors of the catalogue (its topics drive the simulator). Answer: [`Summary`].
    Simulate {
        /// The simulator's seed.
        seed: u32,
        /// How many visitors.
        visitors: u32,
    },
    /// Reads files into catalogue, history and other visitors; on an error nothing changes. Answer: [`Imported`].
    Import {
        /// The files (`MovieLens`: `ratings.csv` and `movies.csv` together).
        files: Vec<NamedFile>,
        /// Whose events they are.
        who: Who,
    },
    /// Adds an event to the history. Answer: [`Summary`].
    Record {
        /// The item's id.
        item: String,
        /// When, in milliseconds since 1970; absent, it follows the last event.
        #[serde(default)]
        time: Option<f64>,
        /// What was done.
        #[serde(default)]
        kind: Option<String>,
    },
    /// Ranks what comes next. Answer: [`Recommendations`].
    Recommend(Wish),
    /// The items nearest to one. Answer: [`Similar`].
    Similar {
        /// The item's id.
        item: String,
        /// How many.
        k: u32,
    },
    /// Why an item is ranked where it is. Answer: [`Explained`].
    Explain {
        /// The item's id.
        item: String,
        /// What it would have to fall out of: the first `k`.
        k: u32,
        /// Are items of the history ranked, too?
        repeats: RepeatPolicy,
    },
    /// A page of the catalogue. Answer: [`Browsed`].
    Browse {
        /// Keeps titles that contain this, whatever the case.
        #[serde(default)]
        query: String,
        /// Keeps one topic.
        #[serde(default)]
        topic: Option<String>,
        /// Where to start.
        offset: u32,
        /// How many.
        limit: u32,
    },
    /// The history, newest first. Answer: [`HistoryPage`].
    History {
        /// Where to start.
        offset: u32,
        /// How many.
        limit: u32,
    },
    /// Forgets. A model that learned from what is forgotten is dropped with it. Answer: [`Summary`].
    Forget {
        /// What.
        what: Forget,
    },
    /// What is held. Answer: [`Summary`].
    Summary,
    /// Prepared data for the Trainer. Answer: bytes.
    Job {
        /// How to train.
        options: TrainingOptions,
        /// Go on from the model in use with what is new, instead of training anew?
        #[serde(default)]
        update: bool,
        /// Only the first events of the history, for a training that was interrupted; all without it.
        #[serde(default)]
        events: Option<u32>,
    },
    /// Takes the model that the Trainer sent. Answer: [`Summary`].
    Adopt {
        /// The model file.
        #[serde(with = "serde_bytes")]
        model: Vec<u8>,
    },
    /// How well the model predicts the visitor's own later events. Answer: [`OwnEvaluation`].
    Evaluation,
    /// Goes on learning the visitor's own history as a closed world (predicting each visit first), for about this long. `Shelves`,
    /// `Refind` and `HistoryEvaluation` learn what is left themselves; this lets a page show how far it is. Answer: [`HistoryProgress`].
    LearnHistory {
        /// Milliseconds.
        budget: f64,
    },
    /// The four shelves of the visitor's own history. Answer: [`Shelves`].
    Shelves {
        /// The moment of the request, in milliseconds since 1970.
        now: f64,
        /// Items, or trails, a shelf at most.
        k: u32,
        /// Ids never to show.
        #[serde(default)]
        exclude: Vec<String>,
        /// What the shelf New may choose from: unopened bookmarks, a feed, a catalogue. Items of the history are left out.
        #[serde(default)]
        pool: Vec<CatalogueItem>,
    },
    /// Items of the history by words of their titles, whole or begun or misspelt, the likeliest to be meant first. Answer: [`Refound`].
    Refind {
        /// The words.
        query: String,
        /// The moment of the request, in milliseconds since 1970.
        now: f64,
        /// How many.
        k: u32,
        /// Only items visited since this moment.
        #[serde(default)]
        from: Option<f64>,
        /// Only items visited before this moment.
        #[serde(default)]
        to: Option<f64>,
    },
    /// How well each predictor, the mixture and the shelves first, told the later half of the visitor's own history. Answer:
    /// [`HistoryEvaluation`].
    HistoryEvaluation,
    /// The CPU's answer to the GPU self-test. Answer: an array of numbers.
    Reference,
    /// Home's state, to be kept or carried away. Answer: bytes.
    Save {
        /// What of it; without, all that the site does not hand over again at the next visit.
        #[serde(default)]
        parts: Option<Vec<Part>>,
    },
    /// Takes back what `Save` gave. Answer: [`Summary`].
    Restore {
        /// The saved bytes.
        #[serde(with = "serde_bytes")]
        state: Vec<u8>,
    },
}

/// A request to the Trainer worker.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum TrainerRequest {
    /// Opens the artifact's device; with `reference`, runs the self-test against it. Answer: [`Opened`].
    Open {
        /// Home's answer to `Reference`; absent on the CPU.
        #[serde(default)]
        reference: Option<Vec<f32>>,
    },
    /// Starts or, with a checkpoint, resumes. Answer: [`Progress`](crate::training::Progress).
    Start {
        /// Home's answer to `Job`.
        #[serde(with = "serde_bytes")]
        job: Vec<u8>,
        /// Where an earlier Trainer was.
        #[serde(default)]
        checkpoint: Option<serde_bytes::ByteBuf>,
    },
    /// Trains for about this long. Answer: [`Progress`](crate::training::Progress).
    Advance {
        /// Milliseconds.
        budget: f64,
    },
    /// Times a few steps of the training, which does not move. Answer: [`Speed`](crate::training::Speed).
    Speed {
        /// Milliseconds.
        budget: f64,
    },
    /// Everything a new Trainer needs to go on. Answer: bytes.
    Checkpoint,
    /// The model with the best weights so far. Answer: bytes.
    Model,
}

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
