//! Text from files and sites, made safe to show: never markup, never able to reorder what stands around it.

use std::borrow::Cow;

/// Longest text kept, in characters.
const MAX_CHARS: usize = 300;
/// Longest example in a report, in characters.
const MAX_EXAMPLE_CHARS: usize = 80;

/// Takes out control characters and direction overrides, and cuts the text at 300 characters. Markup stays, as the literal text it
/// is. Borrowed where nothing but blanks at the ends had to go.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    clean_to(text, MAX_CHARS)
}

/// [`clean`], short enough for a message.
pub(crate) fn shorten(text: &str) -> Cow<'_, str> {
    clean_to(text, MAX_EXAMPLE_CHARS)
}

/// A size in the largest unit that keeps it readable.
pub(crate) fn size(bytes: usize) -> String {
    match bytes {
        0..=1023 => format!("{bytes} bytes"),
        1024..=1_048_575 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}

fn clean_to(text: &str, max_chars: usize) -> Cow<'_, str> {
    let text = text.trim();
    let fits = text.len() <= max_chars || text.chars().nth(max_chars).is_none();
    if fits && !text.chars().any(|c| c.is_control() || overrides_direction(c)) {
        return Cow::Borrowed(text);
    }
    let mut kept = text.chars().filter_map(printable);
    let mut out: String = kept.by_ref().take(max_chars).collect();
    if kept.next().is_some() {
        out.pop();
        out.push('…');
    }
    Cow::Owned(out.trim().to_owned())
}

/// Line breaks and tabs become blanks, so that words do not run together.
fn printable(c: char) -> Option<char> {
    match c {
        '\n' | '\r' | '\t' => Some(' '),
        c if c.is_control() || overrides_direction(c) => None,
        c => Some(c),
    }
}

fn overrides_direction(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_stays_text_and_needs_no_copy() {
        let title = "<img src=x onerror=alert(1)> & \u{05E9}\u{05DC}\u{05D5}\u{05DD}";
        assert!(matches!(clean(title), Cow::Borrowed(text) if text == title));
    }

    #[test]
    fn direction_overrides_and_control_characters_go() {
        assert_eq!(clean("\u{202E}gpj.exe\u{202C}\u{2066}\u{2069}\u{200F}\u{0}\u{7}"), "gpj.exe");
        assert_eq!(clean("two\nlines\tand\u{85}"), "two lines and");
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        let cut = clean(&"é".repeat(1000)).into_owned();
        assert_eq!(cut.chars().count(), 300);
        assert!(cut.ends_with('…'));
        assert_eq!(clean(&"é".repeat(300)).chars().last(), Some('é'));
    }

    #[test]
    fn sizes_are_readable() {
        assert_eq!(size(12), "12 bytes");
        assert_eq!(size(200 << 20), "200.0 MiB");
    }
}
