//! From what the readers collected to histories: order, repeats, the minimum per user, sessions.

use std::collections::HashMap;
use std::sync::Arc;

use super::draft::{Draft, DraftEvent, Interner};
use super::report::{Reason, Report};
use super::{Event, History, Log, ReadOptions, SessionRule, Source, names};
use crate::error::{Error, Result};

/// The remedy for `movies.csv` without `ratings.csv`.
const ONLY_TEXTS: &str = "It only describes items: choose it together with the log of events (for MovieLens: ratings.csv); a log has a \
    column of times or of users.";

pub(super) fn assemble(mut draft: Draft, sources: &[Source<'_>], options: &ReadOptions) -> Result<Log> {
    let texts = draft.take_texts();
    let mut events = std::mem::take(&mut draft.events);
    // Stable, so that ties keep the order of the source. Users are numbered in order of first appearance.
    events.sort_by_key(|event| (event.user, event.time.millis()));
    let several_users = events.first().map(|event| event.user) != events.last().map(|event| event.user);
    drop_repeats(&mut events, &mut draft);
    if several_users {
        drop_small_users(&mut events, options, &mut draft);
    }
    if events.is_empty() {
        return Err(nothing_left(&draft.report, names(sources), !texts.is_empty()));
    }
    let histories = events
        .chunk_by(|a, b| a.user == b.user)
        .map(|events| History {
            user: draft.users.name(events[0].user).to_string(),
            sessions: sessions(events, &draft, options.sessions),
        })
        .collect();
    let mut report = draft.report;
    report.kept = events.len();
    Ok(Log { histories, texts, report })
}

/// Leaves out an event that says once more what the one before it says.
fn drop_repeats(events: &mut Vec<DraftEvent>, draft: &mut Draft) {
    let Draft { users, items, report, .. } = draft;
    events.dedup_by(|event, before| {
        let repeats = event.time.millis().is_some()
            && (event.user, event.item, event.kind, event.time) == (before.user, before.item, before.kind, before.time);
        if repeats {
            report.drop_rows(Reason::Repeat, 1, || of_user(items.name(event.item), users.name(event.user)));
        }
        repeats
    });
}

fn of_user(item: &str, user: &str) -> String {
    if user.is_empty() { format!("item {item}") } else { format!("item {item} of user {user}") }
}

fn drop_small_users(events: &mut Vec<DraftEvent>, options: &ReadOptions, draft: &mut Draft) {
    let min_events = options.min_events;
    let mut counts: HashMap<u32, usize> = HashMap::new();
    for event in events.iter() {
        *counts.entry(event.user).or_default() += 1;
    }
    let spared = |user: &u32| options.spare_bare_sessions && draft.bare_sessions.contains(user);
    counts.retain(|user, _| !spared(user));
    let small = counts.values().filter(|&&count| count < min_events).count();
    if small == 0 {
        return;
    }
    let (users, report) = (&draft.users, &mut draft.report);
    report.notes.push(format!("Users with fewer than {min_events} events: {small} of {}.", counts.len()));
    events.retain(|event| {
        let Some(&count) = counts.get(&event.user) else { return true };
        if count < min_events {
            report.drop_rows(Reason::FewEvents, 1, || format!("user {} with {count}", users.name(event.user)));
        }
        count >= min_events
    });
}

/// Cuts one user's events, which are in order, into sessions, which come in the order of their first events.
fn sessions(events: &[DraftEvent], draft: &Draft, rule: SessionRule) -> Vec<Vec<Event>> {
    let mut sessions: Vec<Vec<Event>> = Vec::new();
    let mut named: HashMap<u32, usize> = HashMap::new();
    let mut unnamed: Option<usize> = None;
    for event in events {
        let open = match rule {
            SessionRule::User => sessions.len().checked_sub(1),
            SessionRule::Gap(_) if is_named(&draft.sessions, event.session) => named.get(&event.session).copied(),
            SessionRule::Gap(gap) => unnamed.filter(|&at| !pauses(&sessions[at], event.time.millis(), gap)),
        };
        let at = open.unwrap_or(sessions.len());
        if at == sessions.len() {
            sessions.push(Vec::new());
        }
        if is_named(&draft.sessions, event.session) {
            named.insert(event.session, at);
        } else {
            unnamed = Some(at);
        }
        sessions[at].push(finished(event, draft));
    }
    // Logs of single views are common; a vector grown by pushing has room for four.
    sessions.iter_mut().for_each(Vec::shrink_to_fit);
    sessions
}

fn is_named(sessions: &Interner, session: u32) -> bool {
    !sessions.name(session).is_empty()
}

/// Is the event too long after the session's last to belong to it?
fn pauses(session: &[Event], time: Option<i64>, gap: i64) -> bool {
    let last = session.last().and_then(|event| event.time);
    last.zip(time).is_some_and(|(last, time)| time - last > gap)
}

fn finished(event: &DraftEvent, draft: &Draft) -> Event {
    let kind = draft.kinds.name(event.kind);
    Event {
        item: Arc::clone(draft.items.name(event.item)),
        time: event.time.millis(),
        kind: (!kind.is_empty()).then(|| Arc::clone(kind)),
    }
}

fn nothing_left(report: &Report, what: String, has_texts: bool) -> Error {
    let remedy = match report.main_reason() {
        Some(dropped) => format!("Of {} rows none is left: {dropped}. {}", report.rows, dropped.reason.remedy()),
        None if has_texts => ONLY_TEXTS.into(),
        None => "There is nothing after its first line: choose a file with at least one event.".into(),
    };
    Error::Empty { what, remedy }
}
