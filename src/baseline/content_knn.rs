//! Items that read alike: BM25 (Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009) over their texts.

use std::collections::HashMap;

use super::sums::Sums;
use super::{Baseline, Popularity, latest_first};
use crate::catalogue::ItemIndex;
use crate::lists::Lists;
use crate::sequences::Sequences;

/// k₁: how soon a word's repeats within a text stop counting.
const SATURATION: f32 = 1.2;
/// b: how much a long text is marked down.
const LENGTH: f32 = 0.75;
/// Items of a context whose texts make up the query: the last ones.
const CONTEXT: usize = 10;

/// The query is the texts of a context's last 10 items, each weighted by 1 / steps from the end; the answer, all items but those.
#[derive(Debug, Clone)]
pub struct ContentKnn {
    /// Each item's words.
    words: Lists<u32>,
    /// Each word's items, with what the word is worth in their texts.
    items: Lists<(u32, f32)>,
    popularity: Popularity,
}

impl ContentKnn {
    /// Indexes the items' texts, one an item; where all are empty there is nothing to go by.
    #[must_use]
    pub fn new(texts: &[String], sequences: &Sequences) -> Option<Self> {
        let (documents, vocabulary) = documents(texts);
        if vocabulary == 0 {
            return None;
        }
        let words = Lists::from_rows(documents.iter().map(|document| document.iter().map(|&(word, _)| word).collect()));
        let items = Lists::grouped(vocabulary, &weights(&documents, vocabulary));
        Some(Self { words, items, popularity: Popularity::new(sequences) })
    }
}

/// Each text as its words, in order of first appearance, with how often they occur; and how many words there are in all.
fn documents(texts: &[String]) -> (Vec<Vec<(u32, f32)>>, usize) {
    let mut vocabulary: HashMap<String, u32> = HashMap::new();
    let mut document = |text: &String| {
        let mut counts: Vec<(u32, f32)> = Vec::new();
        for word in words(text) {
            let next = vocabulary.len() as u32;
            let word = *vocabulary.entry(word).or_insert(next);
            match counts.iter_mut().find(|(known, _)| *known == word) {
                Some((_, count)) => *count += 1.0,
                None => counts.push((word, 1.0)),
            }
        }
        counts
    };
    let documents = texts.iter().map(&mut document).collect();
    (documents, vocabulary.len())
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// BM25's weight of each word in each text: `idf * tf (k₁ + 1) / (tf + k₁ (1 − b + b length / mean length))`.
fn weights(documents: &[Vec<(u32, f32)>], vocabulary: usize) -> Vec<(usize, (u32, f32))> {
    let length = |document: &[(u32, f32)]| document.iter().map(|(_, count)| count).sum::<f32>();
    let mean = documents.iter().map(|document| length(document)).sum::<f32>() / documents.len() as f32;
    let mut texts_with = vec![0.0_f32; vocabulary];
    documents.iter().flatten().for_each(|&(word, _)| texts_with[word as usize] += 1.0);
    let idf = |n: f32| ((documents.len() as f32 - n + 0.5) / (n + 0.5)).ln_1p();
    let mut weights = Vec::new();
    for (document, item) in documents.iter().zip(0_u32..) {
        let damping = SATURATION * (1.0 - LENGTH + LENGTH * length(document) / mean);
        for &(word, count) in document {
            let weight = idf(texts_with[word as usize]) * count * (SATURATION + 1.0) / (count + damping);
            weights.push((word as usize, (item, weight)));
        }
    }
    weights
}

impl Baseline for ContentKnn {
    fn scores(&self, context: &[ItemIndex]) -> Vec<f32> {
        let latest = latest_first(context);
        let query = &latest[..latest.len().min(CONTEXT)];
        let mut sums = Sums::new(self.popularity.counts().len());
        for (step, item) in query.iter().enumerate() {
            let weight = 1.0 / (step as f32 + 1.0);
            for &word in self.words.of(item.index()) {
                self.items.of(word as usize).iter().for_each(|&(other, worth)| sums.add(other, weight * worth));
            }
        }
        // A text is most like itself, which says nothing.
        let others = |&(other, _): &(u32, f32)| !query.contains(&ItemIndex(other));
        self.popularity.under(sums.take().into_iter().filter(others))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{close, items, order, sequences};
    use super::*;

    fn index(texts: &[&str]) -> Option<ContentKnn> {
        let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
        ContentKnn::new(&texts, &sequences(texts.len().max(3), &[&[2]]))
    }

    #[test]
    fn scores_are_bm25() {
        let knn = index(&["Toy Story", "Toy story, toy", "Heat", "Story"]).unwrap();
        // Lengths 2, 3, 1, 1, mean 1.75. "toy" is in 2 of 4 texts: idf ln(1 + 2.5 / 2.5); "story" in 3: ln(1 + 1.5 / 3.5).
        let damping = |length: f32| 1.2 * (0.25 + 0.75 * length / 1.75);
        let (toy, story) = (2.0_f32.ln(), (1.0_f32 + 1.5 / 3.5).ln());
        let scores = knn.scores(&items(&[0]));
        close(scores[1], toy * 2.0 * 2.2 / (2.0 + damping(3.0)) + story * 2.2 / (1.0 + damping(3.0)));
        close(scores[3], story * 2.2 / (1.0 + damping(1.0)));
        assert_eq!(order(&knn, &[0]), [1, 3, 2, 0]);
    }

    #[test]
    fn later_items_weigh_more() {
        let knn = index(&["red", "blue", "red wine", "blue cheese"]).unwrap();
        assert_eq!(order(&knn, &[0, 1])[..2], [3, 2]);
        assert_eq!(order(&knn, &[1, 0])[..2], [2, 3]);
    }

    #[test]
    fn without_texts_there_is_nothing_to_go_by() {
        assert!(index(&["", " – ", ""]).is_none());
    }
}
