//! One person's history as numbered visits.

use std::collections::HashMap;

use super::past::{NONE, Visit};
use super::simulator::{Simulated, SimulatedVisit};
use super::words::Words;
use crate::history::History;

/// A pause of more than this many seconds starts a sitting.
const GAP: f64 = 1800.0;

/// One person's closed world.
#[derive(Debug, Clone, Default)]
pub struct Person {
    /// All visits, oldest first.
    pub visits: Vec<Visit>,
    /// Each item's site, or [`NONE`].
    pub sites: Vec<u32>,
    /// Each item's id.
    pub ids: Vec<String>,
    /// The words of each item's title, or of its id where it has none.
    pub words: Words,
}

impl Person {
    /// Numbers a history's items and sites by first appearance; `titles` by id. A visit without a time takes the one before it, unless none has
    /// any.
    #[must_use]
    pub fn new(history: &History, titles: &HashMap<&str, &str>) -> Self {
        let mut numbering = Numbering::default();
        let timed = history.events().any(|event| event.time.is_some());
        let mut last = history.events().find_map(|event| event.time).unwrap_or_default();
        let mut person = Self::default();
        for session in &history.sessions {
            for (at, event) in session.iter().enumerate() {
                last = event.time.unwrap_or(last);
                let title = titles.get(&*event.item).copied();
                let item = numbering.item(&event.item, title, &mut person);
                let time = timed.then_some(last as f64 / 1000.0);
                person.visits.push(Visit { item, time, starts: at == 0 });
            }
        }
        person
    }

    /// Someone who does not exist.
    #[must_use]
    pub fn simulated(simulated: &Simulated) -> Self {
        let mut numbering = Numbering::default();
        let mut person = Self::default();
        simulated.ids.iter().for_each(|id| _ = numbering.item(id, None, &mut person));
        let visit = |visit: &SimulatedVisit| Visit { item: visit.item, time: Some(visit.time), starts: visit.starts };
        person.visits = simulated.visits.iter().map(visit).collect();
        person
    }

    /// An item's site.
    #[must_use]
    pub fn site(&self, item: u32) -> u32 {
        self.sites[item as usize]
    }

    /// Adds an item; its number.
    pub fn add(&mut self, id: &str, title: Option<&str>, site: u32) -> u32 {
        self.words.push(title.unwrap_or(id));
        self.ids.push(id.to_owned());
        self.sites.push(site);
        self.sites.len() as u32 - 1
    }
}

/// Does a pause start a sitting?
#[must_use]
pub fn starts(before: Option<f64>, now: Option<f64>) -> bool {
    before.zip(now).is_some_and(|(before, now)| now - before > GAP)
}

/// Numbers by id.
#[derive(Debug, Clone, Default)]
pub struct Numbering {
    items: HashMap<String, u32>,
    sites: HashMap<String, u32>,
}

impl Numbering {
    /// An item's number; a new one where it is new.
    pub fn item(&mut self, id: &str, title: Option<&str>, person: &mut Person) -> u32 {
        if let Some(&item) = self.items.get(id) {
            return item;
        }
        let next = self.sites.len() as u32;
        let site = host(id).map_or(NONE, |host| *self.sites.entry(host.to_owned()).or_insert(next));
        let item = person.add(id, title, site);
        self.items.insert(id.to_owned(), item);
        item
    }
}

/// The host of a URL; `None` for anything else.
#[must_use]
pub fn host(id: &str) -> Option<&str> {
    let rest = id.strip_prefix("https://").or_else(|| id.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#']).next()?;
    Some(host.strip_prefix("www.").unwrap_or(host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Event;

    #[test]
    fn items_and_sites_are_numbered_by_first_appearance() {
        let event = |item: &str, time| Event { item: item.into(), time, kind: None };
        let history = History {
            user: String::new(),
            sessions: vec![
                vec![event("https://a.example/1", Some(1000)), event("https://www.a.example/2?x", None)],
                vec![event("song", Some(9_000_000)), event("https://a.example/1", Some(9_001_000))],
            ],
        };
        let person = Person::new(&history, &HashMap::new());
        assert_eq!(person.sites, [0, 0, NONE]);
        let visit = |item, seconds, starts| Visit { item, time: Some(seconds), starts };
        assert_eq!(
            person.visits,
            [visit(0, 1.0, true), visit(1, 1.0, false), visit(2, 9000.0, true), visit(0, 9001.0, false)]
        );
    }
}
