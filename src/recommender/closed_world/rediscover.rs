//! What was not visited for two weeks and more, and belongs to what is visited now.

use std::collections::HashMap;

use super::super::Recommender;
use super::{ClosedWorld, SHELF, interval};
use crate::own::evaluation::{Blocks, NEEDED};
use crate::own::past::{NONE, Past, Request, Visit};
use crate::protocol::{Reason, Shelf, ShelfItem, Verdict};

/// Seconds without a visit.
const ABSENT: f64 = 14.0 * 86_400.0;
/// Visits that are "now".
const RECENT: usize = 8;

/// How the shelf did on visits of something that was absent, beside the most visited of what was.
#[derive(Debug, Clone, Default)]
pub(super) struct Trial {
    events: usize,
    own: Blocks,
    simple: Blocks,
    gain: Blocks,
}

impl Trial {
    /// Judges a visit before it is learned, where its item was absent.
    pub(super) fn judge(&mut self, past: &Past, visit: Visit, number: usize) {
        let Some(known) = past.items.get(visit.item as usize) else { return };
        if visit.time.is_none_or(|time| time - known.last_time < ABSENT) {
            return;
        }
        let has = |list: &[(f32, u32)]| f64::from(u8::from(list.iter().any(|&(_, item)| item == visit.item)));
        let own = has(&ranked(past, visit.into(), SHELF));
        let simple = has(&best(past, visit.into(), SHELF, |item| past.items[item as usize].count as f32));
        let block = visit.time.map_or(number / 20, |time| (time / 86_400.0) as usize) as u32;
        self.events += 1;
        self.own.add(block, own);
        self.simple.add(block, simple);
        self.gain.add(block, own - simple);
    }

    fn verdict(&self) -> Verdict {
        if self.events < NEEDED {
            return Verdict::TooLittle { events: self.events, needed: NEEDED };
        }
        Verdict::Measured {
            events: self.events,
            hit_rate: interval(&self.own),
            baseline: "frequent".to_owned(),
            baseline_hit_rate: interval(&self.simple),
            gain: interval(&self.gain),
        }
    }
}

/// Absent items, best first: what came within eight visits of one of the last eight before, of a site visited now, and visited often.
fn ranked(past: &Past, request: Request, k: usize) -> Vec<(f32, u32)> {
    let mut related: HashMap<u32, f32> = HashMap::new();
    let mut sites = Vec::new();
    for back in 0..RECENT {
        let item = past.back(back);
        if item == NONE {
            break;
        }
        sites.push(past.items[item as usize].site);
        let links = &past.rules[item as usize];
        for link in links.strongest(100) {
            *related.entry(link.item).or_default() += link.weight / links.total().max(1.0);
        }
    }
    best(past, request, k, |item| {
        let known = &past.items[item as usize];
        let site = if known.site != NONE && sites.contains(&known.site) { 0.05 } else { 0.0 };
        let weeks = request.time.map_or(0.0, |now| (now - known.last_time) / (7.0 * 86_400.0));
        (1.0 + known.count as f32).ln() * (0.02 + related.get(&item).copied().unwrap_or_default() + site)
            / (1.0 + weeks as f32).sqrt()
    })
}

fn best(past: &Past, request: Request, k: usize, score: impl Fn(u32) -> f32) -> Vec<(f32, u32)> {
    let Some(now) = request.time else { return Vec::new() };
    let absent = |&item: &u32| now - past.items[item as usize].last_time >= ABSENT;
    let mut scored: Vec<(f32, u32)> =
        (0..past.items.len() as u32).filter(absent).map(|item| (score(item), item)).collect();
    let last = |item: u32| past.items[item as usize].last;
    let order = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then_with(|| last(b.1).cmp(&last(a.1)));
    if scored.len() > k {
        scored.select_nth_unstable_by(k, order);
        scored.truncate(k);
    }
    scored.sort_by(order);
    scored
}

impl Recommender {
    pub(super) fn rediscover_shelf(&self, world: &ClosedWorld, request: Request, k: usize, barred: &[bool]) -> Shelf {
        let past = world.past();
        let mut found = ranked(past, request, k + barred.iter().filter(|&&barred| barred).count());
        found.retain(|&(_, item)| !barred[item as usize]);
        found.truncate(k);
        let items = found
            .iter()
            .map(|&(score, item)| {
                let reasons = self.why_now(world, item);
                ShelfItem { reasons, ..self.shelf_item(world, item, score / (1.0 + score)) }
            })
            .collect();
        Shelf { items, confidence: None, abstains: false, verdict: world.rediscovered.verdict() }
    }

    fn why_now(&self, world: &ClosedWorld, item: u32) -> Vec<Reason> {
        let past = world.past();
        let together = (0..RECENT)
            .map(|back| past.back(back))
            .filter(|&recent| recent != NONE && past.rules[recent as usize].weight(item) > 0.0)
            .max_by(|&a, &b| past.rules[a as usize].weight(item).total_cmp(&past.rules[b as usize].weight(item)));
        let site = past.items[item as usize].site;
        let same_site = site != NONE
            && (0..RECENT).any(|back| past.items.get(past.back(back) as usize).is_some_and(|known| known.site == site));
        let mut reasons = Vec::new();
        if let Some(recent) = together {
            reasons.push(Reason {
                item: Some(self.shown(world.items[recent as usize])),
                times: Some(world.sittings_of_both(item, recent).max(1)),
                ..super::reasons::reason("together")
            });
        } else if same_site {
            reasons.push(super::reasons::reason("site"));
        }
        reasons
            .push(Reason { times: Some(past.items[item as usize].count as usize), ..super::reasons::reason("often") });
        reasons
    }
}

impl ClosedWorld {
    /// Sittings in which both were visited.
    fn sittings_of_both(&self, a: u32, b: u32) -> usize {
        let sittings = |item: u32| {
            let mut starts: Vec<usize> = self.past().occurrences[item as usize]
                .iter()
                .map(|&visit| (0..=visit as usize).rev().find(|&at| self.visits[at].starts).unwrap_or(0))
                .collect();
            starts.dedup();
            starts
        };
        let others = sittings(b);
        sittings(a).iter().filter(|start| others.binary_search(start).is_ok()).count()
    }
}
