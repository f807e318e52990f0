//! What somebody viewed, in order: events, histories, and the readers that make them from files.
//!
//! [`read`] takes files as they are (CSV, JSON, JSON Lines, plain sequences: the content decides which) and gives one
//! [`History`] per user, and a [`Report`] of everything that was left out and why.
//!
//! # Rules
//! - **Order.** A user's events are sorted by time, stably: equal times, and events without times, keep the order of
//!   the source. An event that repeats the one before it (same item, kind and moment) is left out; every other repeat is
//!   a revisit and stays.
//! - **Times.** ISO 8601 (UTC where there is no offset), or numbers in one unit a file, told by the magnitude of their median.
//!   A file in which no row has a time is read in the order of its rows; otherwise a row without one is left out, and so
//!   is one before 1970 or after 2100.
//! - **Users.** A file that names none is one person's history. A bare list of items (a line of a sequences file, an
//!   array in JSON) is a session of a user of its own, named `session 1`, `session 2`, ….
//! - **Sessions.** As [`SessionRule`] says.

mod assemble;
mod columns;
mod csv;
mod decode;
mod detect;
mod draft;
mod iso8601;
mod json;
mod report;
mod sequences;
pub(crate) mod text;
mod time;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

pub use self::detect::Format;
pub use self::report::{Dropped, Reason, Report};
use crate::error::{Error, Result};

/// One view of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The item's id, as the file or the site spells it; events of one log share it.
    pub item: Arc<str>,
    /// When, in milliseconds since 1970 (UTC); `None` where the source has order but no times.
    pub time: Option<i64>,
    /// What was done (`view`, `buy`, …), where the source says.
    pub kind: Option<Arc<str>>,
}

/// One person's sessions: events in chronological order, ties in the order of the source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    /// The person's id in the source; empty where the source names nobody.
    pub user: String,
    /// Sessions, oldest first; within one, events oldest first.
    pub sessions: Vec<Vec<Event>>,
}

impl History {
    /// All events, session by session.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.sessions.iter().flatten()
    }
}

/// What files hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Log {
    /// One history per user, in order of first appearance.
    pub histories: Vec<History>,
    /// What the files say about items, whether or not an event names them.
    pub texts: Vec<ItemText>,
    /// What was read, and what was left out.
    pub report: Report,
}

impl Log {
    /// The titles that the files give, by id.
    #[must_use]
    pub fn titles(&self) -> HashMap<&str, &str> {
        self.texts.iter().filter_map(|text| Some((text.item.as_str(), text.title.as_deref()?))).collect()
    }
}

/// What a file says about an item. Plain text, never markup; control and direction-override characters are taken out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ItemText {
    /// The item's id.
    pub item: String,
    /// Its name.
    pub title: Option<String>,
    /// A line under the title: an author, a brand, or all genres.
    pub detail: Option<String>,
    /// The group it belongs to: its first genre.
    pub topic: Option<String>,
}

/// A file to read.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The file's name, for messages; its ending is a hint, its content decides.
    pub name: &'a str,
    /// Its content.
    pub bytes: &'a [u8],
}

/// How events become sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionRule {
    /// The source's own session ids where it has them; otherwise a new session after a pause of more than this many
    /// milliseconds. Events without times stay together.
    Gap(i64),
    /// One session a user.
    User,
}

impl Default for SessionRule {
    fn default() -> Self {
        Self::Gap(30 * 60 * 1000)
    }
}

/// How to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOptions {
    /// In a log of several users, leaves out those with fewer events than this. 0 keeps all, and one person's own
    /// history is never filtered.
    pub min_events: usize,
    /// Spares bare lists of items from `min_events`: they are sessions, not people. Off by default.
    pub spare_bare_sessions: bool,
    /// How events become sessions: by default, a pause of 30 minutes starts a new one.
    pub sessions: SessionRule,
    /// The format of every source; `None`: told by the content.
    pub format: Option<Format>,
    /// Refuses more than this many bytes in all before anything is parsed: by default 128 MiB.
    pub max_bytes: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            min_events: 0,
            spare_bare_sessions: false,
            sessions: SessionRule::default(),
            format: None,
            max_bytes: 128 << 20,
        }
    }
}

/// Reads files into histories: several together where one has the events and another the titles (`MovieLens`:
/// `ratings.csv` and `movies.csv`).
pub fn read(sources: &[Source<'_>], options: &ReadOptions) -> Result<Log> {
    refuse_too_large(sources, options.max_bytes)?;
    let mut draft = draft::Draft::default();
    for source in sources {
        let text = decode::decode(source, &mut draft.report)?;
        match options.format.unwrap_or_else(|| detect::detect(source.name, &text)) {
            Format::Csv => csv::read(source.name, &text, &mut draft)?,
            Format::Json => json::read(source.name, &text, &mut draft)?,
            Format::JsonLines => json::read_lines(&text, &mut draft),
            Format::Sequences => sequences::read(&text, &mut draft),
        }
        draft.finish_source(source.name);
    }
    assemble::assemble(draft, sources, options)
}

fn refuse_too_large(sources: &[Source<'_>], limit: usize) -> Result<()> {
    let size = sources.iter().map(|source| source.bytes.len()).sum();
    if size <= limit {
        return Ok(());
    }
    Err(Error::TooLarge {
        what: names(sources),
        size: text::size(size),
        limit: text::size(limit),
        remedy: "Choose a shorter period or fewer users; the command line reads larger logs.".into(),
    })
}

fn names(sources: &[Source<'_>]) -> String {
    match sources {
        [] => "The selection".into(),
        [source] => source.name.into(),
        _ => {
            let names: Vec<_> = sources.iter().map(|source| source.name).collect();
            format!("The selection ({})", names.join(" and "))
        }
    }
}
