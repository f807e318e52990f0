//! Sequential rules: what came up to eight visits after the last four items, each 1 / distance (Kamehkhosh et al., 2017), over visits.

use crate::own::past::NONE;
use crate::own::scene::Scene;

/// How many of the last items speak.
const SPEAKERS: usize = 4;

pub(super) fn weigh(scene: &Scene<'_>, out: &mut [f32]) {
    let past = scene.past;
    let all = past.visits.len().max(1) as f32;
    for (weight, &item) in out.iter_mut().zip(scene.candidates) {
        *weight = 0.1 * past.items[item as usize].count as f32 / all;
    }
    for back in 0..SPEAKERS {
        let from = past.back(back);
        if from == NONE {
            return;
        }
        let rules = &past.rules[from as usize];
        let share = 1.0 / ((back + 1) as f32 * (rules.total() + 1.0));
        for link in rules.iter() {
            if let Some(place) = scene.place(link.item) {
                out[place] += share * link.weight;
            }
        }
    }
}
