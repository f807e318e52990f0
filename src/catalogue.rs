//! The items there are: from ids, as files and sites spell them, to the positions that models compute with, and back.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::history::{History, Log, text};

/// An item's position in its [`Catalogue`]: what models compute with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemIndex(pub u32);

impl ItemIndex {
    /// The position, to index a slice with.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// An item. All text is text, never markup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Unique id, as files and sites spell it.
    pub id: String,
    /// What to show; where it is empty, the catalogue puts the id.
    pub title: String,
    /// A line under the title.
    pub detail: Option<String>,
    /// The group it belongs to.
    pub topic: Option<String>,
}

/// Items in a fixed order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Catalogue {
    items: Vec<Item>,
    by_id: HashMap<String, ItemIndex>,
}

/// A history in terms of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Encoded {
    /// Sessions, oldest first; none is empty.
    pub sessions: Vec<Vec<ItemIndex>>,
    /// Events left out because the catalogue lacks their items.
    pub unknown: usize,
}

impl Catalogue {
    /// A catalogue of these items, in this order. Ids must be there and differ; control characters and direction
    /// overrides are taken out of the texts.
    pub fn new(items: impl IntoIterator<Item = Item>) -> Result<Self> {
        let mut catalogue = Self::default();
        for item in items {
            catalogue.push(item)?;
        }
        Ok(catalogue)
    }

    /// The items that a log's events name, in order of first appearance, with what the log says about them. Items that
    /// it only describes are left out: there is nothing to learn about them.
    #[must_use]
    pub fn from_log(log: &Log) -> Self {
        let texts: HashMap<&str, _> = log.texts.iter().map(|text| (text.item.as_str(), text)).collect();
        let mut catalogue = Self::default();
        for event in log.histories.iter().flat_map(History::events) {
            if catalogue.by_id.contains_key(&*event.item) {
                continue;
            }
            let text = texts.get(&*event.item);
            catalogue.append(Item {
                id: event.item.to_string(),
                title: text.and_then(|text| text.title.clone()).unwrap_or_default(),
                detail: text.and_then(|text| text.detail.clone()),
                topic: text.and_then(|text| text.topic.clone()),
            });
        }
        catalogue
    }

    /// How many items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Is there no item?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Where an id stands.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<ItemIndex> {
        self.by_id.get(id).copied()
    }

    /// Where an id stands, or [`Error::UnknownItem`].
    pub fn require(&self, id: &str) -> Result<ItemIndex> {
        self.get(id).ok_or_else(|| Error::UnknownItem { id: id.into() })
    }

    /// The item at a position.
    ///
    /// # Panics
    /// If the position is another catalogue's and lies beyond the end of this one.
    #[must_use]
    pub fn item(&self, at: ItemIndex) -> &Item {
        &self.items[at.index()]
    }

    /// All items with their positions, in order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (ItemIndex, &Item)> {
        self.items.iter().enumerate().map(|(at, item)| (ItemIndex(at as u32), item))
    }

    /// A history as positions; events of unknown items are counted, and sessions that hold nothing else are left out.
    #[must_use]
    pub fn encode(&self, history: &History) -> Encoded {
        let mut encoded = Encoded::default();
        for session in &history.sessions {
            let known: Vec<_> = session.iter().filter_map(|event| self.get(&event.item)).collect();
            encoded.unknown += session.len() - known.len();
            if !known.is_empty() {
                encoded.sessions.push(known);
            }
        }
        encoded
    }

    /// A page of the items whose titles contain the query, whatever the case, within a topic if one is given; and how many
    /// there are in all.
    #[must_use]
    pub fn search(&self, query: &str, topic: Option<&str>, offset: usize, limit: usize) -> (Vec<ItemIndex>, usize) {
        let query = query.trim().to_lowercase();
        let matching: Vec<_> = self
            .iter()
            .filter(|(_, item)| topic.is_none() || item.topic.as_deref() == topic)
            .filter(|(_, item)| query.is_empty() || item.title.to_lowercase().contains(&query))
            .map(|(at, _)| at)
            .collect();
        let page = matching.iter().skip(offset).take(limit).copied().collect();
        (page, matching.len())
    }

    /// What is written about each item: title and detail in the first line, the topic in the second.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let text = |item: &Item| {
            let [detail, topic] = [&item.detail, &item.topic].map(|part| part.as_deref().unwrap_or_default());
            // No line of a catalogue has a line break.
            format!("{} {detail}\n{topic}", item.title)
        };
        self.items.iter().map(text).collect()
    }

    /// All topics, in order of first appearance.
    #[must_use]
    pub fn topics(&self) -> Vec<&str> {
        let mut topics: Vec<&str> = Vec::new();
        for topic in self.items.iter().filter_map(|item| item.topic.as_deref()) {
            if !topics.contains(&topic) {
                topics.push(topic);
            }
        }
        topics
    }

    fn push(&mut self, item: Item) -> Result<()> {
        if item.id.trim().is_empty() {
            return Err(refusal(
                format!("item {} ({:?}) has an empty id", self.len() + 1, item.title),
                "Give every item an id.",
            ));
        }
        if let Some(at) = self.get(&item.id) {
            return Err(refusal(
                format!("items {} and {} both have the id {:?}", at.0 + 1, self.len() + 1, item.id),
                "Give every item an id of its own.",
            ));
        }
        self.append(item);
        Ok(())
    }

    /// Adds an item whose id is new.
    fn append(&mut self, item: Item) {
        let at = ItemIndex(self.items.len() as u32);
        self.by_id.insert(item.id.clone(), at);
        let title = clean(Some(item.title)).unwrap_or_else(|| text::clean(&item.id).into_owned());
        self.items.push(Item { title, detail: clean(item.detail), topic: clean(item.topic), id: item.id });
    }
}

fn clean(line: Option<String>) -> Option<String> {
    line.map(|line| text::clean(&line).into_owned()).filter(|line| !line.is_empty())
}

fn refusal(cause: String, remedy: &str) -> Error {
    Error::Format { what: "The catalogue".into(), cause, remedy: remedy.into() }
}
