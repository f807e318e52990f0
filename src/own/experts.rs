//! The experts: simple predictors, each a weight for every candidate. They are the baselines of an honest table, too.

mod access_rank;
mod alike;
mod copy;
mod frecency;
mod frequent;
mod hour_of_week;
mod linked;
mod markov;
mod recent;
mod rhythm;
mod rules;
mod session_recency;
mod together;

pub use self::frecency::HALF_LIVES;
pub(super) use self::frecency::frecency;
pub(super) use self::rhythm::due;

use super::scene::Scene;

/// A simple predictor.
pub struct Expert {
    /// Its name in tables.
    pub name: &'static str,
    /// Writes a weight, 0 or more, for every candidate, in their order.
    pub weigh: fn(&Scene<'_>, &mut [f32]),
}

/// The first experts are the baselines that a table of revisits is expected to have; the others are the learned expert's evidence.
pub const BASELINES: usize = 7;

/// All experts, the [`BASELINES`] first.
pub const EXPERTS: [Expert; 13] = [
    Expert { name: "frequent", weigh: frequent::weigh },
    Expert { name: "recent", weigh: recent::weigh },
    Expert { name: "frecency", weigh: frecency::weigh },
    Expert { name: "markov", weigh: markov::first_order },
    Expert { name: "hour-of-week", weigh: hour_of_week::weigh },
    Expert { name: "access-rank", weigh: access_rank::weigh },
    Expert { name: "session-recency", weigh: session_recency::weigh },
    Expert { name: "markov-2", weigh: markov::second_order },
    Expert { name: "sequential-rules", weigh: rules::weigh },
    Expert { name: "copy", weigh: copy::weigh },
    Expert { name: "rhythm", weigh: rhythm::weigh },
    Expert { name: "together", weigh: together::weigh },
    Expert { name: "alike", weigh: alike::weigh },
];

/// Where an expert stands among [`EXPERTS`].
pub const FREQUENT: usize = 0;
/// See [`FREQUENT`].
pub const FRECENCY: usize = 2;
/// See [`FREQUENT`].
pub const MARKOV: usize = 3;
/// See [`FREQUENT`].
pub const ACCESS_RANK: usize = 5;
/// See [`FREQUENT`].
pub const MARKOV_2: usize = 7;
/// See [`FREQUENT`].
pub const RULES: usize = 8;
/// See [`FREQUENT`].
pub const COPY: usize = 9;
/// See [`FREQUENT`].
pub const TOGETHER: usize = 11;
