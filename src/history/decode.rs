//! Bytes to text, or a plain word about what the bytes are instead.

use std::borrow::Cow;

use super::report::Report;
use super::{Source, text};
use crate::error::{Error, Result};

/// First bytes of files that people choose by mistake: what they are, and what to do.
const KNOWN: &[(&[u8], &str, &str)] = &[
    (
        b"PK\x03\x04",
        "this is a zip archive or an office document",
        "Unpack it and choose the text files in it (for MovieLens: ratings.csv and movies.csv); save a spreadsheet as CSV.",
    ),
    (
        b"SQLite format 3\0",
        "this is an SQLite database",
        "A browser keeps its history in one: export the visits as CSV with the columns url, title and visit_time.",
    ),
    (
        b"\x1f\x8b",
        "this is compressed with gzip",
        "Unpack it first; the command line reads files ending in .gz as they are.",
    ),
    (
        b"\xfd7zXZ\0",
        "this is compressed with xz",
        "Unpack it first; the command line reads files ending in .xz as they are.",
    ),
    (b"%PDF", "this is a PDF document", "Choose a CSV, JSON or plain text file."),
    (b"PAR1", "this is a Parquet table", "Export it as CSV."),
    (b"\xff\xfe", "this is text in UTF-16", "Save it again as UTF-8."),
    (b"\xfe\xff", "this is text in UTF-16", "Save it again as UTF-8."),
];
const UTF8_BOM: &[u8] = b"\xef\xbb\xbf";
/// Text in a Latin alphabet has few letters beyond ASCII; more stray bytes than one in this many means it is no text.
const STRAY_BYTES_ONE_IN: usize = 4;

/// The text of a source, without its byte order mark. Bytes that are not UTF-8 are read as Latin-1, with a note.
pub(super) fn decode<'a>(source: &Source<'a>, report: &mut Report) -> Result<Cow<'a, str>> {
    let bytes = source.bytes.strip_prefix(UTF8_BOM).unwrap_or(source.bytes);
    if let Some((_, cause, remedy)) = KNOWN.iter().find(|(magic, ..)| bytes.starts_with(magic)) {
        return Err(refusal(source, cause, remedy));
    }
    if bytes.contains(&0) {
        let cause = format!("this is a binary file ({}), not text", text::size(source.bytes.len()));
        return Err(refusal(source, &cause, "Choose a CSV, JSON or plain text file."));
    }
    if bytes.trim_ascii().is_empty() {
        return Err(Error::Empty { what: source.name.into(), remedy: "Choose a file with at least one event.".into() });
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(_) => latin1(source, bytes, report).map(Cow::Owned),
    }
}

/// Keeps what is UTF-8 and reads every other byte as Latin-1, so that nothing is lost from either kind of file.
fn latin1(source: &Source<'_>, bytes: &[u8], report: &mut Report) -> Result<String> {
    let mut decoded = String::with_capacity(bytes.len() + bytes.len() / 8);
    let mut stray = 0;
    for chunk in bytes.utf8_chunks() {
        decoded.push_str(chunk.valid());
        decoded.extend(chunk.invalid().iter().copied().map(char::from));
        stray += chunk.invalid().len();
    }
    if stray * STRAY_BYTES_ONE_IN > bytes.len() {
        return Err(refusal(
            source,
            "this is not text in UTF-8",
            "Choose a CSV, JSON or plain text file; if it is one, in another encoding, save it again as UTF-8.",
        ));
    }
    report.notes.push(format!(
        "{}: bytes that are not UTF-8 and were read as Latin-1: {stray}. If letters look wrong, save the file as UTF-8.",
        source.name
    ));
    Ok(decoded)
}

fn refusal(source: &Source<'_>, cause: &str, remedy: &str) -> Error {
    Error::Format { what: source.name.into(), cause: cause.into(), remedy: remedy.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> (Result<String>, Report) {
        let mut report = Report::default();
        let text = decode(&Source { name: "file", bytes }, &mut report).map(Cow::into_owned);
        (text, report)
    }

    fn message(bytes: &[u8]) -> String {
        decoded(bytes).0.map_or_else(|error| error.to_string(), |text| panic!("{text}"))
    }

    #[test]
    fn utf8_with_and_without_a_byte_order_mark() {
        assert_eq!(decoded(b"\xef\xbb\xbfitem\n\xc3\xa9").0, Ok("item\n\u{e9}".into()));
        assert_eq!(decoded("item\né".as_bytes()), (Ok("item\né".into()), Report::default()));
    }

    #[test]
    fn latin1_is_read_with_a_note() {
        let (text, report) = decoded(b"item\nCaf\xe9 \xc3\xa9");
        assert_eq!(text, Ok("item\nCafé é".into()));
        assert!(report.notes[0].contains("Latin-1: 1."), "{report:?}");
    }

    #[test]
    fn a_binary_file_is_refused_by_what_it_is() {
        assert!(
            message(b"PK\x03\x04rest")
                .contains("choose the text files in it (for MovieLens: ratings.csv and movies.csv)")
        );
        assert!(message(b"SQLite format 3\0").contains("export the visits as CSV"));
        assert!(message(b"\x1f\x8b\x08").contains("gzip"));
        assert!(message(b"\xfd7zXZ\0").contains("xz"));
        assert!(message(b"\xff\xfei\0").contains("UTF-16"));
        assert!(message(b"\x89PNG\r\n\x1a\n\0\0\0").contains("binary file (11 bytes)"));
        assert!(message(&[0xb7; 64]).contains("save it again as UTF-8"));
    }

    #[test]
    fn an_empty_file_is_refused() {
        for bytes in [&b""[..], b" \r\n\n", b"\xef\xbb\xbf"] {
            assert_eq!(message(bytes), "file holds no events. Choose a file with at least one event.");
        }
    }
}
