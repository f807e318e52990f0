//! What was read, and what was left out and why.

use std::fmt;

use super::text;

/// What was read, and what was left out and why. `rows` is `kept` plus the counts of `dropped`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Rows (or entries of a list) that should hold an event each.
    pub rows: usize,
    /// Events kept.
    pub kept: usize,
    /// What was left out: a reason and a count each, in order of first appearance.
    pub dropped: Vec<Dropped>,
    /// Anything else worth knowing, a sentence each.
    pub notes: Vec<String>,
}

/// Rows left out for one reason. `Display` is the whole sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// Why.
    pub reason: Reason,
    /// How many.
    pub count: usize,
    /// The first of them, as it stands in the file (shortened).
    pub example: String,
}

/// Why a row is left out. `Display` says it in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// More or fewer cells than the header.
    Ragged,
    /// A quotation mark that swallowed many lines.
    OpenQuote,
    /// An empty item.
    NoItem,
    /// An empty user in a log that names users.
    NoUser,
    /// An empty time in a log that has times.
    NoTime,
    /// Neither a number nor ISO 8601.
    UnreadableTime,
    /// A negative time.
    Before1970,
    /// A time that is surely a mistake.
    After2100,
    /// Seconds among milliseconds, or the like.
    OtherUnit,
    /// A broken line of JSON Lines.
    NotJson,
    /// A JSON value that names no item.
    NotAnEvent,
    /// The same item, kind and moment as the event before.
    Repeat,
    /// An event of a user with fewer than [`ReadOptions::min_events`](super::ReadOptions::min_events).
    FewEvents,
}

impl Report {
    /// Counts rows that were left out; the example is only made for the first of its reason.
    pub(super) fn drop_rows(&mut self, reason: Reason, count: usize, example: impl FnOnce() -> String) {
        match self.dropped.iter_mut().find(|dropped| dropped.reason == reason) {
            Some(dropped) => dropped.count += count,
            None => self.dropped.push(Dropped { reason, count, example: text::shorten(&example()).into_owned() }),
        }
    }

    /// The reason that cost most rows.
    pub(super) fn main_reason(&self) -> Option<&Dropped> {
        self.dropped.iter().max_by_key(|dropped| dropped.count)
    }
}

impl Reason {
    /// What to do where this cost too much.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Ragged => "Give every row as many cells as the header, and quote cells that hold the separator.",
            Self::OpenQuote => "Close the quotation mark, or double it inside a quoted cell.",
            Self::NoItem | Self::NoUser => "Fill the column in, or rename it if it holds something else.",
            Self::NoTime => "Fill the times in, or leave their column out: the order of the rows then counts.",
            Self::UnreadableTime => "Write times as 2024-05-01T12:30:00Z, or as seconds or milliseconds since 1970.",
            Self::Before1970 | Self::After2100 | Self::OtherUnit => "Write all times in one unit, counted from 1970.",
            Self::NotJson => "Write one JSON object a line.",
            Self::NotAnEvent => "Write events as {\"item\": \"a\", \"time\": \"2024-05-01T12:30:00Z\"}.",
            Self::Repeat => "Give each view its own time.",
            Self::FewEvents => "Lower the minimum number of events per user, or choose a longer log.",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ragged => "the row has more or fewer cells than the header",
            Self::OpenQuote => "the row runs over many lines: a quotation mark is never closed",
            Self::NoItem => "the item is empty",
            Self::NoUser => "the user is empty",
            Self::NoTime => "the time is empty, though other rows have one",
            Self::UnreadableTime => "the time is neither a number nor an ISO 8601 date",
            Self::Before1970 => "the time is negative or before 1970",
            Self::After2100 => "the time is after the year 2100",
            Self::OtherUnit => "the time is in another unit than the file's other times",
            Self::NotJson => "the line is not JSON",
            Self::NotAnEvent => "the entry names no item",
            Self::Repeat => "it repeats the event before it: the same item at the same moment",
            Self::FewEvents => "the user has fewer events than the minimum",
        })
    }
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} left out because {} (the first: {})", self.count, self.reason, self.example)
    }
}
