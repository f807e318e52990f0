//! The crate's one error: each variant says what went wrong and what to do about it.

/// Shorthand used throughout the crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong. `Display` gives cause and remedy in one or two sentences; [`Error::code`] is stable for programs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or a table that holds no event.
    #[error("{what} holds no events. {remedy}")]
    Empty {
        /// What was read, in the user's words.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// Text or bytes that could not be understood.
    #[error("{what}: {cause}. {remedy}")]
    Format {
        /// The file or part, with a line number where there is one.
        what: String,
        /// What is wrong with it.
        cause: String,
        /// What to do.
        remedy: String,
    },
    /// More than this build accepts.
    #[error("{what} is {size}, over the limit of {limit}. {remedy}")]
    TooLarge {
        /// What is too large.
        what: String,
        /// Its size, with unit.
        size: String,
        /// The limit, with unit.
        limit: String,
        /// What to do.
        remedy: String,
    },
    /// An item id that the catalogue does not hold.
    #[error("The catalogue has no item {id:?}. Use an id from the catalogue, or add the item first.")]
    UnknownItem {
        /// The id asked for.
        id: String,
    },
    /// A setting outside its legal range.
    #[error("{name} = {value} is not usable: {legal}")]
    Config {
        /// The setting's name.
        name: String,
        /// The value given.
        value: String,
        /// The legal range, as a sentence.
        legal: String,
    },
    /// Too little data for what was asked.
    #[error("{what} needs {needed}, and there is {have}. {remedy}")]
    TooLittle {
        /// What was asked.
        what: String,
        /// What it needs.
        needed: String,
        /// What there is.
        have: String,
        /// What to do.
        remedy: String,
    },
    /// A loss that is not a number any more.
    #[error(
        "Training diverged at step {step}: the loss is {loss}. Lower the learning rate; the last good model was kept."
    )]
    Diverged {
        /// The step at which it was seen.
        step: usize,
        /// The loss, as text (it is not comparable).
        loss: String,
    },
    /// The compute device failed, is missing, or gave wrong results.
    #[error("{device}: {cause}. {remedy}")]
    Device {
        /// Which device.
        device: String,
        /// What happened.
        cause: String,
        /// What to do.
        remedy: String,
    },
    /// A model or checkpoint file that is torn, foreign or newer than this build.
    #[error("This is not a usable homebody file: {cause}. {remedy}")]
    Checkpoint {
        /// What is wrong with it.
        cause: String,
        /// What to do.
        remedy: String,
    },
    /// Reading or writing a file failed (command line only).
    #[error("{path}: {cause}")]
    Io {
        /// The file.
        path: String,
        /// The system's reason.
        cause: String,
    },
}

impl Error {
    /// What to do, where the error holds it apart.
    #[must_use]
    pub fn remedy(&self) -> &str {
        match self {
            Self::Empty { remedy, .. }
            | Self::Format { remedy, .. }
            | Self::TooLarge { remedy, .. }
            | Self::TooLittle { remedy, .. }
            | Self::Device { remedy, .. }
            | Self::Checkpoint { remedy, .. } => remedy,
            Self::UnknownItem { .. } => "Use an id from the catalogue, or add the item first.",
            Self::Config { legal, .. } => legal,
            Self::Diverged { .. } => "Lower the learning rate.",
            Self::Io { .. } => "",
        }
    }

    /// A stable, kebab-case name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "empty",
            Self::Format { .. } => "format",
            Self::TooLarge { .. } => "too-large",
            Self::UnknownItem { .. } => "unknown-item",
            Self::Config { .. } => "config",
            Self::TooLittle { .. } => "too-little",
            Self::Diverged { .. } => "diverged",
            Self::Device { .. } => "device",
            Self::Checkpoint { .. } => "checkpoint",
            Self::Io { .. } => "io",
        }
    }
}
