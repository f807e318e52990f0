//! Which of the items visited so far share words, and how telling a word is.

use crate::own::words::Words;

/// The words of visited items.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    /// By word: the items that have it, in the order of their first visits.
    holders: Vec<Vec<u32>>,
    /// By word: its squared inverse document frequency among the items visited so far, as of the last item that has it, or later.
    weights: Vec<f32>,
    items: usize,
    /// All weights are worked out anew at so many items.
    renewed_at: usize,
}

impl Texts {
    /// Takes in an item that is visited for the first time.
    pub fn add(&mut self, item: u32, words: &Words) {
        self.items += 1;
        for &word in words.of(item) {
            if word as usize >= self.holders.len() {
                self.holders.resize_with(word as usize + 1, Vec::new);
                self.weights.resize(word as usize + 1, 0.0);
            }
            self.holders[word as usize].push(item);
            self.weights[word as usize] = self.squared_idf(word as usize);
        }
        if self.items >= self.renewed_at {
            // Often enough that none is further off than a sixteenth more items make it.
            self.renewed_at = self.items + 1 + self.items / 16;
            (0..self.weights.len()).for_each(|word| self.weights[word] = self.squared_idf(word));
        }
    }

    fn squared_idf(&self, word: usize) -> f32 {
        (self.items as f32 / self.holders[word].len().max(1) as f32).ln_1p().powi(2)
    }

    /// The items that have a word.
    #[must_use]
    pub fn holders(&self, word: u32) -> &[u32] {
        self.holders.get(word as usize).map_or(&[], Vec::as_slice)
    }

    /// The square of a word's inverse document frequency.
    #[must_use]
    pub fn weight(&self, word: u32) -> f32 {
        self.weights.get(word as usize).copied().unwrap_or(0.0)
    }
}
