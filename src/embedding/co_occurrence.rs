//! Which items are seen near which, and how often: what `GloVe` learns from.

use super::Window;
use crate::catalogue::ItemIndex;
use crate::sequences::Sequences;

/// At most this many pairs are kept, which bounds the table at 48 MiB (and twice that while it is built).
pub const LIMIT: usize = 1 << 22;

/// Two items and how often the second is seen near the first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry {
    /// The one.
    pub centre: u32,
    /// The other.
    pub context: u32,
    /// Σ 1/distance over all times that they are seen within the window.
    pub count: f32,
}

/// All pairs within the window, each counted 1/distance (Pennington et al., 2014), in order of (centre, context). Items of fewer than
/// `min_count` views are taken out of the sessions first. Where there are more than `limit` pairs, those with the smallest counts are
/// left out (of equal ones, the later): they say least, and weigh least in the loss.
///
/// It walks the views of one centre after the other, so that each count is complete, and summed in the order of the sessions, before
/// the next begins: memory is bounded by the events, the catalogue and `limit`, not by the pairs seen.
#[must_use]
pub fn co_occurrences(sequences: &Sequences, window: Window, min_count: u32, limit: usize) -> Vec<Entry> {
    let counts = sequences.counts();
    let frequent = |item: &ItemIndex| counts[item.index()] >= min_count;
    let sessions: Vec<Vec<ItemIndex>> =
        sequences.sessions.iter().map(|session| session.iter().copied().filter(frequent).collect()).collect();
    let views = Views::new(&sessions, sequences.items);
    let mut row = vec![0.0_f32; sequences.items];
    let mut near = Vec::new();
    let mut entries = Vec::new();
    for centre in 0..sequences.items {
        for &(session, at) in views.of(centre) {
            let (session, at) = (&sessions[session as usize], at as usize);
            for other in window.around(at, window.size, session.len()).filter(|&other| other != at) {
                let context = session[other];
                if row[context.index()] == 0.0 {
                    near.push(context.0);
                }
                row[context.index()] += 1.0 / at.abs_diff(other) as f32;
            }
        }
        near.sort_unstable();
        entries.extend(near.drain(..).map(|context| Entry {
            centre: centre as u32,
            context,
            count: std::mem::take(&mut row[context as usize]),
        }));
        if entries.len() >= 2 * limit {
            keep_largest(&mut entries, limit);
        }
    }
    keep_largest(&mut entries, limit);
    entries
}

/// Leaves the `limit` entries with the largest counts, of equal ones the first. Done early and again, it gives the same as done once.
fn keep_largest(entries: &mut Vec<Entry>, limit: usize) {
    if entries.len() <= limit {
        return;
    }
    let mut counts: Vec<f32> = entries.iter().map(|entry| entry.count).collect();
    let (_, &mut smallest, above) = counts.select_nth_unstable_by(entries.len() - limit, f32::total_cmp);
    let mut ties = limit - above.iter().filter(|count| **count > smallest).count();
    entries.retain(|entry| {
        let tied = entry.count == smallest && ties > 0;
        ties -= usize::from(tied);
        tied || entry.count > smallest
    });
}

/// Where each item is viewed: (session, place), in order.
struct Views {
    starts: Vec<usize>,
    places: Vec<(u32, u32)>,
}

impl Views {
    fn new(sessions: &[Vec<ItemIndex>], items: usize) -> Self {
        let mut starts = vec![0; items + 1];
        for item in sessions.iter().flatten() {
            starts[item.index() + 1] += 1;
        }
        for item in 0..items {
            starts[item + 1] += starts[item];
        }
        let mut next = starts.clone();
        let mut places = vec![(0, 0); starts[items]];
        for (number, session) in sessions.iter().enumerate() {
            for (at, item) in session.iter().enumerate() {
                places[next[item.index()]] = (number as u32, at as u32);
                next[item.index()] += 1;
            }
        }
        Self { starts, places }
    }

    fn of(&self, item: usize) -> &[(u32, u32)] {
        &self.places[self.starts[item]..self.starts[item + 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Window = Window { size: 2, directed: false };

    fn sequences(sessions: &[&[u32]]) -> Sequences {
        let sessions = sessions.iter().map(|s| s.iter().map(|&i| ItemIndex(i)).collect()).collect();
        Sequences { items: 5, sessions }
    }

    fn triples(entries: &[Entry]) -> Vec<(u32, u32, f32)> {
        entries.iter().map(|e| (e.centre, e.context, e.count)).collect()
    }

    #[test]
    fn pairs_count_by_distance_within_the_window() {
        let data = sequences(&[&[0, 1, 2, 3], &[0, 1]]);
        let ahead = Window { size: 2, directed: true };
        let entries = co_occurrences(&data, ahead, 1, LIMIT);
        assert_eq!(triples(&entries), [(0, 1, 2.0), (0, 2, 0.5), (1, 2, 1.0), (1, 3, 0.5), (2, 3, 1.0)]);
    }

    #[test]
    fn without_direction_the_counts_are_symmetric() {
        let entries = co_occurrences(&sequences(&[&[3, 0, 3, 1], &[2, 4]]), BOTH, 1, LIMIT);
        for entry in &entries {
            let mirrored = Entry { centre: entry.context, context: entry.centre, ..*entry };
            assert!(entries.contains(&mirrored), "{entry:?}");
        }
        assert_eq!(triples(&entries)[..2], [(0, 1, 0.5), (0, 3, 2.0)]);
    }

    #[test]
    fn rare_items_are_taken_out_before_distances_are_measured() {
        let entries = co_occurrences(&sequences(&[&[0, 4, 1], &[0, 1]]), BOTH, 2, LIMIT);
        assert_eq!(triples(&entries), [(0, 1, 2.0), (1, 0, 2.0)]);
    }

    #[test]
    fn the_largest_counts_stay_where_there_are_too_many() {
        let data = sequences(&[&[0, 1, 2, 3, 4], &[1, 2], &[1, 2], &[3, 4]]);
        let all = co_occurrences(&data, BOTH, 1, LIMIT);
        let few = co_occurrences(&data, BOTH, 1, 5);
        assert_eq!(triples(&few), [(0, 1, 1.0), (1, 2, 3.0), (2, 1, 3.0), (3, 4, 2.0), (4, 3, 2.0)]);
        for limit in 1..all.len() {
            let mut once = all.clone();
            keep_largest(&mut once, limit);
            assert_eq!(co_occurrences(&data, BOTH, 1, limit), once, "limit {limit}");
        }
    }
}
