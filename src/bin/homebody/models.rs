//! What can be named on the command line.

use clap::ValueEnum;
use clap::builder::PossibleValue;
use homebody::baseline::{
    Baseline, BprMf, ContentKnn, ItemKnn, Markov, Popularity, RecentPopularity, SequentialRules, SessionRecency, VsKnn,
};
use homebody::sequences::Dated;
use homebody::training::ModelKind;

/// The default of `evaluate` and `train`, and the trained one of `compare`.
pub(crate) const DEFAULT: &str = "gru-attention";

/// A row of the table: another model is another line here.
static MODELS: &[ModelName] = &[
    trained(DEFAULT, "The attention preset: GRU, additive attention, GRU", ModelKind::GruAttention),
    trained("gru", "One GRU", ModelKind::Gru),
    trained("lstm", "One LSTM", ModelKind::Lstm),
    trained("transformer", "A causal Transformer", ModelKind::Transformer),
    trained("bert", "A bidirectional Transformer that names hidden items", ModelKind::Bert),
    trained("skip-gram", "Item vectors alone", ModelKind::SkipGram),
    trained("glove", "Item vectors alone, from co-occurrence counts", ModelKind::Glove),
    counted("popularity", "What is viewed most", |on| Some(Box::new(Popularity::new(&on.known.sequences)))),
    counted("recent-popularity", "What was viewed most lately", |on| {
        Some(Box::new(RecentPopularity::new(on.known.sequences.items, &on.known.oldest_first())))
    }),
    counted("session-recency", "The context from its end, then popularity", |on| {
        Some(Box::new(SessionRecency::new(&on.known.sequences)))
    }),
    counted("markov", "What followed the last item", |on| Some(Box::new(Markov::new(&on.known.sequences)))),
    counted("sequential-rules", "What came up to ten steps after the last item", |on| {
        Some(Box::new(SequentialRules::new(&on.known.sequences)))
    }),
    counted("vsknn", "What similar sessions hold", |on| Some(Box::new(VsKnn::new(&on.known.sequences)))),
    counted("item-knn", "Items of the same sessions", |on| Some(Box::new(ItemKnn::new(&on.known.sequences)))),
    ModelName {
        name: "bpr-mf",
        about: "Matrix factorisation, by pairs",
        how: How::Drawn(|on, seed| Box::new(BprMf::new(&on.known.sequences, u64::from(seed)))),
    },
    counted("content-knn", "Items that read alike (BM25); needs titles", |on| {
        ContentKnn::new(on.texts, &on.known.sequences).map(|knn| Box::new(knn) as Box<dyn Baseline>)
    }),
];

/// A model, by its name.
#[derive(Clone, Copy)]
pub(crate) struct ModelName {
    /// Its name on the command line and in reports.
    pub(crate) name: &'static str,
    about: &'static str,
    /// How it comes about.
    pub(crate) how: How,
}

/// How a model comes about.
#[derive(Clone, Copy)]
pub(crate) enum How {
    /// By training.
    Trained(ModelKind),
    /// By training in plain code, with random draws.
    Drawn(fn(&Known, u32) -> Box<dyn Baseline>),
    /// By counting; `None` where the data lacks the titles that it needs.
    Counted(fn(&Known) -> Option<Box<dyn Baseline>>),
}

/// What baselines may know.
pub(crate) struct Known<'a> {
    /// All that is not held out for the test.
    pub(crate) known: &'a Dated,
    /// What is written about each item; empty where nothing is.
    pub(crate) texts: &'a [String],
}

const fn trained(name: &'static str, about: &'static str, kind: ModelKind) -> ModelName {
    ModelName { name, about, how: How::Trained(kind) }
}

const fn counted(name: &'static str, about: &'static str, count: fn(&Known) -> Option<Box<dyn Baseline>>) -> ModelName {
    ModelName { name, about, how: How::Counted(count) }
}

impl ModelName {
    /// All baselines, and the default model.
    pub(crate) fn compared() -> Vec<Self> {
        let is_trained = |model: &Self| matches!(model.how, How::Trained(_));
        let baselines = MODELS.iter().filter(|model| !is_trained(model));
        baselines.chain(MODELS.iter().filter(|model| model.name == DEFAULT)).copied().collect()
    }

    /// The names of what is trained, for messages.
    pub(crate) fn trainable() -> String {
        let names = MODELS.iter().filter(|model| matches!(model.how, How::Trained(_))).map(|model| model.name);
        names.collect::<Vec<_>>().join(", ")
    }
}

impl ValueEnum for ModelName {
    fn value_variants<'a>() -> &'a [Self] {
        MODELS
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name).help(self.about))
    }
}
