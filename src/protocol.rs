//! What the page may ask of the two workers, and what they answer: one discriminated union each way.
//! `pkg/protocol.d.ts` is its twin on the other side.
//!
//! Plain data only. A request names its `type`; an unknown type or field is an error, never ignored.

mod answer;
mod own;
mod request;

pub use self::answer::{
    Attended, Browsed, Counterfactual, DroppedRows, Explained, HistoryEvent, HistoryPage, ImportReport, Imported,
    ModelSummary, Opened, OwnEvaluation, OwnRow, Push, Recommendation, Recommendations, Similar, SimilarItem, Summary,
    UserCount,
};
pub use self::own::{
    HistoryEvaluation, HistoryProgress, PredictorRow, Reason, Refound, Shelf, ShelfItem, Shelves, Verdict,
};
pub use self::request::{Change, Forget, HomeRequest, NamedFile, Part, TrainerRequest, Who, Wish};
pub use crate::catalogue::Item as CatalogueItem;
