//! Which of the items visited so far share words.

use crate::own::words::Words;

/// The words of visited items.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    /// By word: the items that have it, in the order of their first visits.
    holders: Vec<Vec<u32>>,
    items: usize,
}

impl Texts {
    /// Takes in an item that is visited for the first time.
    pub fn add(&mut self, item: u32, words: &Words) {
        for &word in words.of(item) {
            if word as usize >= self.holders.len() {
                self.holders.resize_with(word as usize + 1, Vec::new);
            }
            self.holders[word as usize].push(item);
        }
        self.items += 1;
    }

    /// The items that have a word.
    #[must_use]
    pub fn holders(&self, word: u32) -> &[u32] {
        self.holders.get(word as usize).map_or(&[], Vec::as_slice)
    }

    /// Inverse document frequency among the items visited so far.
    #[must_use]
    pub fn idf(&self, word: u32) -> f32 {
        (self.items as f32 / self.holders(word).len().max(1) as f32).ln_1p()
    }
}
