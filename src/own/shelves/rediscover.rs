//! Rediscover: not visited for 14 days, and relevant now: due by its rhythm or its hour, linked with what is visited now, of the same site.

use crate::own::experts::due;
use crate::own::past::{NONE, Past, Request, Visit, hour_of_week};

/// An item may be rediscovered after so many seconds.
pub const AGE: f64 = 14.0 * 86_400.0;
/// How many items a shelf shows.
const LIST: usize = 10;
/// Last visits whose links count.
const SPEAKERS: usize = 4;

/// Items that may be rediscovered, each with a score, in no order; none in a history without times.
#[must_use]
pub fn scored(past: &Past, request: Request) -> Vec<(u32, f32)> {
    let Some(now) = request.time else { return Vec::new() };
    let hour = hour_of_week(now);
    let mut linked = vec![0.0_f32; past.items.len()];
    for back in 0..SPEAKERS {
        let from = past.back(back);
        if from == NONE || request.starts {
            break;
        }
        let rules = &past.rules[from as usize];
        rules.iter().for_each(|link| linked[link.item as usize] += link.weight / (rules.total() + 1.0));
    }
    let last = past.back(0);
    let site = if last == NONE || request.starts { NONE } else { past.items[last as usize].site };
    let share = past.habits.week_share(hour).max(1e-3);
    let score = |item: u32| {
        let known = &past.items[item as usize];
        let visits = known.count as f32;
        let habit = (past.habits.by_week(item, hour) + 2.0 * share) / ((visits + 2.0) * share);
        let same_site = f32::from(u8::from(site != NONE && known.site == site));
        0.5 * (due(past, request, item) + 1e-5).ln()
            + 0.5 * (1.0 + visits).ln()
            + 0.7 * habit.ln()
            + 2.0 * (1.0 + 20.0 * linked[item as usize]).ln()
            + 0.5 * same_site
    };
    aged(past, now).map(|item| (item, score(item))).collect()
}

fn aged(past: &Past, now: f64) -> impl Iterator<Item = u32> {
    (0..past.items.len() as u32).filter(move |&item| now - past.items[item as usize].last_time >= AGE)
}

/// Is a visit one of something that might be rediscovered?
#[must_use]
pub fn is_return(past: &Past, visit: Visit) -> bool {
    let known = past.items.get(visit.item as usize);
    known.zip(visit.time).is_some_and(|(known, now)| now - known.last_time >= AGE)
}

/// Was a visit among the shelf's first ten, among the ten most visited and among the ten last visited of all that might be rediscovered?
/// `None`: it was no rediscovery.
#[must_use]
pub fn hits(past: &Past, visit: Visit) -> Option<[bool; 3]> {
    let now = visit.time?;
    let own = past.items.get(visit.item as usize)?;
    if now - own.last_time < AGE {
        return None;
    }
    let scores = scored(past, visit.into());
    let mine = scores.iter().find(|&&(item, _)| item == visit.item)?.1;
    let before = |better: &dyn Fn(u32) -> bool| scores.iter().filter(|&&(item, _)| better(item)).count() < LIST;
    let last = |item: u32| past.items[item as usize].last;
    let count = |item: u32| past.items[item as usize].count;
    Some([
        scores.iter().filter(|&&(item, score)| score > mine || score == mine && last(item) > own.last).count() < LIST,
        before(&|item| count(item) > own.count || count(item) == own.count && last(item) > own.last),
        before(&|item| last(item) > own.last),
    ])
}
