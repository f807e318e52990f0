//! What is asked.

use serde::Deserialize;

use super::CatalogueItem;
#[cfg(doc)]
use super::{
    Browsed, Explained, HistoryEvaluation, HistoryPage, HistoryProgress, Imported, Opened, OwnEvaluation,
    Recommendations, Refound, Shelves, Similar, Summary,
};
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
