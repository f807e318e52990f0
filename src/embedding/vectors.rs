//! word2vec's text format: a line `N d`, then a line `id v1 … vd` per item, by single blanks. word2vec, gensim, fastText and others
//! read and write it.
//!
//! **Ids with blanks:** the format has no quotes, so a blank in an id is written as `␣` (U+2423) and read back as a blank. Ids that hold
//! a `␣` of their own, a line break or other white space or control characters cannot be written.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use rand::RngExt;

use crate::catalogue::Catalogue;
use crate::error::{Error, Result};
use crate::rng::{Stream, generator};

/// What stands for a blank in an id.
const BLANK: char = '␣';

/// Vectors by id.
#[derive(Debug, Clone, PartialEq)]
pub struct Vectors {
    dim: usize,
    ids: Vec<String>,
    values: Vec<f32>,
}

/// Vectors in a catalogue's order.
#[derive(Debug, Clone, PartialEq)]
pub struct Aligned {
    /// `[n_items, d]`, flat.
    pub values: Vec<f32>,
    /// Items that had no vector and got a random one.
    pub missing: usize,
}

impl Vectors {
    /// Vectors of these ids, `[ids, dim]`, flat.
    ///
    /// # Errors
    /// [`Error::Format`] where there are not `dim` numbers an id, a number is not finite, or an id is empty or stands there twice.
    pub fn new(dim: usize, ids: Vec<String>, values: Vec<f32>) -> Result<Self> {
        let fits = dim > 0 && ids.len().checked_mul(dim) == Some(values.len());
        let cause = if !fits {
            format!("{} numbers for {} ids of {dim} each", values.len(), ids.len())
        } else if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            format!("the vector of {:?} holds {}", ids[at / dim], values[at])
        } else if let Some(id) = empty_or_doubled(&ids) {
            format!("the id {id:?} is empty or stands there twice")
        } else {
            return Ok(Self { dim, ids, values });
        };
        Err(Error::Format { what: "Item vectors".into(), cause, remedy: "Train again".into() })
    }

    /// Width of the vectors.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The ids, in order.
    #[must_use]
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    /// The numbers, `[ids, dim]`, flat.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// As text. Numbers are the shortest that read back as the same `f32`.
    ///
    /// # Errors
    /// [`Error::Format`] naming the first id that the format cannot hold.
    pub fn to_text(&self) -> Result<String> {
        let mut text = format!("{} {}\n", self.ids.len(), self.dim);
        for (id, vector) in self.ids.iter().zip(self.values.chunks_exact(self.dim)) {
            text.push_str(&written(id)?);
            for value in vector {
                // Writing to a string cannot fail.
                let _ = write!(text, " {value}");
            }
            text.push('\n');
        }
        Ok(text)
    }

    /// Reads text. Nothing is allocated by what the first line claims, only by what is there.
    ///
    /// # Errors
    /// [`Error::Format`] with the line: text that is not UTF-8, a first line that is not two whole numbers, a line of more or fewer
    /// numbers, something that is no finite number, an id for the second time, more or fewer lines than announced.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(bytes).map_err(|cause| {
            let before = bytes[..cause.valid_up_to()].split(|&byte| byte == b'\n').count();
            wrong(before, "it is not UTF-8", "Export the vectors as text, not in word2vec's binary format")
        })?;
        let mut lines = text.trim_end().lines().enumerate().map(|(at, line)| (at + 1, line));
        let (announced, dim) = header(lines.next().map_or("", |(_, line)| line))?;
        let mut vectors = Self { dim, ids: Vec::new(), values: Vec::new() };
        let mut first_line = HashMap::new();
        for (number, line) in lines {
            vectors.read_line(number, line, announced)?;
            if let Some(id) = vectors.ids.last()
                && let Some(first) = first_line.insert(id.clone(), number)
            {
                let cause = format!("{id:?} stands in line {first} already");
                return Err(wrong(number, &cause, "Keep one of the two lines, and lower the number in the first line"));
            }
        }
        if vectors.ids.len() < announced {
            let cause = format!("it announces {announced} vectors, and {} follow", vectors.ids.len());
            return Err(wrong(1, &cause, "The file may be cut short: export it again"));
        }
        Ok(vectors)
    }

    fn read_line(&mut self, number: usize, line: &str, announced: usize) -> Result<()> {
        if self.ids.len() == announced {
            let cause = format!("the first line announces {announced} vectors, and this is one more");
            return Err(wrong(number, &cause, "Correct the first line"));
        }
        let mut fields = line.trim_end().split(' ');
        let id = fields.next().unwrap_or_default();
        let found = fields.clone().count();
        if id.is_empty() || found != self.dim {
            let cause = format!("{found} numbers follow the id {id:?}, not {}", self.dim);
            let remedy = "Write `id v1 … vd` by single blanks, and blanks within an id as ␣";
            return Err(wrong(number, &cause, remedy));
        }
        for field in fields {
            match field.parse::<f32>() {
                Ok(value) if value.is_finite() => self.values.push(value),
                _ => {
                    let cause = format!("{field:?} is not a finite number");
                    return Err(wrong(number, &cause, "Train the vectors again, or take the line out"));
                }
            }
        }
        self.ids.push(id.replace(BLANK, " "));
        Ok(())
    }

    /// The vectors in a catalogue's order. Items without one get a random one of the same scale.
    ///
    /// # Errors
    /// [`Error::Format`] with the line of an id that the catalogue does not hold.
    pub fn align(&self, catalogue: &Catalogue, seed: u64) -> Result<Aligned> {
        let mut values = vec![None; catalogue.len()];
        for (row, id) in self.ids.iter().enumerate() {
            let Some(item) = catalogue.get(id) else {
                let cause = format!("no item of the log is called {id:?}");
                return Err(wrong(row + 2, &cause, "Take the line out, or train on a log that the vectors belong to"));
            };
            values[item.index()] = Some(&self.values[row * self.dim..(row + 1) * self.dim]);
        }
        let missing = values.iter().filter(|value| value.is_none()).count();
        let squares: f32 = self.values.iter().map(|value| value * value).sum();
        // Uniform within ± b has the mean square b²/3.
        let bound = (3.0 * squares / self.values.len().max(1) as f32).sqrt();
        let mut random = generator(seed, Stream::Weights, 1);
        let mut draw = || (random.random::<f32>() * 2.0 - 1.0) * bound;
        let values = values.into_iter().flat_map(|value| match value {
            Some(vector) => vector.to_vec(),
            None => std::iter::repeat_with(&mut draw).take(self.dim).collect(),
        });
        Ok(Aligned { values: values.collect(), missing })
    }
}

fn empty_or_doubled(ids: &[String]) -> Option<&String> {
    let mut known = HashSet::new();
    ids.iter().find(|id| id.is_empty() || !known.insert(id.as_str()))
}

/// An id as the format can hold it.
fn written(id: &str) -> Result<String> {
    let unwritable = |c: char| c == BLANK || (c != ' ' && (c.is_whitespace() || c.is_control()));
    match id.chars().find(|&c| unwritable(c)) {
        None => Ok(id.replace(' ', &BLANK.to_string())),
        Some(c) => Err(Error::Format {
            what: "word2vec's text format".into(),
            cause: format!("it cannot hold the id {id:?}, because of {c:?}"),
            remedy: "Give the item another id".into(),
        }),
    }
}

/// Number of vectors and their width.
fn header(line: &str) -> Result<(usize, usize)> {
    let numbers: Vec<usize> = line.split_whitespace().map_while(|field| field.parse().ok()).collect();
    match numbers[..] {
        [count, dim] if dim > 0 && line.split_whitespace().count() == 2 => Ok((count, dim)),
        _ => {
            let shown: String = line.chars().take(40).collect();
            let cause = format!("{shown:?} is not the number of vectors and their width");
            Err(wrong(1, &cause, "Begin with `N d`, as word2vec and gensim do (GloVe's own files lack that line)"))
        }
    }
}

fn wrong(line: usize, cause: &str, remedy: &str) -> Error {
    Error::Format { what: format!("Item vectors, line {line}"), cause: cause.into(), remedy: remedy.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Item;

    fn parsed(text: &str) -> Vectors {
        Vectors::parse(text.as_bytes()).unwrap()
    }

    fn catalogue(ids: &[&str]) -> Catalogue {
        let item = |id: &&str| Item { id: (*id).to_owned(), ..Item::default() };
        Catalogue::new(ids.iter().map(item)).unwrap()
    }

    #[test]
    fn what_is_written_is_read_to_the_last_bit() {
        let ids = ["a", "New York", " lead", "trail ", "https://x.org/?q=a%20b", "ü"].map(str::to_owned).to_vec();
        let values: Vec<f32> =
            vec![1.0, -0.1, f32::MIN_POSITIVE, 1e-45, f32::MAX, -1.0 / 3.0, 0.0, 16_777_216.0, 3e20, 0.3, -7.0, 1e-7];
        let vectors = Vectors::new(2, ids, values).unwrap();
        let text = vectors.to_text().unwrap();
        assert!(text.starts_with("6 2\na 1 -0.1\nNew␣York "), "{text}");
        let back = parsed(&text);
        assert_eq!(back, vectors);
        let bits = |v: &Vectors| v.values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&back), bits(&vectors));
    }

    #[test]
    fn other_programs_habits_are_read() {
        // word2vec ends each line with a blank, Windows with a carriage return; numpy writes exponents.
        let vectors = parsed("2 3 \r\na 1 2e-05 -3.5 \r\nb .5 +1 0 \r\n\r\n");
        assert_eq!(vectors.ids, ["a", "b"]);
        assert_eq!(vectors.values, [1.0, 2e-5, -3.5, 0.5, 1.0, 0.0]);
        assert_eq!(parsed("0 8").ids.len(), 0);
    }

    #[test]
    fn ids_that_the_format_cannot_hold_are_named() {
        for id in ["a\tb", "a\nb", "a\u{a0}b", "a␣b"] {
            let vectors = Vectors::new(1, vec![id.into()], vec![0.0]).unwrap();
            assert!(vectors.to_text().unwrap_err().to_string().contains(&format!("{id:?}")), "{id:?}");
        }
    }

    #[test]
    fn vectors_that_do_not_fit_their_ids_are_refused() {
        let new = |ids: &[&str], values: &[f32]| {
            Vectors::new(2, ids.iter().map(|&id| id.to_owned()).collect(), values.to_vec()).unwrap_err().to_string()
        };
        assert!(new(&["a"], &[1.0]).contains("1 numbers for 1 ids of 2 each"));
        assert!(new(&["a"], &[1.0, f32::NAN]).contains("the vector of \"a\" holds NaN"));
        assert!(new(&["a", "a"], &[0.0; 4]).contains("\"a\" is empty or stands there twice"));
    }

    #[test]
    fn a_bad_file_is_refused_with_line_cause_and_remedy() {
        let cases: [(&[u8], &str); 15] = [
            (b"", "line 1: \"\" is not the number"),
            (b"a 1 2\n", "line 1: \"a 1 2\" is not the number"),
            (b"1 2 3\n", "line 1: \"1 2 3\" is not the number"),
            (b"2 0\na\nb\n", "line 1: \"2 0\" is not the number"),
            (b"-1 2\n", "line 1: \"-1 2\" is not the number"),
            (b"99999999999999999999999 2\n", "line 1"),
            (b"18446744073709551615 2\na 1 2\n", "announces 18446744073709551615 vectors, and 1 follow"),
            (b"1 18446744073709551615\na 1 2\n", "line 2: 2 numbers follow the id \"a\", not 18446744073709551615"),
            (b"2 2\na 1 2\nNew York 1 2\n", "line 3: 3 numbers follow the id \"New\", not 2. Write `id v1"),
            (b"2 2\na 1\nb 1 2\n", "line 2: 1 numbers"),
            (b"1 2\na 1 nan\n", "line 2: \"nan\" is not a finite number"),
            (b"1 2\na inf 1e39\n", "line 2: \"inf\" is not a finite number"),
            (b"2 1\na 1\na 2\n", "line 3: \"a\" stands in line 2 already"),
            (b"1 1\na 1\nb 2\n", "line 3: the first line announces 1 vectors"),
            (b"1 1\n\xff 1\n", "line 2: it is not UTF-8"),
        ];
        for (bytes, expected) in cases {
            let error = Vectors::parse(bytes).unwrap_err();
            assert_eq!(error.code(), "format");
            assert!(error.to_string().contains(expected), "{error}, not {expected}");
        }
    }

    #[test]
    fn vectors_follow_the_catalogues_order_and_items_without_one_get_a_random_one() {
        let vectors = parsed("2 2\nb 3 3\na -1 1\n");
        let aligned = vectors.align(&catalogue(&["a", "new", "b"]), 1).unwrap();
        assert_eq!(
            (&aligned.values[..2], &aligned.values[4..], aligned.missing),
            (&[-1.0, 1.0][..], &[3.0, 3.0][..], 1)
        );
        let bound = 15.0_f32.sqrt(); // mean square 5
        assert!(aligned.values[2..4].iter().all(|x| x.abs() <= bound && *x != 0.0), "{aligned:?}");
        assert_eq!(vectors.align(&catalogue(&["a", "new", "b"]), 1).unwrap(), aligned);
    }

    #[test]
    fn an_unknown_id_is_named_with_its_line() {
        let error = parsed("2 1\na 1\nz 2\n").align(&catalogue(&["a"]), 1).unwrap_err();
        assert!(error.to_string().contains("line 3: no item of the log is called \"z\". Take the line out"), "{error}");
    }
}
