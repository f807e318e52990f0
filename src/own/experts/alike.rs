//! Alike: titles that share words with those of the last items.

use crate::own::scene::Scene;

pub(super) fn weigh(scene: &Scene<'_>, out: &mut [f32]) {
    let all = scene.past.visits.len().max(1) as f32;
    for (place, (weight, &item)) in out.iter_mut().zip(scene.candidates).enumerate() {
        *weight = 0.1 * scene.past.items[item as usize].count as f32 / all;
        for (back, alike) in scene.alike(place).into_iter().enumerate() {
            *weight += alike / (back + 1) as f32;
        }
    }
}
