//! What kind of history is simulated.

/// How somebody behaves. Shares of steps need not add up: they are weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// What an item's id looks like: URLs of sites, or plain names.
    pub urls: bool,
    /// Sittings a day, on average.
    pub sittings: f64,
    /// Visits of a sitting, on average.
    pub length: f64,
    /// Habits, and interests.
    pub habits: usize,
    /// How many interests there are.
    pub interests: usize,
    /// Pages of an interest.
    pub pool: usize,
    /// The weight of all due habits at the start of a sitting, against 1 for interests.
    pub due: f64,
    /// Probability that a chain goes on.
    pub fidelity: f64,
    /// Weights of the steps inside a sitting: again, back, hub, trail, known, habit, new.
    pub steps: [f64; 7],
}

impl Profile {
    /// Browsing the web.
    #[must_use]
    pub fn browsing() -> Self {
        Self {
            urls: true,
            sittings: 4.0,
            length: 8.0,
            habits: 14,
            interests: 10,
            pool: 60,
            due: 2.5,
            fidelity: 0.75,
            steps: [0.02, 0.40, 0.10, 0.12, 0.12, 0.10, 0.24],
        }
    }

    /// Places checked in at.
    #[must_use]
    pub fn places() -> Self {
        Self {
            urls: false,
            sittings: 2.5,
            length: 1.6,
            habits: 12,
            interests: 6,
            pool: 25,
            due: 3.0,
            fidelity: 0.5,
            steps: [0.01, 0.03, 0.10, 0.05, 0.30, 0.30, 0.20],
        }
    }

    /// Listening to music.
    #[must_use]
    pub fn listening() -> Self {
        Self {
            urls: false,
            sittings: 1.5,
            length: 14.0,
            habits: 3,
            interests: 14,
            pool: 120,
            due: 0.4,
            fidelity: 0.85,
            steps: [0.06, 0.05, 0.02, 0.45, 0.25, 0.02, 0.15],
        }
    }
}
