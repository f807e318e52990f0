//! How alike titles are: the cosine of their words, each weighted by its inverse document frequency among what was visited so far.

use crate::own::past::{NONE, Past};
use crate::own::words::Words;

/// How many of the last items candidates are compared with.
pub const SPEAKERS: usize = 4;

/// Each candidate's likeness to each of the last items, the last one first, 0..1. Nothing is like itself. `[candidates, SPEAKERS]`
pub(super) fn compare(past: &Past, words: &Words, candidates: &[u32], out: &mut Vec<[f32; SPEAKERS]>) {
    let weight = |&word: &u32| past.texts.idf(word).powi(2);
    let length = |item: u32| words.of(item).iter().map(weight).sum::<f32>().sqrt();
    let speakers: [_; SPEAKERS] = std::array::from_fn(|back| past.back(back));
    let lengths = speakers.map(|item| if item == NONE { 0.0 } else { length(item) });
    out.clear();
    out.extend(candidates.iter().map(|&item| {
        let shared: [f32; SPEAKERS] = std::array::from_fn(|back| {
            let speaker = speakers[back];
            if speaker == item || lengths[back] == 0.0 {
                return 0.0;
            }
            let own = words.of(speaker);
            words.of(item).iter().filter(|word| own.contains(word)).map(weight).sum()
        });
        if shared == [0.0; SPEAKERS] {
            return shared;
        }
        let length = length(item);
        std::array::from_fn(|back| if shared[back] > 0.0 { shared[back] / (length * lengths[back]) } else { 0.0 })
    }));
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
        let mut alike = Vec::new();
        compare(&past, &words, &[0, 1, 2, 3, 4], &mut alike);
        // The last visit was of item 4, "cup", the one before of 3, "large table".
        let to_cup: Vec<f32> = alike.iter().map(|row| row[0]).collect();
        assert!(to_cup[0] > 0.0 && to_cup[1] > 0.0 && to_cup[2] == 0.0 && to_cup[3] == 0.0 && to_cup[4] == 0.0);
        assert!(alike[1][1] > 0.0 && alike[1][1] < 1.0 && alike[3][1] == 0.0, "nothing is like itself");
        assert!(alike.iter().flatten().all(|&alike| (0.0..=1.0).contains(&alike)));
    }
}
