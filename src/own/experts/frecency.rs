//! Frecency: visits that fade by half in 30 days, as Firefox has computed it since version 130; in a history without times, in 100 visits.

use crate::own::past::{Decayed, Request, SECONDS, VISITS};
use crate::own::scene::Scene;

/// The half-life in seconds, and in visits where there are no times.
pub const HALF_LIVES: [f64; 2] = [SECONDS[3], VISITS[2]];

/// Visits, decayed by time where there are times.
pub(in crate::own) fn frecency([by_visits, by_time]: &Decayed, request: Request) -> f32 {
    if request.time.is_some() { by_time[3] } else { by_visits[2] }
}

pub(super) fn weigh(scene: &Scene<'_>, out: &mut [f32]) {
    for (weight, decayed) in out.iter_mut().zip(scene.decayed) {
        *weight = frecency(decayed, scene.request);
    }
}
