//! What the readers have collected so far: ids as numbers, times not yet in order.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::ItemText;
use super::report::{Reason, Report};
use super::text;
use super::time::{Stamp, Unit};

/// Names to consecutive numbers and back: millions of events name far fewer items.
#[derive(Debug, Default)]
pub(super) struct Interner {
    numbers: HashMap<Arc<str>, u32>,
    names: Vec<Arc<str>>,
}

impl Interner {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.names.len() as u32;
        let name: Arc<str> = name.into();
        self.names.push(Arc::clone(&name));
        self.numbers.insert(name, number);
        number
    }

    pub(super) fn name(&self, number: u32) -> &Arc<str> {
        &self.names[number as usize]
    }
}

/// An event as a reader finds it; an empty part is one that the source lacks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) user: &'a str,
    pub(super) item: &'a str,
    pub(super) session: &'a str,
    pub(super) kind: &'a str,
    pub(super) time: Stamp,
}

/// A [`Row`] with its names as numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct DraftEvent {
    pub(super) user: u32,
    pub(super) item: u32,
    pub(super) session: u32,
    pub(super) kind: u32,
    pub(super) time: Stamp,
}

/// Everything read so far.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) events: Vec<DraftEvent>,
    pub(super) users: Interner,
    pub(super) items: Interner,
    pub(super) sessions: Interner,
    pub(super) kinds: Interner,
    pub(super) report: Report,
    /// Events of the source being read: the unit of their times is not known before its end.
    pending: Vec<DraftEvent>,
    /// Users that stand for bare lists of items.
    pub(super) bare_sessions: HashSet<u32>,
    texts: Vec<ItemText>,
    text_of_item: HashMap<u32, usize>,
    cleaned_texts: usize,
}

impl Draft {
    pub(super) fn push(&mut self, row: &Row<'_>) {
        self.report.rows += 1;
        self.pending.push(DraftEvent {
            user: self.users.number(row.user),
            item: self.items.number(row.item),
            session: self.sessions.number(row.session),
            kind: self.kinds.number(row.kind),
            time: row.time,
        });
    }

    /// A row, or a row's worth of lines, that gives no event.
    pub(super) fn drop_rows(&mut self, reason: Reason, count: usize, example: impl FnOnce() -> String) {
        self.report.rows += count;
        self.report.drop_rows(reason, count, example);
    }

    /// A list of items without user or time: a session of a user of its own.
    pub(super) fn push_session<'a>(&mut self, items: impl IntoIterator<Item = &'a str>) {
        let user = format!("session {}", self.bare_sessions.len() + 1);
        self.bare_sessions.insert(self.users.number(&user));
        for item in items {
            self.push(&Row { user: &user, item, session: "", kind: "", time: Stamp::Missing });
        }
    }

    /// Takes what a row says about an item; what an earlier row said stays. Genres are separated by `|`.
    pub(super) fn describe(&mut self, item: &str, title: &str, detail: &str, genres: &str) {
        let number = self.items.number(item);
        let at = *self.text_of_item.entry(number).or_insert_with(|| {
            self.texts.push(ItemText { item: item.into(), ..ItemText::default() });
            self.texts.len() - 1
        });
        let text = &mut self.texts[at];
        let cleaned = &mut self.cleaned_texts;
        fill(&mut text.title, title, cleaned);
        fill(&mut text.detail, detail, cleaned);
        if text.topic.is_none() {
            let genres: Vec<&str> = genres
                .split('|')
                .map(str::trim)
                .filter(|genre| !genre.is_empty() && *genre != "(no genres listed)")
                .collect();
            fill(&mut text.topic, genres.first().unwrap_or(&""), cleaned);
            fill(&mut text.detail, &genres.join(", "), cleaned);
        }
    }

    /// Settles the times of the source that was read.
    pub(super) fn finish_source(&mut self, name: &str) {
        let mut events = std::mem::take(&mut self.pending);
        if events.iter().any(|event| event.time != Stamp::Missing) {
            self.settle_times(&mut events, name);
        } else if !events.is_empty() {
            self.note(name, "there are no times, so events keep the order of the file.");
        }
        if self.events.is_empty() {
            self.events = events;
        } else {
            self.events.append(&mut events);
        }
    }

    pub(super) fn note(&mut self, name: &str, what: &str) {
        self.report.notes.push(format!("{name}: {what}"));
    }

    /// The texts in order of first appearance.
    pub(super) fn take_texts(&mut self) -> Vec<ItemText> {
        if self.cleaned_texts > 0 {
            self.report.notes.push(format!(
                "Titles or details changed: {} (control characters and direction overrides taken out, or cut to 300 characters).",
                self.cleaned_texts
            ));
        }
        std::mem::take(&mut self.texts)
    }

    fn settle_times(&mut self, events: &mut Vec<DraftEvent>, name: &str) {
        let unit = Unit::of_file(events.iter().map(|event| event.time));
        let (items, report) = (&self.items, &mut self.report);
        events.retain_mut(|event| match event.time.settle(unit) {
            Ok(millis) => {
                event.time = Stamp::Millis(millis);
                true
            }
            Err(reason) => {
                report.drop_rows(reason, 1, || format!("item {}, time {}", items.name(event.item), event.time));
                false
            }
        });
        if matches!(unit, Unit::Micros | Unit::Nanos) {
            self.note(name, &format!("times were read as {}.", unit.name()));
        }
        if !events.is_empty() && events.iter().all(|event| event.time.is_before_1990()) {
            self.note(
                name,
                "all times lie before 1990: if they count something else than time, so do the pauses between sessions.",
            );
        }
    }
}

fn fill(slot: &mut Option<String>, value: &str, cleaned: &mut usize) {
    if slot.is_some() {
        return;
    }
    let text = text::clean(value);
    *cleaned += usize::from(matches!(text, Cow::Owned(_)));
    if !text.is_empty() {
        *slot = Some(text.into_owned());
    }
}
