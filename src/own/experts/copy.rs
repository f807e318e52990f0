//! The copy path: what came after the places of the past that are most like now.
//!
//! Each earlier visit of one of the last three items is such a place. It counts the more, the more of the visits before it are among the
//! visits before now (an induction head's match, without training), and the later it was; it votes for the four visits after it.

use crate::own::past::{NONE, Past};
use crate::own::scene::Scene;

/// Last items whose earlier visits are looked up.
const ANCHORS: usize = 3;
/// Earlier visits of an item that are looked at.
const PLACES: usize = 24;
/// Visits before a place that may match.
const CONTEXT: usize = 6;
/// Visits after a place that are voted for.
const AHEAD: usize = 4;

pub(super) fn weigh(scene: &Scene<'_>, out: &mut [f32]) {
    let past = scene.past;
    let all = past.visits.len() as f32;
    for (weight, &item) in out.iter_mut().zip(scene.candidates) {
        *weight = 0.1 * past.items[item as usize].count as f32 / all;
    }
    let mut votes: Vec<(usize, f32)> = Vec::new();
    for anchor in 0..ANCHORS {
        let item = past.back(anchor);
        if item == NONE {
            break;
        }
        let now = past.visits.len() - 1 - anchor;
        let places = past.occurrences[item as usize].iter().rev().map(|&place| place as usize);
        for place in places.filter(|&place| place < now).take(PLACES) {
            let weight = likeness(past, place, now) / (anchor + 1) as f32;
            let ahead = past.visits[place + 1..].iter().take(AHEAD + anchor);
            for (step, &item) in ahead.enumerate() {
                if let Some(at) = scene.place(item) {
                    votes.push((at, weight / (1 + step.abs_diff(anchor)) as f32));
                }
            }
        }
    }
    let total: f32 = votes.iter().map(|&(_, weight)| weight).sum();
    for (at, weight) in votes {
        out[at] += weight / total;
    }
}

/// How alike the visits before two places of one item are, and how lately the earlier one was.
fn likeness(past: &Past, place: usize, now: usize) -> f32 {
    let recent = &past.visits[now.saturating_sub(CONTEXT)..now];
    let before = &past.visits[place.saturating_sub(CONTEXT)..place];
    let shared = before.iter().filter(|item| recent.contains(item)).count() as f32;
    let age = (now - place) as f32 / past.visits.len() as f32;
    (1.0 + shared).powi(2) * (1.5 - age)
}
