//! Transitions in a file.

use crate::checkpoint::{Reader, Writer};
use crate::error::{Error, Result};
use crate::sequences::Transitions;

pub(crate) fn write_transitions(writer: &mut Writer, transitions: &Transitions) {
    let flat = |part: fn(&(u32, u32)) -> u32| transitions.rows().flat_map(|(_, row)| row).map(part).collect::<Vec<_>>();
    writer.integers("transitions.totals", &transitions.rows().map(|(total, _)| total).collect::<Vec<_>>());
    writer.integers("transitions.lengths", &transitions.rows().map(|(_, row)| row.len() as u32).collect::<Vec<_>>());
    writer.integers("transitions.successors", &flat(|&(item, _)| item));
    writer.integers("transitions.counts", &flat(|&(_, count)| count));
}

/// Those of a catalogue of `items`.
pub(crate) fn read_transitions(reader: &mut Reader, items: usize) -> Result<Transitions> {
    let totals = reader.integers("transitions.totals")?;
    let lengths = reader.integers("transitions.lengths")?;
    let mut pairs = reader.integers("transitions.successors")?.into_iter().zip(reader.integers("transitions.counts")?);
    let sum: usize = lengths.iter().map(|&length| length as usize).sum();
    if totals.len() != items || lengths.len() != items || pairs.len() != sum {
        return Err(Error::Checkpoint {
            cause: "the lengths of its transitions do not add up".into(),
            remedy: "Train again".into(),
        });
    }
    let row = |(total, length): (u32, u32)| (total, pairs.by_ref().take(length as usize).collect());
    Transitions::from_rows(totals.into_iter().zip(lengths).map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::ItemIndex;
    use crate::checkpoint::Content;

    #[test]
    fn what_is_written_is_read_and_what_does_not_add_up_is_refused() {
        let read = |writer: Writer| {
            let bytes = writer.finish(Content::Model, &()).unwrap();
            read_transitions(&mut Reader::open(&bytes, Content::Model).unwrap(), 3)
        };
        let transitions = Transitions::new(3, &[[0, 1, 2, 0, 1, 1].map(ItemIndex).to_vec()]);
        let mut writer = Writer::default();
        write_transitions(&mut writer, &transitions);
        assert_eq!(read(writer).unwrap(), transitions);
        for (totals, lengths) in [(&[2, 0][..], &[1, 0][..]), (&[2, 0, 0], &[2, 0, 0])] {
            let mut writer = Writer::default();
            for (name, values) in [("totals", totals), ("lengths", lengths), ("successors", &[1]), ("counts", &[1])] {
                writer.integers(format!("transitions.{name}"), values);
            }
            assert!(read(writer).unwrap_err().to_string().contains("do not add up"));
        }
    }
}
