//! Why an item is likely now, in what a sentence needs.

use super::super::Recommender;
use super::ClosedWorld;
use crate::own::past::{NONE, Request};
use crate::protocol::Reason;

const REASONS: usize = 3;
const HOUR: f64 = 3600.0;

/// A reason of a kind, with nothing said yet.
pub(super) fn reason(kind: &'static str) -> Reason {
    Reason { kind, item: None, times: None, of: None, hours: None, words: Vec::new(), place_without: None }
}

impl Recommender {
    /// The strongest reasons first: what it followed, its hours, its rhythm, how lately and how often it was visited.
    pub(super) fn reasons(&self, world: &ClosedWorld, item: u32, request: Request) -> Vec<Reason> {
        let past = world.past();
        let known = &past.items[item as usize];
        let mut reasons = Vec::new();
        let last = past.back(0);
        if !request.starts && last != NONE {
            let links = &past.followers[last as usize];
            let (times, of) = (links.weight(item), links.total());
            if times >= 2.0 && times / of >= 0.1 {
                let item = Some(self.shown(world.items[last as usize]));
                reasons.push(Reason { item, times: Some(times as usize), of: Some(of as usize), ..reason("after") });
            }
        }
        if let Some((times, of)) = world.at_this_hour(item, request)
            && times >= 3
            && times * 3 >= of
        {
            reasons.push(Reason { times: Some(times), of: Some(of), ..reason("habit") });
        }
        let (pauses, mean, deviation) = past.rhythm(item);
        if pauses >= 4.0 && deviation < 0.8 {
            reasons.push(Reason { hours: Some(mean.exp()), ..reason("rhythm") });
        }
        if request.time.is_some_and(|now| now - known.last_time < 4.0 * HOUR) {
            reasons.push(reason("recent"));
        }
        if known.count > 1 || reasons.is_empty() {
            reasons.push(Reason { times: Some(known.count as usize), ..reason("often") });
        }
        reasons.truncate(REASONS);
        reasons
    }
}

impl ClosedWorld {
    /// Of an item's visits those within an hour and a half of the request's time of day, and how many there are.
    fn at_this_hour(&self, item: u32, request: Request) -> Option<(usize, usize)> {
        let now = request.time?;
        let visits = &self.past().occurrences[item as usize];
        let near = |time: f64| {
            let apart = (time - now).rem_euclid(24.0 * HOUR);
            apart.min(24.0 * HOUR - apart) <= 1.5 * HOUR
        };
        let times = visits.iter().filter(|&&visit| self.visits[visit as usize].time.is_some_and(near)).count();
        Some((times, visits.len()))
    }
}
