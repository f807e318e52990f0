//! What is written about items.

use std::collections::HashMap;

use csv::{ReaderBuilder, StringRecord};
use homebody::catalogue::Catalogue;
use homebody::error::{Error, Result};
use homebody::history::Log;

use crate::{File, data};

/// A text per item of the catalogue: what the log says about it, and what the file of titles adds. Its first line holds words (titles,
/// details), its second tags (topics, further columns). Empty where nothing is said.
pub(crate) fn texts(log: &Log, titles: Option<&File>, catalogue: &Catalogue) -> Result<Vec<String>> {
    let mut texts = vec![(Vec::new(), Vec::new()); catalogue.len()];
    let mut add = |id: &str, words: &[&str], tags: &[&str]| {
        if let Some(item) = catalogue.get(id) {
            let text = &mut texts[item.index()];
            text.0.extend(words.iter().map(|words| words.replace('\n', " ")));
            text.1.extend(tags.iter().map(|tag| (*tag).to_owned()));
        }
    };
    for text in &log.texts {
        let words: Vec<&str> = [&text.title, &text.detail].into_iter().filter_map(|part| part.as_deref()).collect();
        add(&text.item, &words, text.topic.as_deref().as_slice());
    }
    if let Some(file) = titles {
        for (id, words) in read(file)? {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let (title, tags) = words.split_at(words.len().min(1));
            add(&id, title, tags);
        }
    }
    let text = |(words, tags): (Vec<String>, Vec<String>)| format!("{}\n{}", words.join(" "), tags.join("|"));
    Ok(texts.into_iter().map(text).collect())
}

/// Ids and the other columns of a table, without those that are plain numbers: they are other ids.
fn read(file: &File) -> Result<Vec<(String, Vec<String>)>> {
    let bytes = data::decompressed(file)?;
    let text = String::from_utf8_lossy(&bytes);
    let tabs = text.lines().next().is_some_and(|line| line.contains('\t'));
    let mut reader = ReaderBuilder::new();
    reader.has_headers(false).flexible(true).delimiter(if tabs { b'\t' } else { b',' }).quoting(!tabs);
    let mut rows = HashMap::new();
    let mut order = Vec::new();
    for record in reader.from_reader(text.as_bytes()).records() {
        let record = record.map_err(|cause| unreadable(file, &cause.to_string()))?;
        let Some(id) = record.get(0).map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()) else { continue };
        if rows.insert(id.clone(), words(&record)).is_none() {
            order.push(id);
        }
    }
    if order.is_empty() {
        return Err(unreadable(file, "it holds no titles"));
    }
    Ok(order.into_iter().filter_map(|id| rows.remove_entry(&id)).collect())
}

fn words(record: &StringRecord) -> Vec<String> {
    let is_number = |field: &str| field.chars().all(|c| c.is_ascii_digit());
    record.iter().skip(1).filter(|field| !is_number(field)).map(str::to_owned).collect()
}

fn unreadable(file: &File, cause: &str) -> Error {
    Error::Format {
        what: file.display().to_string(),
        cause: cause.to_owned(),
        remedy: "Give a table of item id, title and whatever else describes the item, separated by commas or tabs"
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_beside_a_title_are_ids_and_left_out() {
        let record = StringRecord::from(vec!["1", "1198", "Raiders of the Lost Ark (1981)", "", "Action|Adventure"]);
        assert_eq!(words(&record), ["Raiders of the Lost Ark (1981)", "Action|Adventure"]);
    }
}
