//! What followed, or went together with, the last items: counts of links, and all visits where there are none.

use crate::own::past::{Links, NONE};
use crate::own::scene::Scene;

/// Weighs the candidates by the links of each of the last `speakers` items: those of an item add up to 1 / `distance`, nearly, of how many visits ago it was.
pub(super) fn weigh<'a, const N: usize>(
    scene: &Scene<'a>,
    speakers: usize,
    distance: impl Fn(usize) -> f32,
    links: impl Fn(usize) -> [&'a Links; N],
    out: &mut [f32],
) {
    let past = scene.past;
    let all = past.visits.len().max(1) as f32;
    for (weight, &item) in out.iter_mut().zip(scene.candidates) {
        *weight = 0.1 * past.items[item as usize].count as f32 / all;
    }
    for back in 0..speakers {
        let from = past.back(back);
        if from == NONE {
            return;
        }
        for links in links(from as usize) {
            let share = 1.0 / (distance(back) * (links.total() + 1.0));
            for link in links.iter() {
                if let Some(place) = scene.place(link.item) {
                    out[place] += share * link.weight;
                }
            }
        }
    }
}
