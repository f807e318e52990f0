//! Most recent: 1 / visits since the last one, the power law of Tauscher & Greenberg, "How people revisit web pages", 1997.

use crate::own::scene::Scene;

pub(super) fn weigh(scene: &Scene<'_>, out: &mut [f32]) {
    for (weight, &item) in out.iter_mut().zip(scene.candidates) {
        *weight = 1.0 / (scene.past.visits.len() - scene.past.items[item as usize].last) as f32;
    }
}
