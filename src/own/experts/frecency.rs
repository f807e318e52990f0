//! Frecency: visits that fade by half in 30 days, as Firefox has computed it since version 130; in a history without times, in 100 visits.

use crate::own::past::{SECONDS, VISITS};
use crate::own::scene::Scene;

/// The half-life in seconds, and in visits where there are no times.
pub const HALF_LIVES: [f64; 2] = [SECONDS[3], VISITS[2]];

pub(super) fn weigh(scene: &Scene<'_>, out: &mut [f32]) {
    for (weight, &item) in out.iter_mut().zip(scene.candidates) {
        *weight = match scene.request.time {
            Some(now) => scene.past.decayed_by_time(item, 3, now),
            None => scene.past.decayed_by_visits(item, 2),
        };
    }
}
