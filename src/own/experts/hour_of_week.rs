//! Visits at this hour of the week, smoothed: the week's hours first, then the day's, then all visits.

use crate::own::scene::Scene;

pub(super) fn weigh(scene: &Scene<'_>, out: &mut [f32]) {
    let habits = &scene.past.habits;
    for (weight, &item) in out.iter_mut().zip(scene.candidates) {
        let count = scene.past.items[item as usize].count as f32;
        *weight = match scene.hour() {
            Some(hour) => habits.by_week(item, hour) + 0.5 * habits.by_day(item, hour) + 0.01 * count,
            None => count,
        };
    }
}
