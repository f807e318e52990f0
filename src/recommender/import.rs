//! Taking over a log: whose it is, and what becomes of the rest.

use std::cmp::Reverse;

use super::Recommender;
use super::own::{OwnEvent, OwnHistory};
use crate::catalogue::Catalogue;
use crate::error::{Error, Result};
use crate::history::{self, History, Log, ReadOptions, Report, Source};
use crate::protocol::{DroppedRows, ImportReport, Imported, NamedFile, UserCount, Who};
use crate::sequences::{Moment, moments};

/// Users of a log that several people share need at least this many events, the original recipe's filter.
const MIN_EVENTS: usize = 10;
/// Users offered to choose from.
const USERS_SHOWN: usize = 50;

impl Recommender {
    /// Reads files and takes them over: catalogue, the visitor's history, other visitors. On an error, and while it is not known who
    /// the visitor is, nothing changes.
    ///
    /// # Errors
    /// The readers' (see [`history::read`]); [`Error::Config`] for a user that the log does not have.
    pub fn import(&mut self, files: &[NamedFile], who: &Who) -> Result<Imported> {
        let sources: Vec<Source<'_>> = files.iter().map(|f| Source { name: &f.name, bytes: &f.bytes }).collect();
        let options = ReadOptions { min_events: MIN_EVENTS, spare_bare_sessions: true, ..ReadOptions::default() };
        let log = history::read(&sources, &options)?;
        let report = shown(&log.report);
        let own = match (who, log.histories.as_slice()) {
            (Who::Nobody, _) => None,
            (Who::User { user }, histories) => Some(find(histories, user)?),
            (Who::Unknown, [_]) => Some(0),
            (Who::Unknown, histories) => {
                return Ok(Imported::Who { users: largest(histories), total: histories.len(), report });
            }
        };
        self.take_over(&log, own);
        Ok(Imported::Done { summary: self.summary(), report })
    }

    fn take_over(&mut self, log: &Log, own: Option<usize>) {
        let catalogue = Catalogue::from_log(log);
        let others: Vec<&History> =
            log.histories.iter().enumerate().filter(|(i, _)| Some(*i) != own).map(|(_, history)| history).collect();
        let visitors: Vec<_> = others.iter().map(|history| catalogue.encode(history).sessions).collect();
        let times: Vec<Vec<Moment>> = others.iter().flat_map(|history| known_moments(&catalogue, history)).collect();
        let own = own.map_or_else(OwnHistory::default, |i| own_history(&catalogue, &log.histories[i]));
        let mut fresh = Self::new(self.device.clone());
        (fresh.catalogue, fresh.own, fresh.visitors, fresh.imported) = (catalogue, own, visitors.into(), true);
        if times.iter().flatten().any(Option::is_some) {
            fresh.visitor_times = times;
        }
        *self = fresh;
    }
}

/// The moments of the events that [`Catalogue::encode`] gives.
fn known_moments(catalogue: &Catalogue, history: &History) -> impl Iterator<Item = Vec<Moment>> {
    let known = |event: &&history::Event| catalogue.get(&event.item).is_some();
    let session = move |events: &Vec<history::Event>| moments(events.iter().filter(known).map(|event| event.time));
    history.sessions.iter().map(session).filter(|moments| !moments.is_empty())
}

fn own_history(catalogue: &Catalogue, history: &History) -> OwnHistory {
    let session = |events: &Vec<history::Event>| {
        events
            .iter()
            .filter_map(|e| Some(OwnEvent { item: catalogue.get(&e.item)?, time: e.time, kind: e.kind.clone() }))
            .collect()
    };
    OwnHistory::new(history.sessions.iter().map(session).collect())
}

fn find(histories: &[History], user: &str) -> Result<usize> {
    histories.iter().position(|history| history.user == user).ok_or_else(|| Error::Config {
        name: "user".into(),
        value: user.into(),
        legal: "choose one of the file's users who has enough events".into(),
    })
}

fn largest(histories: &[History]) -> Vec<UserCount> {
    let mut users: Vec<UserCount> =
        histories.iter().map(|h| UserCount { user: h.user.clone(), events: h.events().count() }).collect();
    users.sort_by_key(|user| Reverse(user.events));
    users.truncate(USERS_SHOWN);
    users
}

fn shown(report: &Report) -> ImportReport {
    let dropped = report.dropped.iter().map(|dropped| DroppedRows {
        reason: dropped.reason.to_string(),
        count: dropped.count,
        example: dropped.example.clone(),
    });
    ImportReport { rows: report.rows, kept: report.kept, dropped: dropped.collect(), notes: report.notes.clone() }
}
