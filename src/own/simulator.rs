//! People who do not exist, and their histories: seeded, with planted habits, interests and trails, and with the true probabilities of each
//! visit, so that the best possible score is known.
//!
//! # The model
//! - **Habits**: a chain of one to four pages (mail, calendar, news) that is begun about an hour of its own: every day, on working days,
//!   at weekends, on one day of the week, or once every four weeks.
//! - **Interests**: a hub and a pool of pages of falling popularity (Zipf) on sites of their own. An interest is alive for weeks and asleep
//!   for longer, then wakes again.
//! - **Trails**: an alive interest has a reading order. Who reads along it goes on with the page after the one that was read last, mostly
//!   a new one, in this sitting or days later.
//! - **A sitting** starts with a habit, if one is due, else with an interest. Then a step is one of: the chain's next page, back to a page
//!   of the sitting (the latest most, by 1 / steps), the hub, the trail, a known page of the interest, a habit, or something new.
//!
//! `docs/own-history.md` sets its revisit rate, recency and returns beside published figures.

mod person;
mod profile;

pub use self::person::{Simulated, SimulatedVisit, simulate};
pub use self::profile::Profile;
