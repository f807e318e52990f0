//! Words of titles.

/// The words of a text in lower case, two letters or more.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > 1).map(str::to_lowercase)
}

/// How near a word comes to one that somebody typed, 0..1: the same, begun, or one or two letters off.
pub(super) fn nearness(typed: &str, word: &str) -> f32 {
    if typed == word {
        return 1.0;
    }
    let length = typed.chars().count();
    if length >= 3 && word.starts_with(typed) {
        return 0.8;
    }
    let allowed = match length {
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    };
    if allowed > 0 && distance(typed, word, allowed) <= allowed { 0.6 } else { 0.0 }
}

/// Letters to insert, delete, change, or swap with their neighbour (optimal string alignment); more than `limit` is told as one more.
fn distance(a: &str, b: &str, limit: usize) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > limit {
        return limit + 1;
    }
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let change = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = change.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_letters_and_digits() {
        assert_eq!(words("Rye—Sourdough, 2nd try! é").collect::<Vec<_>>(), ["rye", "sourdough", "2nd", "try"]);
    }

    #[test]
    fn misspelt_words_are_near() {
        assert!(nearness("sourdogh", "sourdough") > 0.0);
        assert!(nearness("braed", "bread") > 0.0);
        assert!(nearness("sour", "sourdough") > nearness("sourdogh", "sourdough"));
        assert!(nearness("rye", "dye").abs() < f32::EPSILON);
        assert!(nearness("kitchen", "garden").abs() < f32::EPSILON);
    }
}
