//! Rhythm: how due an item is. Pauses between an item's visits (of more than an hour) are taken for log-normal; the weight is the
//! hazard, the density of the pause that would end now over the probability that it is not over yet.

use crate::own::past::{Past, Request};
use crate::own::scene::Scene;

pub(super) fn weigh(scene: &Scene<'_>, out: &mut [f32]) {
    for (weight, &item) in out.iter_mut().zip(scene.candidates) {
        *weight = due(scene.past, scene.request, item);
    }
}

/// The hazard of an item's return now, an hour.
pub(in crate::own) fn due(all: &Past, request: Request, item: u32) -> f32 {
    let past = &all.items[item as usize];
    let Some(now) = request.time else { return past.count as f32 };
    let hours = (((now - past.last_time) / 3600.0) as f32).max(0.25);
    let (seen, mean, deviation) = all.rhythm(item);
    let z = (hours.ln() - mean) / deviation;
    // The tail of the logistic distribution stands in for the normal one's: heavier, as pauses' tails are.
    let slope = 1.7 / deviation;
    let over = 1.0 / (1.0 + (-1.7 * z).exp());
    slope * over / hours * seen.max(0.2)
}
