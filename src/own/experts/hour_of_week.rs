//! Visits at this hour of the week, smoothed: the week's hours first, then the day's, then all visits.

use crate::own::scene::Scene;

pub(super) fn weigh(scene: &Scene<'_>, out: &mut [f32]) {
    for ((weight, &item), about) in out.iter_mut().zip(scene.candidates).zip(scene.about) {
        let count = scene.past.items[item as usize].count as f32;
        *weight = if scene.hour().is_some() { about.both() + 0.01 * count } else { count };
    }
}
