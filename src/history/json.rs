//! JSON and JSON Lines: events as objects, sessions as arrays of ids, or `{"titles": […], "paths": […]}`.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::columns::Columns;
use super::draft::{Draft, Row};
use super::report::Reason;
use super::time::Stamp;
use crate::error::{self, Error};

/// Keys of a document under which its events or sessions stand.
const LISTS: &[&str] = &["events", "history", "sessions", "sequences", "paths", "baskets"];

/// Reads a whole document, one entry of its lists at a time.
pub(super) fn read(name: &str, source: &str, draft: &mut Draft) -> error::Result<()> {
    let mut entries = Entries::new(draft);
    let mut json = serde_json::Deserializer::from_str(source);
    Document(&mut entries)
        .deserialize(&mut json)
        .and_then(|()| json.end())
        .map_err(|error| Error::Format {
            what: name.into(),
            cause: format!("this is not JSON as it should be ({error})"),
            remedy: "Give an array of events such as [{\"item\": \"a\", \"time\": \"2024-05-01T12:30:00Z\"}], or an array of arrays \
                     of item ids; where each line is an entry of its own, name the file .jsonl."
                .into(),
        })
}

/// Reads an entry a line; a broken line costs only itself.
pub(super) fn read_lines(source: &str, draft: &mut Draft) {
    let mut entries = Entries::new(draft);
    for (at, line) in source.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str(line) {
            Ok(value) => entries.take(&value),
            Err(_) => entries.draft.drop_rows(Reason::NotJson, 1, || format!("line {}: {line}", at + 1)),
        }
    }
}

/// Takes entries one by one.
struct Entries<'a> {
    draft: &'a mut Draft,
    /// The keys of the last object and what they mean: in a log they rarely change.
    keys: Vec<String>,
    columns: Columns,
}

impl<'a> Entries<'a> {
    fn new(draft: &'a mut Draft) -> Self {
        Self { draft, keys: Vec::new(), columns: Columns::default() }
    }

    /// An object is an event; an array is a session; a plain id is an event of a history without times.
    fn take(&mut self, entry: &Value) {
        let taken = match entry {
            Value::Object(object) => self.take_object(object),
            Value::Array(items) => {
                self.take_session(items);
                Ok(())
            }
            _ => self.take_event(&Columns::ONLY_ITEM, &[entry]),
        };
        if let Err(reason) = taken {
            self.draft.drop_rows(reason, 1, || entry.to_string());
        }
    }

    fn take_session(&mut self, items: &[Value]) {
        let ids: Vec<_> = items.iter().map(scalar).collect();
        let unnamed = ids.iter().filter(|id| id.is_empty()).count();
        if unnamed > 0 {
            self.draft.drop_rows(Reason::NotAnEvent, unnamed, || Value::from(items).to_string());
        }
        self.draft.push_session(ids.iter().map(AsRef::as_ref).filter(|id| !id.is_empty()));
    }

    fn take_object(&mut self, object: &Map<String, Value>) -> Result<(), Reason> {
        if !object.keys().eq(&self.keys) {
            self.keys = object.keys().cloned().collect();
            self.columns = Columns::find(&self.keys.iter().map(String::as_str).collect::<Vec<_>>());
        }
        let columns = self.columns;
        self.take_event(&columns, &object.values().collect::<Vec<_>>())
    }

    fn take_event(&mut self, columns: &Columns, values: &[&Value]) -> Result<(), Reason> {
        let cell = |column: Option<usize>| column.map_or(Cow::Borrowed(""), |at| scalar(values[at]));
        let [item, user, session, kind] = [columns.item, columns.user, columns.session, columns.kind].map(cell);
        if item.is_empty() {
            return Err(Reason::NotAnEvent);
        }
        let time = Stamp::parse(&cell(columns.time)).ok_or(Reason::UnreadableTime)?;
        self.draft.push(&Row { user: &user, item: &item, session: &session, kind: &kind, time });
        let [title, detail, topic] = [columns.title, columns.detail, columns.topic].map(cell);
        if !(title.is_empty() && detail.is_empty() && topic.is_empty()) {
            self.draft.describe(&item, &title, &detail, &topic);
        }
        Ok(())
    }
}

/// A string or a number as an id; empty for anything else.
fn scalar(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text.trim()),
        Value::Number(number) => Cow::Owned(number.to_string()),
        _ => Cow::Borrowed(""),
    }
}

/// The whole text: an array of entries, or an object with one under a known key.
struct Document<'e, 'a>(&'e mut Entries<'a>);

impl<'de> DeserializeSeed<'de> for Document<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Document<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of events or sessions")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        while let Some(entry) = array.next_element()? {
            self.0.take(&entry);
        }
        Ok(())
    }

    /// An object without a known list is itself an event. Titles are numbered from 0, and paths name items by these numbers.
    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut titles: Vec<String> = Vec::new();
        let mut has_list = false;
        let mut rest = Map::new();
        while let Some(key) = object.next_key::<String>()? {
            if LISTS.contains(&key.as_str()) {
                has_list = true;
                object.next_value_seed(Document(self.0))?;
            } else if key == "titles" {
                titles = object.next_value()?;
            } else {
                rest.insert(key, object.next_value()?);
            }
        }
        if !has_list {
            self.0.take(&Value::Object(rest));
        }
        for (number, title) in titles.iter().enumerate() {
            self.0.draft.describe(&number.to_string(), title, "", "");
        }
        Ok(())
    }
}
