//! How likely the next visit is of something never visited before: an online logistic regression.

use super::logistic::{Logistic, log_odds};
use super::past::{NONE, Past, Request};

/// What it looks at.
const INPUTS: usize = 7;
const RATE: f32 = 0.1;
/// How fast the shares of new items fade, a visit.
const FADES: [f32; 2] = [0.1, 0.01];

/// The estimate.
#[derive(Debug, Clone)]
pub struct Novelty {
    logistic: Logistic<INPUTS>,
    /// Recent shares of new items, faded by [`FADES`].
    shares: [f32; 2],
}

impl Default for Novelty {
    fn default() -> Self {
        Self { logistic: Logistic::new([0.0, 0.2, 0.8, 0.0, 0.0, 0.0, 0.0], RATE), shares: [0.5; 2] }
    }
}

impl Novelty {
    fn inputs(&self, past: &Past, request: Request) -> [f32; INPUTS] {
        let last = past.back(0);
        let flag = |is: bool| f32::from(u8::from(is));
        let (once, ended) = if last == NONE {
            (false, 0.0)
        } else {
            let (item, followers) = (&past.items[last as usize], &past.followers[last as usize]);
            (item.count == 1, (1.0 + followers.total()).ln())
        };
        let long = flag(past.pause(request) > 8.0 * 3600.0);
        [1.0, log_odds(self.shares[0]), log_odds(self.shares[1]), flag(request.starts), flag(once), 0.3 * ended, long]
    }

    /// The probability that the next visit is of something new.
    #[must_use]
    pub fn probability(&self, past: &Past, request: Request) -> f32 {
        self.logistic.probability(&self.inputs(past, request)).clamp(0.001, 0.999)
    }

    /// Learns whether it was.
    pub fn learn(&mut self, past: &Past, request: Request, new: bool) {
        self.logistic.learn(&self.inputs(past, request), new);
        for (share, fade) in self.shares.iter_mut().zip(FADES) {
            *share += fade * (f32::from(u8::from(new)) - *share);
        }
    }
}
