//! Other visitors.

use std::cell::OnceCell;
use std::ops::Deref;

use crate::catalogue::ItemIndex;

/// Their sessions, visitor by visitor, with how often each item was viewed in them: counted once, asked for with every list.
#[derive(Debug, Clone, Default)]
pub(super) struct Visitors {
    sessions: Vec<Vec<Vec<ItemIndex>>>,
    views: OnceCell<Vec<u32>>,
}

impl From<Vec<Vec<Vec<ItemIndex>>>> for Visitors {
    fn from(sessions: Vec<Vec<Vec<ItemIndex>>>) -> Self {
        Self { sessions, views: OnceCell::new() }
    }
}

impl Deref for Visitors {
    type Target = [Vec<Vec<ItemIndex>>];

    fn deref(&self) -> &Self::Target {
        &self.sessions
    }
}

impl Visitors {
    /// How often each item was viewed, up to the last that was.
    pub(super) fn views(&self) -> &[u32] {
        self.views.get_or_init(|| {
            let items = || self.iter().flatten().flatten();
            let mut views = vec![0; items().map(|item| item.index() + 1).max().unwrap_or(0)];
            items().for_each(|item| views[item.index()] += 1);
            views
        })
    }

    /// Gives the items other places.
    pub(super) fn translate(&mut self, to: impl Fn(ItemIndex) -> ItemIndex) {
        self.views.take();
        self.sessions.iter_mut().flatten().flatten().for_each(|item| *item = to(*item));
    }
}
