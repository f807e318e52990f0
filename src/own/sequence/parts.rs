//! What the sequence model knows of a moment and of a candidate, beside vectors.

use crate::own::past::{Past, Request, hour_of_week};

/// Upper ends of steps of seconds since the visit before; longer ones are a step of their own.
const PAUSES: [f64; 9] = [15.0, 60.0, 300.0, 1800.0, 7200.0, 28_800.0, 72_000.0, 100_800.0, 432_000.0];
/// Kinds of a pause: the steps, one longer, and an unknown one.
pub(super) const PAUSE_KINDS: usize = PAUSES.len() + 2;
/// Steps of visits since: 1, 2, 3, then two to a doubling.
pub(super) const DISTANCES: usize = 12;
/// The copy path reaches so many visits back.
const REACH: usize = 64;

/// When a visit is, or was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moment {
    /// Hour of day and day of week; none in a history without times.
    pub(super) clock: Option<(u8, u8)>,
    /// The kind of pause before it.
    pub(super) pause: u8,
}

impl Moment {
    pub(super) fn of(past: &Past, request: Request) -> Self {
        Self::new(request, past.pause(request))
    }

    pub(super) fn new(request: Request, pause: f64) -> Self {
        let hour = request.time.map(hour_of_week);
        let step = PAUSES.iter().position(|&end| pause <= end).unwrap_or(PAUSES.len());
        Self {
            clock: hour.map(|hour| ((hour % 24) as u8, (hour / 24) as u8)),
            pause: if hour.is_some() { step as u8 } else { PAUSES.len() as u8 + u8::from(!request.starts) },
        }
    }
}

/// What the copy path knows of an item: the step of so many visits since its last one; none where that is out of reach.
pub(super) fn distance(since: usize) -> Option<usize> {
    (since <= REACH).then(|| step(since))
}

fn step(distance: usize) -> usize {
    if distance <= 3 {
        return distance.saturating_sub(1);
    }
    let log = distance.ilog2() as usize; // 2 and up
    let upper = usize::from(distance & (1 << (log - 1)) != 0);
    (3 + 2 * (log - 2) + upper).min(DISTANCES - 1)
}
