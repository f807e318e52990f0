//! Which format a text is in: its content decides, the file's name breaks a tie.

use std::fmt;
use std::str::FromStr;

use serde::de::IgnoredAny;

use super::columns::Columns;
use super::csv;
use crate::error::Error;

/// A text format that [`read`](super::read) understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A table with a header; cells separated by commas, semicolons or tabs.
    Csv,
    /// An array of events or of sessions, `{"events": […]}`, or `{"titles": […], "paths": […]}`.
    Json,
    /// A JSON value a line: an event (object) or a session (array).
    JsonLines,
    /// A session a line: item ids separated by blanks, oldest first. Each line is a user of its own.
    Sequences,
}

impl Format {
    const ALL: [Self; 4] = [Self::Csv, Self::Json, Self::JsonLines, Self::Sequences];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            Self::Sequences => "sequences",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| Error::Config {
            name: "format".into(),
            value: name.into(),
            legal: format!("it is one of {}.", Self::ALL.map(Self::name).join(", ")),
        })
    }
}

pub(super) fn detect(name: &str, text: &str) -> Format {
    if text.trim_start().starts_with(['[', '{']) {
        if ends_in(name, &["jsonl", "ndjson"]) || is_more_than_one_value(text) {
            Format::JsonLines
        } else {
            Format::Json
        }
    } else if ends_in(name, &["csv", "tsv"]) || is_table(text) {
        Format::Csv
    } else {
        Format::Sequences
    }
}

/// One whole JSON value, and something after it.
fn is_more_than_one_value(text: &str) -> bool {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    matches!(values.next(), Some(Ok(_))) && !text[values.byte_offset()..].trim_ascii().is_empty()
}

/// A first line that names an item's column, or that has separators at all (its columns are then named in the error).
fn is_table(text: &str) -> bool {
    let header = csv::header_line(text);
    let delimiter = csv::delimiter(header);
    let names: Vec<&str> = header.split(char::from(delimiter)).collect();
    names.len() > 1 || Columns::find(&names).item.is_some()
}

fn ends_in(name: &str, endings: &[&str]) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| endings.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_decides() {
        for (text, format) in [
            ("user_id,item,timestamp\n1,a,2", Format::Csv),
            ("user_id\titem\n1\ta", Format::Csv),
            ("url\nhttps://example.org/", Format::Csv),
            ("1 2 3\n4 5", Format::Sequences),
            ("https://example.org/ https://example.org/a", Format::Sequences),
            ("\n [{\"item\": 1}]", Format::Json),
            ("[[1, 2],\n [3]]", Format::Json),
            ("{\"item\": 1}", Format::Json),
            ("{\"titles\": [],\n\"paths\": []}", Format::Json),
            ("{\"item\": 1}\n{\"item\": 2}", Format::JsonLines),
            ("[1, 2]\n[3]\n", Format::JsonLines),
            ("{\"item\": 1}\n{\"ite", Format::JsonLines),
        ] {
            assert_eq!(detect("log.txt", text), format, "{text}");
        }
    }

    #[test]
    fn the_ending_breaks_a_tie() {
        assert_eq!(detect("log.JSONL", "{\"ite\n{\"item\": 2}"), Format::JsonLines);
        assert_eq!(detect("log.csv", "whatever"), Format::Csv);
        assert_eq!(detect("log.csv", "[[1]]"), Format::Json);
    }

    #[test]
    fn names_go_round() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        let error = "xml".parse::<Format>().unwrap_err().to_string();
        assert_eq!(error, "format = xml is not usable: it is one of csv, json, jsonl, sequences.");
    }
}
