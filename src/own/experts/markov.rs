//! What followed the last item (first order), or the last two (second order).
//!
//! The first order backs off from the page to its site, and from there to visits; where items have no site, from the item to visits. The
//! second order backs off to the first: each with a weight of one visit (Dirichlet smoothing; `MacKay` & Peto, 1995).

use crate::own::past::{Links, NONE};
use crate::own::scene::Scene;

pub(super) fn first_order(scene: &Scene<'_>, out: &mut [f32]) {
    let past = scene.past;
    let all = past.visits.len().max(1) as f32;
    for (weight, &item) in out.iter_mut().zip(scene.candidates) {
        *weight = past.items[item as usize].count as f32 / all;
    }
    let last = past.back(0);
    if last == NONE {
        return;
    }
    let site = past.items[last as usize].site;
    if site != NONE {
        back_off(scene, &past.site_followers[site as usize], out);
    }
    back_off(scene, &past.followers[last as usize], out);
}

pub(super) fn second_order(scene: &Scene<'_>, out: &mut [f32]) {
    first_order(scene, out);
    if let Some(links) = scene.past.pairs.get(&(scene.past.back(1), scene.past.back(0))) {
        back_off(scene, links, out);
    }
}

/// (links + what is there) / (all links + 1).
fn back_off(scene: &Scene<'_>, links: &Links, out: &mut [f32]) {
    for link in links.iter() {
        if let Some(place) = scene.place(link.item) {
            out[place] += link.weight;
        }
    }
    let all = links.total() + 1.0;
    out.iter_mut().for_each(|weight| *weight /= all);
}
