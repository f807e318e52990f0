//! Session-parallel lanes (Hidasi et al., 2016): B lanes walk sessions packed end to end, T steps a window.
//!
//! Hidden state is carried from window to window and reset where a session starts, so there is almost no padding. When an epoch's
//! sessions run out, lanes go on with the next epoch's (in its own order): no lane ever drains.

use std::sync::Arc;

use rand::seq::SliceRandom;

use super::Sequences;
use crate::catalogue::ItemIndex;
use crate::rng::{Stream, generator};

/// `T` steps of `B` lanes, time-major: entry `t * B + lane`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Steps, `T`.
    pub steps: usize,
    /// Lanes, `B`.
    pub lanes: usize,
    /// Item index of each input.
    pub inputs: Vec<u32>,
    /// Item index that follows it in its session.
    pub targets: Vec<u32>,
    /// Each input's place in its session, from 0.
    pub places: Vec<u32>,
    /// Which of the sessions each input is from.
    pub origins: Vec<u32>,
    /// A number that tells a lane's neighbouring sessions apart.
    pub serials: Vec<u32>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Cursor {
    session: usize,
    position: usize,
    /// Sessions this lane has begun.
    serial: u32,
}

/// The walk. It is a function of (sequences, lanes, seed) and of how many windows were taken.
#[derive(Debug, Clone)]
pub struct Lanes {
    sequences: Arc<Sequences>,
    seed: u64,
    epoch: u64,
    order: Vec<u32>,
    next: usize,
    cursors: Vec<Option<Cursor>>,
}

impl Lanes {
    /// Starts `lanes` lanes at the first epoch. Sessions of one item have no target and are passed over.
    ///
    /// `None` where no session has two items.
    #[must_use]
    pub fn new(sequences: Arc<Sequences>, lanes: usize, seed: u64) -> Option<Self> {
        let order: Vec<u32> =
            (0..sequences.sessions.len() as u32).filter(|&s| sequences.sessions[s as usize].len() > 1).collect();
        if order.is_empty() {
            return None;
        }
        let mut walk = Self { sequences, seed, epoch: 0, order, next: 0, cursors: vec![None; lanes] };
        walk.shuffle();
        Some(walk)
    }

    /// Each epoch's order depends on the seed and the epoch alone.
    fn shuffle(&mut self) {
        self.order.sort_unstable();
        self.order.shuffle(&mut generator(self.seed, Stream::Order, self.epoch));
        self.next = 0;
    }

    fn next_session(&mut self) -> usize {
        if self.next == self.order.len() {
            self.epoch += 1;
            self.shuffle();
        }
        self.next += 1;
        self.order[self.next - 1] as usize
    }

    /// The lane's next input.
    fn advance(&mut self, lane: usize) -> Cursor {
        let moved = self.cursors[lane].and_then(|c| {
            let more = c.position + 2 < self.sequences.sessions[c.session].len();
            more.then_some(Cursor { position: c.position + 1, ..c })
        });
        let cursor = if let Some(cursor) = moved {
            cursor
        } else {
            // Serial numbers wrap far below f32's last exact integer; they only have to differ from their neighbours.
            let serial = self.cursors[lane].map_or(0, |c| (c.serial + 1) % (1 << 20));
            Cursor { session: self.next_session(), position: 0, serial }
        };
        self.cursors[lane] = Some(cursor);
        cursor
    }

    /// The next `steps` steps of every lane.
    pub fn window(&mut self, steps: usize) -> Window {
        let lanes = self.cursors.len();
        let size = steps * lanes;
        let mut window = Window {
            steps,
            lanes,
            inputs: Vec::with_capacity(size),
            targets: Vec::with_capacity(size),
            places: Vec::with_capacity(size),
            origins: Vec::with_capacity(size),
            serials: Vec::with_capacity(size),
        };
        for _ in 0..steps {
            for lane in 0..lanes {
                let cursor = self.advance(lane);
                let session = &self.sequences.sessions[cursor.session];
                window.inputs.push(session[cursor.position].0);
                window.targets.push(session[cursor.position + 1].0);
                window.places.push(cursor.position as u32);
                window.origins.push(cursor.session as u32);
                window.serials.push(cursor.serial);
            }
        }
        window
    }

    /// The items of each input's session up to itself, oldest first, input by input.
    pub fn contexts<'a>(&'a self, window: &'a Window) -> impl Iterator<Item = &'a [ItemIndex]> {
        let cursors = window.origins.iter().zip(&window.places);
        cursors.map(|(&session, &place)| &self.sequences.sessions[session as usize][..=place as usize])
    }

    /// Walks over `windows` windows without building them: how a run resumes.
    pub fn skip(&mut self, windows: usize, steps: usize) {
        for _ in 0..windows * steps {
            for lane in 0..self.cursors.len() {
                self.advance(lane);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequences(sessions: &[&[u32]]) -> Arc<Sequences> {
        let sessions = sessions.iter().map(|s| s.iter().map(|&i| ItemIndex(i)).collect()).collect();
        Arc::new(Sequences { items: 100, sessions })
    }

    #[test]
    fn each_epoch_gives_every_target_once_and_marks_the_starts() {
        let data = sequences(&[&[1, 2, 3], &[4, 5], &[9], &[6, 7, 8, 9]]);
        let window = Lanes::new(data.clone(), 1, 3).unwrap().window(data.targets());
        let mut pairs: Vec<_> = window.inputs.iter().zip(&window.targets).map(|(i, t)| (*i, *t)).collect();
        pairs.sort_unstable();
        assert_eq!(pairs, [(1, 2), (2, 3), (4, 5), (6, 7), (7, 8), (8, 9)]);
        for (input, place) in window.inputs.iter().zip(&window.places) {
            assert_eq!(*place == 0, [1, 4, 6].contains(input));
        }
    }

    #[test]
    fn a_lane_goes_on_where_the_last_window_ended() {
        let data = sequences(&[&[1, 2, 3, 4, 5]]);
        let mut lanes = Lanes::new(data, 1, 0).unwrap();
        assert_eq!(lanes.window(2).inputs, [1, 2]);
        let window = lanes.window(3);
        assert_ne!(window.serials[1], window.serials[2]);
        let contexts: Vec<usize> = lanes.contexts(&window).map(<[ItemIndex]>::len).collect();
        assert_eq!((window.inputs, window.places, contexts), (vec![3, 4, 1], vec![2, 3, 0], vec![3, 4, 1]));
    }

    #[test]
    fn skipping_windows_equals_taking_them() {
        let data = sequences(&[&[1, 2, 3], &[4, 5], &[6, 7, 8, 9], &[2, 4, 6]]);
        let (mut taken, mut skipped) = (Lanes::new(data.clone(), 3, 7).unwrap(), Lanes::new(data, 3, 7).unwrap());
        for _ in 0..5 {
            let _ = taken.window(4);
        }
        skipped.skip(5, 4);
        assert_eq!(taken.window(4), skipped.window(4));
    }

    #[test]
    fn no_lane_without_a_pair() {
        assert!(Lanes::new(sequences(&[&[1], &[]]), 2, 0).is_none());
    }
}
