//! How many kernels a training step launches on a GPU: in a browser each costs tens of microseconds, whatever it does.

mod common;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use burn::tensor::Device;
use common::kernel_devices;
use cubecl::logging::{LaunchObservation, LaunchObserver};
use homebody::catalogue::ItemIndex;
use homebody::encoder::Positions;
use homebody::sequences::Sequences;
use homebody::training::{Job, ModelKind, Training, TrainingOptions};
use web_time::Duration;

#[derive(Default)]
struct Launches(Mutex<BTreeMap<&'static str, usize>>);

impl LaunchObserver for Launches {
    fn launched(&self, kernel: &'static str) {
        *self.0.lock().unwrap().entry(kernel).or_default() += 1;
    }
}

const ITEMS: u32 = 300;
const STEPS: u32 = 10;
const LANES: u32 = 4;

/// Walks without repeats, enough that no pass ends while a step is counted.
fn walks() -> Sequences {
    let walk = |start: u32| (0..=2 * STEPS).map(|step| ItemIndex((start * 7 + step * 3) % ITEMS)).collect();
    Sequences::new(ITEMS as usize, (0..100).map(walk).collect()).unwrap()
}

/// Of the second step, as the first one's includes those that only it needs.
fn of_a_step(options: &TrainingOptions, device: &Device) -> usize {
    let options = TrainingOptions {
        dim: Some(64),
        skip_gram_epochs: 0,
        batch: Some(LANES),
        steps: Some(STEPS),
        ..options.clone()
    };
    let mut training = Training::new(Job::new(options, walks(), Vec::new()), device).unwrap();
    let mut advance = || pollster::block_on(training.advance(Duration::ZERO)).unwrap().step;
    let before = advance();
    let launches = Arc::new(Launches::default());
    let observation = LaunchObservation::new(launches.clone());
    let steps = advance() - before;
    drop(observation);
    let launches = launches.0.lock().unwrap();
    for (kernel, count) in launches.iter() {
        println!("{count:4} {kernel}");
    }
    launches.values().sum::<usize>() / steps
}

/// Neither dropout nor paths.
fn bare(model: ModelKind) -> TrainingOptions {
    TrainingOptions { model, dropout: Some(0.0), transitions: Some(false), copy: Some(false), ..Default::default() }
}

#[test]
fn a_step_launches_no_more_kernels_than_it_needs() {
    let sampled = |options| TrainingOptions { negatives: Some(64), ..options };
    let of = |model| TrainingOptions { model, ..Default::default() };
    let cases = [
        ("bare gru, sampled loss", sampled(bare(ModelKind::Gru)), 25),
        ("bare gru, full softmax", bare(ModelKind::Gru), 25),
        ("gru", of(ModelKind::Gru), 35),
        ("gru, sampled loss", sampled(of(ModelKind::Gru)), 35),
        ("gru with a copy path", TrainingOptions { copy: Some(true), ..sampled(of(ModelKind::Gru)) }, 40),
        ("gru-attention", of(ModelKind::GruAttention), 70),
        ("bare transformer", TrainingOptions { positions: Positions::Learned, ..bare(ModelKind::Transformer) }, 110),
        ("transformer", of(ModelKind::Transformer), 125),
        ("bert", of(ModelKind::Bert), 125),
    ];
    for (_, device) in kernel_devices().into_iter().filter(|(name, _)| *name == "gpu") {
        let counts = cases.each_ref().map(|(name, options, most)| {
            println!("{name}:");
            let count = of_a_step(options, &device);
            println!("{count:4} of {most}\n");
            (name, count, *most)
        });
        for (name, count, most) in counts {
            assert!(count <= most, "{name}: {count} kernels a step, at most {most}");
        }
    }
}
