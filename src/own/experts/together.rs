//! Together: sequential rules read both ways. In baskets and playlists the order tells little.

use super::linked;
use crate::own::scene::Scene;

/// How many of the last items speak.
const SPEAKERS: usize = 12;

pub(super) fn weigh(scene: &Scene<'_>, out: &mut [f32]) {
    let past = scene.past;
    let both = |from: usize| [&past.rules[from], &past.rules_back[from]];
    linked::weigh(scene, SPEAKERS, |back| (back + 3) as f32, both, out);
}
