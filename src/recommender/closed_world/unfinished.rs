//! Trails of research that stopped: several pages of one site, read in a few sittings close together, and then no more.

use super::super::Recommender;
use super::{ClosedWorld, NEEDED};
use crate::own::past::{NONE, Request};
use crate::protocol::{Reason, Shelf, ShelfItem, Verdict};

const DAY: f64 = 86_400.0;
/// Pages that make a trail, and pages of it that are shown.
const PAGES: usize = 4;
const SHOWN: usize = 3;
/// A trail's visits are no further apart than this.
const APART: f64 = 4.0 * DAY;
/// It stopped this long ago: less may go on, more is over.
const STOPPED: std::ops::Range<f64> = 2.0 * DAY..120.0 * DAY;
/// A site that is visited more often than this many times as much as its trail is a habit.
const HABIT: usize = 3;

struct Trail {
    visits: Vec<usize>,
    pages: Vec<u32>,
    sittings: usize,
}

impl ClosedWorld {
    /// The last burst of each site, where that is a trail; longest first.
    fn trails(&self, now: f64) -> Vec<Trail> {
        let mut by_site: Vec<Vec<usize>> = vec![Vec::new(); self.hosts.len()];
        for (number, visit) in self.visits.iter().enumerate() {
            let site = self.sites[visit.item as usize];
            if site != NONE {
                by_site[site as usize].push(number);
            }
        }
        let mut trails: Vec<Trail> = by_site.iter().filter_map(|visits| self.trail(visits, now)).collect();
        trails.sort_by(|a, b| b.pages.len().cmp(&a.pages.len()).then_with(|| b.visits.last().cmp(&a.visits.last())));
        trails
    }

    fn trail(&self, visits: &[usize], now: f64) -> Option<Trail> {
        let time = |number: usize| self.visits[number].time;
        let last = time(*visits.last()?)?;
        if !STOPPED.contains(&(now - last)) {
            return None;
        }
        let begin = (1..visits.len())
            .rev()
            .find(|&at| time(visits[at]).zip(time(visits[at - 1])).is_none_or(|(a, b)| a - b > APART))
            .unwrap_or(0);
        let burst = visits[begin..].to_vec();
        let mut pages: Vec<u32> = Vec::new();
        for &number in burst.iter().rev() {
            let item = self.visits[number].item;
            if !pages.contains(&item) {
                pages.push(item);
            }
        }
        let mut sittings = 1;
        for pair in burst.windows(2) {
            sittings += usize::from((pair[0] + 1..=pair[1]).any(|at| self.visits[at].starts));
        }
        let is_trail = pages.len() >= PAGES && visits.len() <= HABIT * burst.len() && sittings <= pages.len();
        is_trail.then_some(Trail { visits: burst, pages, sittings })
    }
}

impl Recommender {
    pub(super) fn unfinished_shelf(&self, world: &ClosedWorld, request: Request, k: usize, barred: &[bool]) -> Shelf {
        let trails = request.time.map(|now| world.trails(now)).unwrap_or_default();
        let longest = trails.first().map_or(1, |trail| trail.pages.len());
        let mut items = Vec::new();
        for (number, trail) in trails.iter().take(k).enumerate() {
            let pages = trail.pages.iter().filter(|&&item| !barred[item as usize]).take(SHOWN);
            for (place, &item) in pages.enumerate() {
                let why = Reason {
                    times: Some(trail.pages.len()),
                    of: Some(trail.sittings),
                    ..super::reasons::reason("trail")
                };
                items.push(ShelfItem {
                    trail: Some(number),
                    reasons: if place == 0 { vec![why] } else { Vec::new() },
                    ..self.shelf_item(world, item, trail.pages.len() as f32 / longest as f32)
                });
            }
        }
        // Whether somebody wanted to go on cannot be told from visits alone: there is nothing to test it on.
        let verdict = Verdict::TooLittle { events: 0, needed: NEEDED };
        Shelf { items, confidence: None, abstains: false, verdict }
    }
}
