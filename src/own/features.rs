//! What the ranker looks at: for each candidate, mostly logarithms of what experts count.

use homebody_simd::ln_each;

use super::experts::{COPY, MARKOV, MARKOV_2, RULES, TOGETHER};
use super::logistic::at_least;
use super::next::SEQUENCE;
use super::past::NONE;
use super::scene::Scene;

/// Where a candidate's features begin after those of the one before: whole registers.
pub const ROW: usize = FEATURES.next_multiple_of(8);
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

/// Writes the features, candidate by candidate, `[candidates, ROW]`; zeros follow each. `experts` are the experts' probabilities, each `[candidates]`.
pub fn describe(scene: &Scene<'_>, experts: &[Vec<f32>], out: &mut Vec<f32>) {
    out.clear();
    let past = scene.past;
    let last = past.back(0);
    let site = if last == NONE { NONE } else { past.items[last as usize].site };
    let all = past.visits.len() as f32;
    let starts = past.sittings as f32 / all.max(1.0);
    let hour = scene.hour();
    for (place, &item) in scene.candidates.iter().enumerate() {
        let known = &past.items[item as usize];
        let count = known.count as f32;
        let ago = past.visits.len() - known.last;
        let [by_visits, by_time] = scene.decayed[place];
        let alike = scene.alike(place);
        out.resize(out.len() + ROW, 0.0);
        let row = &mut out[place * ROW..];
        // What logarithms are taken of, all at once; 1 where there is no such number, or a flag takes its place.
        let numbers = &mut row[..NUMBERS.next_multiple_of(8)];
        numbers.fill(1.0);
        numbers[0] = count;
        numbers[1] = ago as f32;
        (0..4).for_each(|life| numbers[2 + life] = by_visits[life] + FLOOR);
        for (at, expert) in [(6, MARKOV), (7, MARKOV_2), (8, RULES), (24, COPY), (25, TOGETHER), (27, SEQUENCE)] {
            numbers[at] = at_least(1e-7, experts[expert][place]);
        }
        numbers[12] = (known.starts as f32 + 2.0 * starts) / ((count + 2.0) * at_least(1e-3, starts));
        numbers[13] = all - known.first as f32;
        numbers[14] = count / known.sittings as f32;
        if let Some(hour) = hour {
            numbers[16] = ((scene.now() - known.last_time).max(0.0) / 3600.0 + 0.05) as f32;
            (0..4).for_each(|life| numbers[17 + life] = by_time[life] + FLOOR);
            let ratio = |visits: f32, share: f32| {
                let share = at_least(1e-3, share);
                at_least(1e-3, (visits + 3.0 * share) / ((count + 3.0) * share))
            };
            numbers[21] = ratio(scene.about[place].day, past.habits.day_share(hour));
            numbers[22] = ratio(scene.about[place].week, past.habits.week_share(hour));
            numbers[23] = scene.due[place] + 1e-4;
        }
        numbers[28] = 1.0 + 20.0 * alike[0];
        numbers[29] = 1.0 + 10.0 * (alike[1] + alike[2] / 2.0 + alike[3] / 3.0);
        ln_each(numbers);
        [1, 13, 16].into_iter().for_each(|at| row[at] = -row[at]);
        let flags = [
            (9, item == last),
            (10, site != NONE && known.site == site),
            (11, scene.in_sitting(item)),
            (15, known.count == 1),
            (26, known.last >= past.round),
        ];
        flags.into_iter().for_each(|(at, is)| row[at] = f32::from(u8::from(is)));
        if let Some(step) = VISITS_AGO.iter().position(|&end| ago <= end) {
            row[NUMBERS + step] = 1.0;
        }
        if hour.is_some() {
            let hours = (scene.now() - known.last_time) / 3600.0;
            let step = HOURS_AGO.iter().position(|&end| hours <= end).unwrap_or(HOURS_AGO.len());
            row[NUMBERS + VISITS_AGO.len() + step] = 1.0;
        }
    }
}
