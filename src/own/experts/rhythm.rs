//! Rhythm: how due an item is. Pauses between an item's visits (of more than an hour) are taken for log-normal; the weight is the
//! hazard, the density of the pause that would end now over the probability that it is not over yet.

use homebody_simd::{exp_each, ln_each};

use crate::own::logistic::at_least;
use crate::own::past::{Past, Request};
use crate::own::scene::Scene;

pub(super) fn weigh(scene: &Scene<'_>, out: &mut [f32]) {
    out.copy_from_slice(scene.due);
}

/// The hazards of items' returns now, an hour.
pub(in crate::own) fn due(past: &Past, request: Request, items: &[u32], out: &mut Vec<f32>) {
    out.clear();
    let Some(now) = request.time else {
        out.extend(items.iter().map(|&item| past.items[item as usize].count as f32));
        return;
    };
    let rhythm = |&item: &u32| {
        let hours = ((now - past.items[item as usize].last_time) / 3600.0) as f32;
        let (seen, mean, deviation) = past.rhythm(item);
        out.push(at_least(0.25, hours));
        let slope = STEEP / deviation;
        (mean, slope, slope * at_least(0.2, seen) / out[out.len() - 1])
    };
    let rhythms: Vec<(f32, f32, f32)> = items.iter().map(rhythm).collect();
    ln_each(out);
    out.iter_mut().zip(&rhythms).for_each(|(log, (mean, slope, _))| *log = slope * (mean - *log));
    exp_each(out);
    out.iter_mut().zip(&rhythms).for_each(|(odds, (_, _, most))| *odds = most / (1.0 + *odds));
}

/// The tail of the logistic distribution stands in for the normal one's: heavier, as pauses' tails are. This makes them alike.
const STEEP: f32 = 1.7;
