//! Rediscover: not visited for 14 days, and relevant now: due by its rhythm or its hour, linked with what is visited now, of the same site.

use homebody_simd::ln_each;

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
    let aged = |&item: &u32| now - past.items[item as usize].last_time >= AGE;
    let items: Vec<u32> = (0..past.items.len() as u32).filter(aged).collect();
    let mut hazards = Vec::new();
    due(past, request, &items, &mut hazards);
    let evidence = |(&item, hazard): (&u32, f32)| {
        let visits = past.items[item as usize].count as f32;
        let habit = (past.habits.by_week(item, hour) + 2.0 * share) / ((visits + 2.0) * share);
        [hazard + 1e-5, 1.0 + visits, habit, 1.0 + 20.0 * linked[item as usize]]
    };
    let mut logs: Vec<[f32; 4]> = items.iter().zip(hazards).map(evidence).collect();
    ln_each(logs.as_flattened_mut());
    let score = |(item, [due, visits, habit, linked]): (u32, [f32; 4])| {
        let same_site = f32::from(u8::from(site != NONE && past.items[item as usize].site == site));
        (item, 0.5 * (due + visits + same_site) + 0.7 * habit + 2.0 * linked)
    };
    items.into_iter().zip(logs).map(score).collect()
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
    let mut before = [0; 3];
    for &(item, score) in &scores {
        let other = &past.items[item as usize];
        let later = other.last > own.last;
        before[0] += usize::from(score > mine || score == mine && later);
        before[1] += usize::from(other.count > own.count || other.count == own.count && later);
        before[2] += usize::from(later);
    }
    Some(before.map(|before| before < LIST))
}
