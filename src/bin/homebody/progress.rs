//! The training bar on standard error.

use homebody::device;
use homebody::error::Result;
use homebody::model::Model;
use homebody::training::{Job, Training};
use indicatif::{ProgressBar, ProgressStyle};
use std::time::{Duration, Instant};

use homebody::device::Choice;

/// A finished run.
pub(crate) struct Trained {
    pub(crate) model: Model,
    /// Events trained on per second, over the whole run, validation included.
    pub(crate) events_per_second: f64,
    /// Events trained on: an event counts once a pass.
    pub(crate) events: f64,
    /// Passes of the last phase.
    pub(crate) epochs: usize,
}

/// Trains to the end, with a progress bar.
pub(crate) fn train(job: Job, choice: Choice) -> Result<Trained> {
    pollster::block_on(async {
        let start = Instant::now();
        let device = device::open(choice).await?;
        let mut training = Training::new(job, &device)?;
        let bar = ProgressBar::new(1000);
        let style = ProgressStyle::with_template("{bar:30} {percent:>3}% {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let mut epochs = 0;
        loop {
            let progress = training.advance(Duration::from_millis(500)).await?;
            bar.set_position((progress.fraction * 1000.0) as u64);
            bar.set_message(line(&progress));
            if progress.done {
                bar.finish();
                break;
            }
            epochs = progress.epoch;
        }
        let events = training.events_trained();
        let events_per_second = events / start.elapsed().as_secs_f64();
        let model = training.model().ok_or_else(nothing)?;
        Ok(Trained { model, events_per_second, events, epochs })
    })
}

fn line(progress: &homebody::training::Progress) -> String {
    let number = |value: Option<f32>| value.map_or("–".into(), |v| format!("{v:.4}"));
    let left = progress.seconds_left.map_or("–".into(), |s| format!("{s:.0} s left"));
    format!(
        "{:?} {}/{}  loss {}  NDCG@10 {}  {:.0} events/s  {left}",
        progress.phase,
        progress.epoch,
        progress.epochs,
        number(progress.loss),
        number(progress.validation),
        progress.events_per_second,
    )
}

fn nothing() -> homebody::error::Error {
    homebody::error::Error::TooLittle {
        what: "A model".into(),
        needed: "at least one training step".into(),
        have: "none".into(),
        remedy: "Give more data".into(),
    }
}
