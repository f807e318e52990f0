//! What the shelf New may choose from, and which of it was opened.

use std::collections::{HashMap, HashSet};

use super::Recommender;
use crate::catalogue::{Item, ItemIndex};
use crate::error::Result;
use crate::own::evaluation::Blocks;
use crate::protocol::Change;

/// What was offered last, and what became of all that was.
#[derive(Debug, Default)]
pub(super) struct Pool {
    offered: HashMap<String, Offer>,
    /// Pages of it that were opened.
    pub(super) opened: usize,
    /// Those of them that the shelf held, and that a list of the same length by visits to their sites held.
    pub(super) shares: [Blocks; 2],
    /// The difference.
    pub(super) gain: Blocks,
}

#[derive(Debug)]
struct Offer {
    item: Item,
    listed: [bool; 2],
}

impl Pool {
    /// The pool that a shelf chose from: what is on the shelf, and on the list that it is measured beside, both by id.
    pub(super) fn offer(&mut self, pool: Vec<Item>, lists: [&HashSet<String>; 2]) {
        let offer = |item: Item| {
            let listed = lists.map(|list| list.contains(&item.id));
            (item.id.clone(), Offer { item, listed })
        };
        self.offered = pool.into_iter().map(offer).collect();
    }

    /// Notes that a page was opened, on a day; the page, if it was in the pool.
    fn open(&mut self, id: &str, day: u32) -> Option<Item> {
        let Offer { item, listed } = self.offered.remove(id)?;
        let [mine, other] = listed.map(|listed| f64::from(u8::from(listed)));
        self.opened += 1;
        self.shares.iter_mut().zip([mine, other]).for_each(|(blocks, hit)| blocks.add(day, hit));
        self.gain.add(day, mine - other);
        Some(item)
    }
}

impl Recommender {
    /// A page of the pool that is opened is one of the history from now on.
    pub(super) fn open_from_pool(&mut self, id: &str, time: Option<i64>) -> Result<()> {
        let day = time.map_or(0, |time| (time / 86_400_000) as u32);
        let Some(item) = self.pool.open(id, day) else { return Ok(()) };
        if self.catalogue.get(id).is_some() {
            return Ok(());
        }
        // Another catalogue would make both anew.
        let (learned, pool) = (self.learned.take(), std::mem::take(&mut self.pool));
        let changed = self.change_catalogue(&Change::default(), vec![item]);
        self.pool = pool;
        changed?;
        // It stands behind all others, whose places are what they were.
        let same = |at: ItemIndex, id: &String| at.index() < self.catalogue.len() && self.catalogue.item(at).id == *id;
        self.learned = learned.filter(|learned| learned.names().all(|(at, id)| same(at, id)));
        Ok(())
    }
}
