//! Sequential rules: what came up to eight visits after the last four items, each 1 / distance (Kamehkhosh et al., 2017), over visits.

use super::linked;
use crate::own::scene::Scene;

/// How many of the last items speak.
const SPEAKERS: usize = 4;

pub(super) fn weigh(scene: &Scene<'_>, out: &mut [f32]) {
    let past = scene.past;
    linked::weigh(scene, SPEAKERS, |back| (back + 1) as f32, |from| [&past.rules[from]], out);
}
