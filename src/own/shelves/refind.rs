//! Refinding: items by words of their titles, whole, begun or misspelt by one letter.

use crate::own::words::{Words, split};

/// Misspelt words have at least so many letters.
const LONG: usize = 5;

/// How well each item's title fits the words, of those that fit at least one of them; every word has a say, and telling ones the most.
#[must_use]
pub fn matches(words: &Words, query: &str) -> Vec<(u32, f32)> {
    let mut scores = vec![0.0_f32; words.of.len()];
    let mut most = 0.0;
    for asked in split(query) {
        let fits: Vec<f32> = words.words.iter().map(|word| fit(&asked, word)).collect();
        let telling = |&word: &u32| fits[word as usize] * words.idf(word);
        let best = fits.iter().enumerate().filter(|(_, fit)| **fit > 0.0).map(|(word, _)| words.idf(word as u32));
        most += best.fold(1.0, f32::max);
        for (score, title) in scores.iter_mut().zip(&words.of) {
            *score += title.iter().map(telling).fold(0.0, f32::max);
        }
    }
    let found = scores.into_iter().enumerate().filter(|&(_, score)| score > 0.0);
    found.map(|(item, score)| (item as u32, score / most)).collect()
}

/// 1 for the word itself, less for a beginning of it or a misspelling, 0 for another.
fn fit(asked: &str, word: &str) -> f32 {
    if asked == word {
        1.0
    } else if word.starts_with(asked) {
        0.8
    } else if asked.chars().count() >= LONG && one_apart(asked, word) {
        0.6
    } else {
        0.0
    }
}

/// Does one letter more, less or other, or two swapped neighbours, turn one word into the other?
fn one_apart(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let front = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let rest = a.len().min(b.len()) - front;
    let back = a.iter().rev().zip(b.iter().rev()).take(rest).take_while(|(x, y)| x == y).count();
    let (left, right) = (&a[front..a.len() - back], &b[front..b.len() - back]);
    left.len() <= 1 && right.len() <= 1
        || left.len() == 2 && right.len() == 2 && left[0] == right[1] && left[1] == right[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whole_begun_and_misspelt() {
        let words = Words::new(["Sourdough starter", "Sour grapes", "Bread and butter", "Starter motors"].into_iter());
        let best = |query: &str| {
            let mut found = matches(&words, query);
            found.sort_by(|a, b| b.1.total_cmp(&a.1));
            found.iter().map(|found| found.0).collect::<Vec<_>>()
        };
        assert_eq!(best("sourdough"), [0]);
        assert_eq!(best("sourdoguh")[0], 0, "swapped letters");
        assert_eq!(best("breed"), [2], "another letter");
        assert_eq!(best("starter sour")[0], 0);
        assert!(best("violin").is_empty() && best("").is_empty());
    }
}
