//! What the ranker looks at: for each candidate, mostly logarithms of what experts count.

use super::experts::{COPY, MARKOV, MARKOV_2, RULES, TOGETHER};
use super::next::SEQUENCE;
use super::past::NONE;
use super::scene::Scene;

/// Features of a candidate: numbers, then one flag for the step of `VISITS_AGO`, and one for that of `HOURS_AGO`, that its last visit is in.
pub const FEATURES: usize = NUMBERS + VISITS_AGO.len() + HOURS_AGO.len() + 1;
const NUMBERS: usize = 30;
/// Upper ends of steps of visits since the last one: people repeat at once, never at once, or a basket later.
const VISITS_AGO: [usize; 10] = [1, 2, 3, 5, 8, 16, 32, 64, 128, 512];
/// Upper ends of steps of hours since the last visit: about a day, and about a week, are steps of their own.
const HOURS_AGO: [f64; 11] = [0.1, 0.5, 2.0, 8.0, 20.0, 28.0, 72.0, 160.0, 176.0, 350.0, 720.0];
/// Kinds of moments, each with weights of its own beside the shared ones.
pub const MOMENTS: usize = 3;

/// A sitting that starts after a longer pause than this, in seconds, is another kind of moment.
const LONG: f64 = 8.0 * 3600.0;
/// Keeps logarithms finite.
const FLOOR: f32 = 0.02;

/// The kind of a moment: inside a sitting, at the start of one, at the start of one after a long pause.
#[must_use]
pub fn moment(scene: &Scene<'_>) -> usize {
    match (scene.request.starts, scene.past.pause(scene.request) > LONG) {
        (false, _) => 0,
        (true, false) => 1,
        (true, true) => 2,
    }
}

/// Writes the features, candidate by candidate, `[candidates, FEATURES]`. `experts` are the experts' probabilities, each `[candidates]`.
pub fn describe(scene: &Scene<'_>, experts: &[Vec<f32>], out: &mut Vec<f32>) {
    out.clear();
    let past = scene.past;
    let last = past.back(0);
    let site = if last == NONE { NONE } else { past.items[last as usize].site };
    let all = past.visits.len() as f32;
    let starts = past.sittings as f32 / all.max(1.0);
    for (place, &item) in scene.candidates.iter().enumerate() {
        let known = &past.items[item as usize];
        let count = known.count as f32;
        let since = (past.visits.len() - known.last) as f32;
        let mut row = [0.0; FEATURES];
        row[0] = count.ln();
        row[1] = -since.ln();
        for half_life in 0..4 {
            row[2 + half_life] = (past.decayed_by_visits(item, half_life) + FLOOR).ln();
        }
        row[6] = experts[MARKOV][place].max(1e-7).ln();
        row[7] = experts[MARKOV_2][place].max(1e-7).ln();
        row[8] = experts[RULES][place].max(1e-7).ln();
        row[9] = f32::from(u8::from(item == last));
        row[10] = f32::from(u8::from(site != NONE && known.site == site));
        row[11] = f32::from(u8::from(scene.in_sitting(item)));
        row[12] = ((known.starts as f32 + 2.0 * starts) / ((count + 2.0) * starts.max(1e-3))).ln();
        row[13] = -(all - known.first as f32).ln();
        row[14] = (count / known.sittings as f32).ln();
        row[15] = f32::from(u8::from(known.count == 1));
        row[24] = experts[COPY][place].max(1e-7).ln();
        row[25] = experts[TOGETHER][place].max(1e-7).ln();
        row[27] = experts[SEQUENCE][place].max(1e-7).ln();
        let alike = scene.alike(place);
        row[28] = (20.0 * alike[0]).ln_1p();
        row[29] = (10.0 * (alike[1] + alike[2] / 2.0 + alike[3] / 3.0)).ln_1p();
        row[26] = f32::from(u8::from(known.last >= past.round));
        let ago = past.visits.len() - known.last;
        if let Some(step) = VISITS_AGO.iter().position(|&end| ago <= end) {
            row[NUMBERS + step] = 1.0;
        }
        if let Some(hour) = scene.hour() {
            let hours = (scene.now() - known.last_time) / 3600.0;
            let step = HOURS_AGO.iter().position(|&end| hours <= end).unwrap_or(HOURS_AGO.len());
            row[NUMBERS + VISITS_AGO.len() + step] = 1.0;
            let now = scene.now();
            row[16] = -(((now - known.last_time).max(0.0) / 3600.0 + 0.05) as f32).ln();
            for half_life in 0..4 {
                row[17 + half_life] = (past.decayed_by_time(item, half_life, now) + FLOOR).ln();
            }
            let ratio = |visits: f32, share: f32, prior: f32| {
                let share = share.max(1e-3);
                ((visits + prior * share) / ((count + prior) * share)).max(1e-3).ln()
            };
            row[21] = ratio(past.habits.by_day(item, hour), past.habits.day_share(hour), 3.0);
            row[22] = ratio(past.habits.by_week(item, hour), past.habits.week_share(hour), 3.0);
            row[23] = (super::experts::due(past, scene.request, item) + 1e-4).ln();
        }
        out.extend_from_slice(&row);
    }
}
