//! How alike titles are: the cosine of their words, each weighted by its inverse document frequency among what was visited so far.

use crate::own::past::{NONE, Past};
use crate::own::words::Words;

/// How many of the last items candidates are compared with.
pub const SPEAKERS: usize = 4;

/// What comparing needs, kept to allocate nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Likeness {
    /// Each candidate's likeness to each of the last items, the last one first, 0..1. Nothing is like itself.
    pub(super) rows: Vec<[f32; SPEAKERS]>,
    /// By word: a bit for each of the last items that has it.
    marks: Vec<u8>,
}

impl Likeness {
    pub(super) fn compare(&mut self, past: &Past, words: &Words, candidates: &[u32]) {
        let speakers: [_; SPEAKERS] = std::array::from_fn(|back| past.back(back));
        let of = |back: usize| if speakers[back] == NONE { &[] } else { words.of(speakers[back]) };
        self.marks.resize(words.words.len(), 0);
        (0..SPEAKERS).for_each(|back| of(back).iter().for_each(|&word| self.marks[word as usize] |= 1 << back));
        let weight = |&word: &u32| past.texts.weight(word);
        let scales = std::array::from_fn(|back| inverse(of(back).iter().map(weight).sum::<f32>().sqrt()));
        self.rows.clear();
        let marks = &self.marks;
        self.rows.extend(candidates.iter().map(|&item| {
            let mut row = cosines(words.of(item).iter().map(|word| (weight(word), marks[*word as usize])), scales);
            row.iter_mut().zip(speakers).filter(|&(_, speaker)| speaker == item).for_each(|(alike, _)| *alike = 0.0);
            row
        }));
        (0..SPEAKERS).for_each(|back| of(back).iter().for_each(|&word| self.marks[word as usize] = 0));
    }
}

/// The cosines of a title (its words' weights and marks) and those of the last items, `scales` being one over their lengths.
fn cosines(title: impl Iterator<Item = (f32, u8)>, scales: [f32; SPEAKERS]) -> [f32; SPEAKERS] {
    let (mut sums, mut squares) = ([0.0_f32; SPEAKERS], 0.0);
    for (weight, marks) in title {
        squares += weight;
        if marks > 0 {
            let is_marked = |&(back, _): &(usize, _)| marks >> back & 1 == 1;
            sums.iter_mut().enumerate().filter(is_marked).for_each(|(_, sum)| *sum += weight);
        }
    }
    let scale = inverse(squares.sqrt());
    std::array::from_fn(|back| (sums[back] * scales[back] * scale).min(1.0))
}

fn inverse(length: f32) -> f32 {
    if length > 0.0 { 1.0 / length } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::own::past::Visit;

    #[test]
    fn titles_that_share_rare_words_are_alike() {
        let words = Words::new(["red cup large", "blue cup large", "red lamp", "large table", "cup"].into_iter());
        let mut past = Past::default();
        for item in [4, 3, 2, 1, 0] {
            // Items are numbered by first appearance everywhere else.
            let visit = |item| Visit { item, time: None, starts: false };
            past.learn(visit(4 - item), NONE);
            past.texts.add(item, &words);
        }
        let mut likeness = Likeness::default();
        likeness.compare(&past, &words, &[0, 1, 2, 3, 4]);
        let alike = likeness.rows;
        // The last visit was of item 4, "cup", the one before of 3, "large table".
        let to_cup: Vec<f32> = alike.iter().map(|row| row[0]).collect();
        assert!(to_cup[0] > 0.0 && to_cup[1] > 0.0 && to_cup[2] == 0.0 && to_cup[3] == 0.0 && to_cup[4] == 0.0);
        assert!(alike[1][1] > 0.0 && alike[1][1] < 1.0 && alike[3][1] == 0.0, "nothing is like itself");
        assert!(alike.iter().flatten().all(|&alike| (0.0..=1.0).contains(&alike)));
    }
}
