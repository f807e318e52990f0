//! Plain sequences: a session a line, item ids separated by blanks, oldest first. Each line is a user of its own.

use super::draft::Draft;

pub(super) fn read(source: &str, draft: &mut Draft) {
    for line in source.lines() {
        let mut items = line.split_whitespace().peekable();
        if items.peek().is_some() {
            draft.push_session(items);
        }
    }
}
