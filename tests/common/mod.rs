//! What the integration tests share.

#![allow(dead_code, reason = "each test binary uses a part")]

use burn::tensor::Device;
use homebody::catalogue::ItemIndex;
use homebody::device::{self, Choice};
use homebody::model::Model;
use homebody::sequences::{Case, Sequences};
use homebody::training::{Job, Training, TrainingOptions};
use web_time::Duration;

/// The CPU, and the GPU where one (or a software Vulkan) is at hand.
pub(crate) fn devices() -> Vec<(&'static str, Device)> {
    let mut devices = vec![("cpu", device::cpu().unwrap())];
    if std::env::var_os("HOMEBODY_TEST_GPU").is_some() {
        devices.push(("gpu", pollster::block_on(device::open(Choice::Gpu)).unwrap()));
    }
    devices
}

/// `sessions` walks of `length` steps around a ring of `items`.
pub(crate) fn cycle(items: u32, length: u32, sessions: u32) -> Sequences {
    let walk = |start: u32| (0..length).map(|step| ItemIndex((start + step) % items)).collect();
    Sequences::new(items as usize, (0..sessions).map(walk).collect()).unwrap()
}

/// A job with a few validation cases.
pub(crate) fn job(options: TrainingOptions, train: Sequences) -> Job {
    let validation: Vec<Case> = train
        .sessions
        .iter()
        .filter(|session| session.len() > 2)
        .take(8)
        .map(|session| Case::new(session[..2].to_vec(), session[2]))
        .collect();
    Job::new(options, train, validation)
}

/// Trains to the end.
pub(crate) fn run(job: Job, device: &Device) -> Model {
    let mut training = Training::new(job, device).unwrap();
    while !pollster::block_on(training.advance(Duration::from_millis(50))).unwrap().done {}
    training.model().unwrap()
}
