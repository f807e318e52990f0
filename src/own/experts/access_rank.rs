//! `AccessRank` (Fitchett & Cockburn, "`AccessRank`: predicting what users will do next", CHI 2012).
//!
//! `w = w_m^α · w_crf^(1/α) · w_t` with α = 1.65, and without the switching threshold (δ = 0), which keeps lists stable and costs hits.
//! - `w_m = (x_n + 1) / (x + 1)`: of x visits of the last item, `x_n` were followed by this one.
//! - `w_crf = Σ 0.5^(0.1 · visits since)` over the item's visits (combined recency and frequency; Lee et al., 2001).
//! - `w_t = max(0.8, min(1.25, (r_h r_d)^0.25))`: the item's visits in the three hours around this one, and on this day of the week, over
//!   its average; 1 for an item of fewer than ten visits. Hours and days here are the smoothed ones of [`Habits`](crate::own::past::Habits).

use homebody_simd::{exp_each, ln_each};

use crate::own::past::NONE;
use crate::own::scene::Scene;

const ALPHA: f32 = 1.65;
/// λ = 0.1 is a half-life of ten visits: the second one of [`VISITS`](crate::own::past::VISITS).
const TEN_VISITS: usize = 1;
/// Visits from which on an item has a rhythm of days.
const ENOUGH: u32 = 10;

pub(super) fn weigh(scene: &Scene<'_>, out: &mut [f32]) {
    let past = scene.past;
    out.fill(1.0);
    let last = past.back(0);
    if last != NONE {
        for link in past.followers[last as usize].iter() {
            if let Some(place) = scene.place(link.item) {
                out[place] += link.weight;
            }
        }
        let all = past.items[last as usize].count as f32 + 1.0;
        out.iter_mut().for_each(|weight| *weight /= all);
    }
    // w^α · r^(1/α) as e^(α ln w + ln r / α).
    let mut recency: Vec<f32> = scene.decayed.iter().map(|[by_visits, _]| by_visits[TEN_VISITS]).collect();
    ln_each(out);
    ln_each(&mut recency);
    out.iter_mut().zip(recency).for_each(|(weight, recency)| *weight = ALPHA * *weight + recency / ALPHA);
    exp_each(out);
    out.iter_mut().enumerate().for_each(|(place, weight)| *weight *= time_weight(scene, place));
}

fn time_weight(scene: &Scene<'_>, place: usize) -> f32 {
    let item = scene.candidates[place];
    let count = scene.past.items[item as usize].count;
    let Some(hour) = scene.hour().filter(|_| count >= ENOUGH) else { return 1.0 };
    let habits = &scene.past.habits;
    let visits = count as f32;
    let hours = 24.0 * scene.about[place].day / visits;
    let days = 7.0 * habits.on_day(item, hour) / visits;
    (hours * days).powf(0.25).clamp(0.8, 1.25)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::own::past::VISITS;

    #[test]
    fn the_decay_is_the_papers() {
        assert_eq!(VISITS[TEN_VISITS], 10.0);
    }
}
