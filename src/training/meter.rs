//! How fast training goes, and how many steps fill a call.

use web_time::Duration;

use super::learner::Learner;

/// How fast it goes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Meter {
    /// Steps in one call that fill its budget, by the last call.
    pub(super) burst: usize,
    pub(super) events: f64,
    pub(super) events_per_second: f64,
    pub(super) work_per_second: f64,
    pub(super) loss: Option<f32>,
}

impl Meter {
    /// Takes in what a call did.
    pub(super) fn take(
        &mut self,
        loss: f32,
        steps: usize,
        work: f64,
        elapsed: Duration,
        budget: Duration,
        learner: Option<&Learner>,
    ) {
        let seconds = elapsed.as_secs_f64().max(1e-6);
        let smooth = |old: f64, new: f64| if old == 0.0 { new } else { 0.7 * old + 0.3 * new };
        self.loss = Some(loss);
        self.work_per_second = smooth(self.work_per_second, work / seconds);
        if let Some(learner) = learner {
            let events = steps as f64 * learner.events() as f64 / learner.steps_per_epoch() as f64;
            self.events += events;
            self.events_per_second = smooth(self.events_per_second, events / seconds);
        }
        let fitting = (steps as f64 * budget.as_secs_f64() / seconds) as usize;
        self.burst = fitting.clamp(1, 4 * steps.max(1));
    }
}
