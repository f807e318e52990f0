//! Words of titles.

use std::collections::HashMap;

/// Titles as words, and how telling each word is.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// By item: its words, each once.
    pub of: Vec<Vec<u32>>,
    /// All words.
    pub words: Vec<String>,
    /// By word: how many titles have it.
    pub titles: Vec<u32>,
    numbers: HashMap<String, u32>,
}

/// The words of a text, in lower case; single characters and numbers of up to two digits are left out.
pub fn split(text: &str) -> impl Iterator<Item = String> {
    let telling = |word: &&str| {
        word.chars().nth(1).is_some() && (word.chars().nth(2).is_some() || !word.bytes().all(|b| b.is_ascii_digit()))
    };
    text.split(|c: char| !c.is_alphanumeric()).filter(telling).map(str::to_lowercase)
}

impl Words {
    /// Of titles, item by item.
    #[must_use]
    pub fn new<'a>(titles: impl Iterator<Item = &'a str>) -> Self {
        let mut all = Self::default();
        titles.for_each(|title| all.push(title));
        all
    }

    /// An item's words.
    #[must_use]
    pub fn of(&self, item: u32) -> &[u32] {
        self.of.get(item as usize).map_or(&[], Vec::as_slice)
    }

    /// Adds the next item's title.
    pub fn push(&mut self, title: &str) {
        let mut words: Vec<u32> = split(title).map(|word| self.number(word)).collect();
        words.sort_unstable();
        words.dedup();
        words.iter().for_each(|&word| self.titles[word as usize] += 1);
        self.of.push(words);
    }

    fn number(&mut self, word: String) -> u32 {
        if let Some(&number) = self.numbers.get(&word) {
            return number;
        }
        self.numbers.insert(word.clone(), self.words.len() as u32);
        self.words.push(word);
        self.titles.push(0);
        self.words.len() as u32 - 1
    }

    /// The number of a word that some title has.
    #[must_use]
    pub fn get(&self, word: &str) -> Option<u32> {
        self.numbers.get(word).copied()
    }

    /// Inverse document frequency: how telling a word is.
    #[must_use]
    pub fn idf(&self, word: u32) -> f32 {
        (self.of.len() as f32 / self.titles[word as usize].max(1) as f32).ln_1p()
    }
}
