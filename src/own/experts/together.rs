//! Together: sequential rules read both ways. In baskets and playlists the order tells little.

use crate::own::past::NONE;
use crate::own::scene::Scene;

/// How many of the last items speak.
const SPEAKERS: usize = 12;

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
        for links in [&past.rules[from as usize], &past.rules_back[from as usize]] {
            let share = 1.0 / ((back + 3) as f32 * (links.total() + 1.0));
            for link in links.iter() {
                if let Some(place) = scene.place(link.item) {
                    out[place] += share * link.weight;
                }
            }
        }
    }
}
