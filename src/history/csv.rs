//! Tables with a header: `user_id,item,timestamp` in any order and under their usual names.

use ::csv::{ReaderBuilder, StringRecord};

use super::columns::{self, Columns};
use super::draft::{Draft, Row};
use super::report::Reason;
use super::text;
use super::time::Stamp;
use crate::error::{self, Error};

/// A row over more lines than this has swallowed others.
const MAX_LINES_A_ROW: usize = 100;
/// Columns listed in a message.
const MAX_COLUMNS_SHOWN: usize = 20;

pub(super) fn read(name: &str, source: &str, draft: &mut Draft) -> error::Result<()> {
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter(header_line(source))).flexible(true).from_reader(source.as_bytes());
    let header = reader.headers().map_err(|error| unreadable(name, &error))?.clone();
    let names: Vec<&str> = header.iter().collect();
    let columns = Columns::find(&names);
    if columns.item.is_none() {
        return Err(no_item_column(name, &names));
    }
    draft.note(name, &format!("{}.", columns.found(&names)));
    let mut table = Table { columns, width: header.len(), describes_items: columns.describe_items(), multi_line: 0 };
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| unreadable(name, &error))? {
        table.take(&record, draft);
    }
    if table.multi_line > 0 {
        let what = format!(
            "rows that run over several lines: {}. If that is not meant, look for a quotation mark that is never closed.",
            table.multi_line
        );
        draft.note(name, &what);
    }
    Ok(())
}

/// The first line that is not blank.
pub(super) fn header_line(source: &str) -> &str {
    source.lines().find(|line| !line.trim().is_empty()).unwrap_or("")
}

/// The separator that the header has most of; a comma where it has none.
pub(super) fn delimiter(header: &str) -> u8 {
    let count = |delimiter: &u8| header.bytes().filter(|byte| byte == delimiter).count();
    // Of equals, `max_by_key` takes the last.
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

struct Table {
    columns: Columns,
    width: usize,
    describes_items: bool,
    multi_line: usize,
}

impl Table {
    fn take(&mut self, record: &StringRecord, draft: &mut Draft) {
        let lines = 1 + record.as_slice().matches('\n').count();
        if record.len() != self.width {
            draft.drop_rows(Reason::Ragged, lines, || show(record));
            return;
        }
        if lines > MAX_LINES_A_ROW {
            draft.drop_rows(Reason::OpenQuote, lines, || show(record));
            return;
        }
        self.multi_line += usize::from(lines > 1);
        let cell = |column: Option<usize>| column.and_then(|at| record.get(at)).unwrap_or("").trim();
        if let Err(reason) = self.push(cell, draft) {
            draft.drop_rows(reason, 1, || show(record));
            return;
        }
        let [title, detail, topic] = [self.columns.title, self.columns.detail, self.columns.topic].map(cell);
        if !(title.is_empty() && detail.is_empty() && topic.is_empty()) {
            draft.describe(cell(self.columns.item), title, detail, topic);
        }
    }

    /// Takes the row's event, where the table is a log.
    fn push<'a>(&self, cell: impl Fn(Option<usize>) -> &'a str, draft: &mut Draft) -> Result<(), Reason> {
        let columns = &self.columns;
        let (item, user) = (cell(columns.item), cell(columns.user));
        if item.is_empty() {
            return Err(Reason::NoItem);
        }
        if self.describes_items {
            return Ok(());
        }
        if columns.user.is_some() && user.is_empty() {
            return Err(Reason::NoUser);
        }
        draft.push(&Row {
            user,
            item,
            session: cell(columns.session),
            kind: cell(columns.kind),
            time: Stamp::parse(cell(columns.time)).ok_or(Reason::UnreadableTime)?,
        });
        Ok(())
    }
}

fn show(record: &StringRecord) -> String {
    let line = record.position().map_or(0, ::csv::Position::line);
    format!("line {line}: {}", record.iter().collect::<Vec<_>>().join(","))
}

fn unreadable(name: &str, error: &::csv::Error) -> Error {
    Error::Format { what: name.into(), cause: error.to_string(), remedy: "Save it again as CSV in UTF-8.".into() }
}

fn no_item_column(name: &str, names: &[&str]) -> Error {
    let shown: Vec<_> = names.iter().take(MAX_COLUMNS_SHOWN).map(|name| text::shorten(name)).collect();
    Error::Format {
        what: name.into(),
        cause: format!("no column is known to name the item; the first line has the columns {}", shown.join(", ")),
        remedy: format!(
            "Begin with a header that names the item's column in one of these ways: {}.",
            columns::item_names()
        ),
    }
}
