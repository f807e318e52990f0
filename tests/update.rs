//! Learning what is new without starting over: what an update recovers, what it costs, and that what hurts is not kept.

mod common;

use common::run;
use homebody::catalogue::ItemIndex;
use homebody::evaluation::{Predictor, evaluate};
use homebody::model::{Model, SequenceModel};
use homebody::rng::{Stream, generator};
use homebody::sequences::{Case, Sequences};
use homebody::training::{Job, ModelKind, Training, TrainingOptions};
use rand::RngExt;
use web_time::Duration;

const ITEMS: u32 = 60;

fn options() -> TrainingOptions {
    TrainingOptions { model: ModelKind::Gru, dim: Some(32), skip_gram_epochs: 2, ..TrainingOptions::default() }
}

/// Walks that mostly step from an item to its successor, which is `stride` further.
fn walks(count: usize, stride: u32, seed: u64) -> Vec<Vec<ItemIndex>> {
    let mut random = generator(seed, Stream::Control, 0);
    let mut walk = || {
        let mut item = random.random_range(0..ITEMS);
        let mut step = || {
            item = if random.random_range(0..5) == 0 { random.random_range(0..ITEMS) } else { (item + stride) % ITEMS };
            ItemIndex(item)
        };
        (0..8).map(|_| step()).collect()
    };
    (0..count).map(|_| walk()).collect()
}

/// What visitors did lately: half of them as before, half of them in another way.
fn lately(count: usize, seed: u64) -> Vec<Vec<ItemIndex>> {
    let (before, anew) = (walks(count / 2, 1, seed), walks(count / 2, 7, seed + 1));
    before.into_iter().zip(anew).flat_map(|(before, anew)| [before, anew]).collect()
}

fn from_scratch(sessions: Vec<Vec<ItemIndex>>) -> (SequenceModel, f64) {
    let split = Sequences::new(ITEMS as usize, sessions).unwrap().hold_out(20, 200);
    trained(Job::new(options(), split.train, split.validation))
}

/// The model, and the events that it was trained on.
fn trained(job: Job) -> (SequenceModel, f64) {
    let mut training = Training::new(job, &homebody::device::cpu().unwrap()).unwrap();
    while !pollster::block_on(training.advance(Duration::from_millis(50))).unwrap().done {}
    match training.model().unwrap() {
        Model::Sequence(model) => (model, training.events_trained()),
        _ => unreachable!("a sequence model was asked for"),
    }
}

fn ndcg(model: &SequenceModel, sessions: &[Vec<ItemIndex>]) -> f64 {
    let case = |session: &Vec<ItemIndex>| Case {
        context: session[..session.len() - 1].to_vec(),
        times: Vec::new(),
        target: session[session.len() - 1],
    };
    let cases: Vec<Case> = sessions.iter().map(case).collect();
    evaluate(&Predictor::Model(Model::Sequence(model.clone())), &cases, ITEMS as usize, false, |_| {}).unwrap().ndcg_10
}

#[test]
fn an_update_recovers_most_of_the_gain_at_a_fraction_of_the_work() {
    let (old, fresh, test) = (walks(1500, 1, 1), lately(300, 2), lately(400, 4));
    let known = Sequences::new(ITEMS as usize, old.clone()).unwrap();
    let (stale, _) = from_scratch(old.clone());
    let (updated, cost) = trained(Job::update(&options(), &stale, &known, &fresh).unwrap());
    let (retrained, whole) = from_scratch([old, fresh].concat());
    let [stale, updated, retrained] = [&stale, &updated, &retrained].map(|model| ndcg(model, &test));
    let recovered = (updated - stale) / (retrained - stale);
    println!("NDCG@10 {stale:.3} → {updated:.3}, retrained {retrained:.3}: {recovered:.2} at {:.3}", cost / whole);
    assert!(retrained > stale + 0.05, "there is something to recover: {stale} → {retrained}");
    assert!(recovered >= 0.8, "{recovered}");
    assert!(cost <= 0.05 * whole, "{cost} of {whole} events");
}

#[test]
fn an_update_that_hurts_leaves_the_model_as_it_was() {
    let old = walks(600, 1, 1);
    let known = Sequences::new(ITEMS as usize, old.clone()).unwrap();
    let (stale, _) = from_scratch(old);
    // Other ways to learn, and then the old ones, which guard.
    let fresh = [walks(400, 29, 9), walks(45, 1, 3)].concat();
    let job = Job::update(&options(), &stale, &known, &fresh).unwrap();
    let job = Job::from_bytes(&job.to_bytes().unwrap()).unwrap();
    let Model::Sequence(updated) = run(job, &homebody::device::cpu().unwrap()) else { unreachable!("it was one") };
    let bytes = |model: SequenceModel| pollster::block_on(Model::Sequence(model).to_bytes(Vec::new())).unwrap();
    assert!(bytes(updated) == bytes(stale));
}

#[test]
fn too_little_that_is_new_and_item_vectors_alone_are_refused() {
    let old = walks(60, 1, 1);
    let known = Sequences::new(ITEMS as usize, old.clone()).unwrap();
    let (stale, _) = from_scratch(old);
    let error = Job::update(&options(), &stale, &known, &walks(2, 1, 5)).unwrap_err().to_string();
    assert!(error.contains("enough new events") && error.contains("16"), "{error}");
}
