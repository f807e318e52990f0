//! Items of the current sitting, the latest first, then all others by their visits.

use crate::own::scene::Scene;

pub(super) fn weigh(scene: &Scene<'_>, out: &mut [f32]) {
    let all = scene.past.visits.len() as f32;
    for (weight, &item) in out.iter_mut().zip(scene.candidates) {
        // Below the share of the longest sitting's first item.
        *weight = scene.past.items[item as usize].count as f32 / (all * (all + 1.0));
    }
    for (back, &item) in scene.sitting().iter().rev().enumerate().rev() {
        if let Some(place) = scene.place(item) {
            out[place] = 1.0 / (back + 1) as f32;
        }
    }
}
