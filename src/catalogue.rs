//! The items there are: from ids, as files and sites spell them, to the positions that models compute with, and back.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashMap;

use serde::{Deserialize, Deserializer, Serialize};

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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Item {
    /// Unique id, as files and sites spell it.
    pub id: String,
    /// What to show; where it is empty, the catalogue puts the id.
    #[serde(deserialize_with = "or_default")]
    pub title: String,
    /// A line under the title.
    pub detail: Option<String>,
    /// The group it belongs to.
    pub topic: Option<String>,
    /// Words that say what it is about.
    #[serde(deserialize_with = "or_default")]
    pub tags: Vec<String>,
    /// Where it leads: given back as it is.
    pub url: Option<String>,
    /// Its picture: given back as it is.
    pub image: Option<String>,
    /// Not to be shown for now.
    #[serde(deserialize_with = "or_default")]
    pub hidden: bool,
    /// To stand first in every list.
    #[serde(deserialize_with = "or_default")]
    pub pinned: bool,
    /// No longer in the catalogue, and kept because a history holds it.
    #[serde(deserialize_with = "or_default")]
    pub gone: bool,
}

impl Item {
    /// What is written about it: see [`Catalogue::texts`].
    #[must_use]
    pub fn text(&self) -> String {
        let [detail, topic] = [&self.detail, &self.topic].map(|part| part.as_deref().unwrap_or_default());
        // No line of a catalogue has a line break.
        let mut text = format!("{} {detail}\n{topic}", self.title);
        for tag in &self.tags {
            text.push('\n');
            text.push_str(tag);
        }
        text
    }

    /// May it be shown as something to view?
    #[must_use]
    pub fn is_offered(&self) -> bool {
        !self.hidden && !self.gone
    }
}

/// JavaScript's `undefined` and `null` stand for what is left out.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> std::result::Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Items in a fixed order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Catalogue {
    items: Vec<Item>,
    by_id: HashMap<String, ItemIndex>,
    /// In order.
    pinned: Vec<ItemIndex>,
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
        let items = items.into_iter();
        let count = items.size_hint().0;
        let mut catalogue =
            Self { items: Vec::with_capacity(count), by_id: HashMap::with_capacity(count), pinned: Vec::new() };
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
                ..Item::default()
            });
        }
        catalogue
    }

    /// Other items in place of these. Of those that are left out, the ones that `kept` keeps stay behind them, as gone. With where each item
    /// of this catalogue stands in the new one.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn replaced(
        &self,
        items: impl IntoIterator<Item = Item>,
        kept: impl Fn(ItemIndex) -> bool,
    ) -> Result<(Self, Vec<Option<ItemIndex>>)> {
        let mut new = Self::new(items.into_iter().map(|item| Item { gone: false, ..item }))?;
        let mut places = Vec::with_capacity(self.len());
        for (at, item) in self.iter() {
            if new.get(&item.id).is_none() && kept(at) {
                new.append(Item { gone: true, ..item.clone() });
            }
            places.push(new.get(&item.id));
        }
        Ok((new, places))
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

    /// Changes how an item is shown; its id and its texts stay.
    pub(crate) fn show(&mut self, id: &str, hidden: Option<bool>, pinned: Option<bool>) {
        if let Some(at) = self.get(id) {
            let item = &mut self.items[at.index()];
            item.hidden = hidden.unwrap_or(item.hidden);
            item.pinned = pinned.unwrap_or(item.pinned);
            self.pinned.retain(|other| *other != at);
            if item.pinned {
                self.pinned.insert(self.pinned.partition_point(|other| *other < at), at);
            }
        }
    }

    /// Those that the site pinned, in order.
    #[must_use]
    pub fn pinned(&self) -> &[ItemIndex] {
        &self.pinned
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
            .filter(|(_, item)| item.is_offered())
            .filter(|(_, item)| topic.is_none() || item.topic.as_deref() == topic)
            .filter(|(_, item)| query.is_empty() || item.title.to_lowercase().contains(&query))
            .map(|(at, _)| at)
            .collect();
        let page = matching.iter().skip(offset).take(limit).copied().collect();
        (page, matching.len())
    }

    /// What is written about each item: title and detail in the first line, the topic in the second, and the tags in one each.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        self.items.iter().map(Item::text).collect()
    }

    /// All topics, in order of first appearance.
    #[must_use]
    pub fn topics(&self) -> Vec<&str> {
        let mut topics: Vec<&str> = Vec::new();
        for topic in self.items.iter().filter(|item| item.is_offered()).filter_map(|item| item.topic.as_deref()) {
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
        if item.pinned {
            self.pinned.push(at);
        }
        let title = clean(Some(item.title)).unwrap_or_else(|| text::clean(&item.id).into_owned());
        let (detail, topic) = (clean(item.detail), clean(item.topic));
        let tags = item.tags.into_iter().filter_map(|tag| clean(Some(tag))).collect();
        self.items.push(Item { title, detail, topic, tags, ..item });
    }
}

fn clean(line: Option<String>) -> Option<String> {
    let cleaned = |line: String| match text::clean(&line) {
        Cow::Owned(clean) => clean,
        Cow::Borrowed(clean) if clean.len() < line.len() => clean.to_owned(),
        Cow::Borrowed(_) => line,
    };
    line.map(cleaned).filter(|line| !line.is_empty())
}

fn refusal(cause: String, remedy: &str) -> Error {
    Error::Format { what: "The catalogue".into(), cause, remedy: remedy.into() }
}
