//! Keeping Home's state: one file, written and read whole.

use serde::{Deserialize, Serialize};

use super::own::{OwnEvent, OwnHistory};
use super::{Recommender, trained::Trained};
use crate::catalogue::{Catalogue, Item, ItemIndex};
use crate::checkpoint::{Content, Reader, Writer};
use crate::error::{Error, Result};
use crate::model::{Model, Reading};
use crate::protocol::Part;
use crate::sequences::Sequences;
use crate::training::{read_lists, read_moments, write_lists, write_moments};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    items: Vec<Item>,
    simulated: bool,
    /// Times and kinds of the visitor's events, oldest first.
    events: Vec<(Option<i64>, Option<String>)>,
    /// Sessions of each other visitor.
    visitors: Vec<usize>,
    /// Are there moments of theirs?
    #[serde(default)]
    visitor_times: bool,
    /// Length of the model file in bytes, and the events it was trained at and on.
    model: Option<(usize, usize, usize)>,
    /// The texts' part in the model's ranking.
    #[serde(default)]
    reading: Option<Reading>,
    /// The base model that the model is, or went on from.
    #[serde(default)]
    from: Option<u32>,
    /// Did the catalogue come with a log?
    #[serde(default)]
    imported: bool,
}

impl Recommender {
    /// Everything but a base model, which the site hands over anew each time; or some parts only, as bytes.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where it cannot be written.
    pub fn save(&self, parts: Option<&[Part]>) -> Result<Vec<u8>> {
        let Some(parts) = parts else { return self.write(self.trained.as_ref().filter(|trained| !trained.is_base())) };
        let has = |part| parts.contains(&part);
        let mut part = Self::new(self.device.clone());
        part.catalogue = self.catalogue.clone();
        part.imported = self.imported;
        if has(Part::History) {
            part.own = self.own.clone();
        }
        if has(Part::Visitors) {
            part.visitors.clone_from(&self.visitors);
            part.visitor_times.clone_from(&self.visitor_times);
            part.simulated = self.simulated;
        }
        if let Some(trained) = self.trained.as_ref().filter(|_| has(Part::Model)) {
            part.trained = Some(Trained::new(trained.model.clone(), trained.events, trained.learned, trained.from));
        }
        // What is gone tells what was viewed.
        part.leave_out_gone()?;
        if !has(Part::Catalogue) {
            part.set_catalogue([])?;
        }
        part.write(part.trained.as_ref())
    }

    fn write(&self, trained: Option<&Trained>) -> Result<Vec<u8>> {
        let mut writer = Writer::default();
        let own = self.own.sessions();
        write_lists(&mut writer, "own", own.iter().map(Vec::as_slice));
        write_lists(&mut writer, "visitors", self.visitors.iter().flatten().map(Vec::as_slice));
        if !self.visitor_times.is_empty() {
            write_moments(&mut writer, "visitors", self.visitor_times.iter().flatten());
        }
        let mut model = None;
        if let Some(trained) = trained {
            let bytes = crate::device::now(trained.model.to_bytes(Vec::new()))?;
            writer.integers("model", &words(&bytes));
            model = Some((bytes.len(), trained.events, trained.learned));
        }
        writer.finish(
            Content::Home,
            &Description {
                items: self.catalogue.iter().map(|(_, item)| item.clone()).collect(),
                simulated: self.simulated,
                events: self
                    .own
                    .events()
                    .map(|(event, _)| (event.time, event.kind.as_deref().map(Into::into)))
                    .collect(),
                visitors: self.visitors.iter().map(Vec::len).collect(),
                visitor_times: !self.visitor_times.is_empty(),
                model,
                reading: trained.and_then(|trained| trained.model.reads()),
                from: trained.and_then(|trained| trained.from),
                imported: self.imported,
            },
        )
    }

    /// Takes back what [`Self::save`] gave; on an error nothing changes.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] where the bytes are torn, foreign or do not fit together.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<()> {
        let mut reader = Reader::open(bytes, Content::Home)?;
        let description: Description = reader.description()?;
        let catalogue = Catalogue::new(description.items)?;
        let own = Sequences::new(catalogue.len(), read_lists(&mut reader, "own")?)?.sessions;
        let visitors = Sequences::new(catalogue.len(), read_lists(&mut reader, "visitors")?)?.sessions;
        let times = description.visitor_times.then(|| read_moments(&mut reader, "visitors", &visitors)).transpose()?;
        let model = description.model.map(|(length, ..)| Ok((reader.integers("model")?, length))).transpose()?;
        reader.finish()?;

        let mut fresh = Self::new(self.device.clone());
        fresh.own = with_details(own, description.events)?;
        fresh.visitors = grouped(visitors, &description.visitors)?.into();
        fresh.visitor_times = times.unwrap_or_default();
        fresh.simulated = description.simulated;
        fresh.imported = description.imported;
        fresh.catalogue = catalogue;
        if let (Some((words, length)), Some((_, events, learned))) = (model, description.model) {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).take(length).collect();
            let (model, shape) = Model::from_bytes(&bytes, &self.device)?;
            if shape.items != fresh.catalogue.len() {
                return Err(torn("its model is another catalogue's"));
            }
            let model = match description.reading {
                Some(reading) if reading.new.iter().any(|item| item.index() >= fresh.catalogue.len()) => {
                    return Err(torn("its new items are another catalogue's"));
                }
                Some(reading)
                    if !reading.weights.iter().all(|weight| (0.0..=Reading::MOST_WEIGHT).contains(weight)) =>
                {
                    return Err(torn("the texts' weights in it are out of range"));
                }
                Some(reading) => model.reading(&fresh.catalogue.texts(), &reading),
                None => model,
            };
            fresh.trained = Some(Trained::new(model, events, learned, description.from));
        }
        fresh.take_base_of(self)?;
        fresh.restart_session()?;
        fresh.revision = self.revision + u32::from(fresh.catalogue != self.catalogue);
        *self = fresh;
        Ok(())
    }
}

fn with_details(sessions: Vec<Vec<ItemIndex>>, details: Vec<(Option<i64>, Option<String>)>) -> Result<OwnHistory> {
    if sessions.iter().map(Vec::len).sum::<usize>() != details.len() {
        return Err(torn("its events and times do not add up"));
    }
    let mut details = details.into_iter();
    let session = |items: Vec<ItemIndex>| {
        items
            .into_iter()
            .zip(details.by_ref())
            .map(|(item, (time, kind))| OwnEvent { item, time, kind: kind.map(Into::into) })
            .collect()
    };
    Ok(OwnHistory::new(sessions.into_iter().map(session).collect()))
}

fn grouped(sessions: Vec<Vec<ItemIndex>>, sizes: &[usize]) -> Result<Vec<Vec<Vec<ItemIndex>>>> {
    if sizes.iter().sum::<usize>() != sessions.len() {
        return Err(torn("its visitors and sessions do not add up"));
    }
    let mut sessions = sessions.into_iter();
    Ok(sizes.iter().map(|&size| sessions.by_ref().take(size).collect()).collect())
}

fn torn(cause: &str) -> Error {
    Error::Checkpoint { cause: cause.into(), remedy: "Forget the kept state and start anew".into() }
}

fn words(bytes: &[u8]) -> Vec<u32> {
    bytes
        .chunks(4)
        .map(|chunk| {
            let mut word = [0; 4];
            word[..chunk.len()].copy_from_slice(chunk);
            u32::from_le_bytes(word)
        })
        .collect()
}
