//! Reading logs from files.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use homebody::catalogue::Catalogue;
use homebody::error::{Error, Result};
use homebody::history::{self, Format, Log, ReadOptions, SessionRule, Source};
use homebody::sequences::{Dated, Sequences};

use crate::File;

/// How to read a log.
#[derive(Args)]
pub(crate) struct Reading {
    /// The files' format; told by their content where it is left out.
    #[arg(long, alias = "from")]
    format: Option<Format>,
    /// Leave out users with fewer events than this; 0 if left out, 200 for the protocol own-history.
    #[arg(long)]
    min_events: Option<usize>,
}

/// Events that somebody has at least, for the protocol own-history.
const OWN_EVENTS: usize = 200;

impl Reading {
    /// Reads files as one log; what was left out goes to standard error.
    pub(crate) fn log(&self, files: &[File], sessions: SessionRule) -> Result<Log> {
        self.read(files, sessions, self.min_events.unwrap_or(0))
    }

    /// Reads files as people's own histories.
    pub(crate) fn own(&self, files: &[File]) -> Result<Log> {
        self.read(files, SessionRule::default(), self.min_events.unwrap_or(OWN_EVENTS))
    }

    fn read(&self, files: &[File], sessions: SessionRule, min_events: usize) -> Result<Log> {
        let contents = files.iter().map(|file| decompressed(file)).collect::<Result<Vec<_>>>()?;
        let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        let sources: Vec<Source<'_>> =
            names.iter().zip(&contents).map(|(name, bytes)| Source { name, bytes }).collect();
        let options =
            ReadOptions { min_events, sessions, format: self.format, max_bytes: usize::MAX, ..ReadOptions::default() };
        let log = history::read(&sources, &options)?;
        for dropped in &log.report.dropped {
            eprintln!("left out {} rows: {} (first: {})", dropped.count, dropped.reason, dropped.example);
        }
        log.report.notes.iter().for_each(|note| eprintln!("note: {note}"));
        Ok(log)
    }
}

/// A log's sessions in terms of a catalogue, oldest first where there are times; events of items that it lacks are left out.
pub(crate) fn dated(log: &Log, catalogue: &Catalogue) -> Result<Dated> {
    let (mut sessions, mut times) = (Vec::new(), Some(Vec::new()));
    for session in log.histories.iter().flat_map(|history| &history.sessions) {
        let known = session.iter().filter_map(|event| Some((catalogue.get(&event.item)?, event.time)));
        let (items, moments): (Vec<_>, Vec<_>) = known.unzip();
        if items.is_empty() {
            continue;
        }
        sessions.push(items);
        // A single event without a time leaves no order of time at all.
        times = times.zip(moments.into_iter().collect()).map(|(mut times, moments)| {
            times.push(moments);
            times
        });
    }
    Ok(Dated { sequences: Sequences::new(catalogue.len(), sessions)?, times }.in_order())
}

/// Leaves out the items that fewer than `visitors` viewed; how many items and events that were.
pub(crate) fn leave_out_rare(log: &mut Log, visitors: usize) -> (usize, usize) {
    let mut viewed_by: HashMap<Arc<str>, usize> = HashMap::new();
    for history in &log.histories {
        let items: HashSet<&Arc<str>> = history.events().map(|event| &event.item).collect();
        items.into_iter().for_each(|item| *viewed_by.entry(item.clone()).or_default() += 1);
    }
    viewed_by.retain(|_, count| *count < visitors);
    let mut events = 0;
    for session in log.histories.iter_mut().flat_map(|history| &mut history.sessions) {
        let before = session.len();
        session.retain(|event| !viewed_by.contains_key(&event.item));
        events += before - session.len();
    }
    (viewed_by.len(), events)
}

/// Writes a whole file.
pub(crate) fn write(file: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(file, bytes).map_err(|cause| Error::Io { path: file.display().to_string(), cause: cause.to_string() })
}

/// A file's content, unpacked where its name says that it is packed.
pub(crate) fn decompressed(file: &Path) -> Result<Vec<u8>> {
    let failed = |cause: String| Error::Io { path: file.display().to_string(), cause };
    let packed = fs::read(file).map_err(|cause| failed(cause.to_string()))?;
    let mut unpacked = Vec::new();
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("gz") => {
            let mut decoder = flate2::read::MultiGzDecoder::new(packed.as_slice());
            decoder.read_to_end(&mut unpacked).map_err(|cause| failed(format!("not a whole gzip file: {cause}")))?;
            Ok(unpacked)
        }
        Some("xz") => {
            lzma_rs::xz_decompress(&mut packed.as_slice(), &mut unpacked)
                .map_err(|cause| failed(format!("not a whole xz file: {cause:?}")))?;
            Ok(unpacked)
        }
        _ => Ok(packed),
    }
}
