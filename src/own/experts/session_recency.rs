//! Items of the current sitting, the latest first, then all others by their visits.

use crate::own::scene::Scene;

pub(super) fn weigh(scene: &Scene<'_>, out: &mut [f32]) {
    let all = scene.past.visits.len();
    for (weight, &item) in out.iter_mut().zip(scene.candidates) {
        let known = &scene.past.items[item as usize];
        *weight = if scene.in_sitting(item) {
            1.0 / (all - known.last) as f32
        } else {
            // Below the share of the longest sitting's first item.
            known.count as f32 / (all as f32 * (all as f32 + 1.0))
        };
    }
}
