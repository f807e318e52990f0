//! What every model promises on every device, on data whose answer is known.

mod common;

use burn::tensor::{Device, Tensor};
use common::{cycle, devices, job, run};
use homebody::catalogue::ItemIndex;
use homebody::encoder::Positions;
use homebody::evaluation::{Predictor, evaluate};
use homebody::loss::Loss;
use homebody::model::{Model, Running};
use homebody::sequences::{Case, Sequences};
use homebody::training::{ModelKind, NegativeSource, Training, TrainingOptions};
use web_time::Duration;

const KINDS: [ModelKind; 6] = [
    ModelKind::SkipGram,
    ModelKind::Gru,
    ModelKind::Lstm,
    ModelKind::GruAttention,
    ModelKind::Transformer,
    ModelKind::Bert,
];

fn small(model: ModelKind) -> TrainingOptions {
    TrainingOptions {
        model,
        dim: 16,
        epochs: Some(60),
        skip_gram_epochs: 4,
        window: Some(4),
        learning_rate: Some(0.02),
        // A pointer at the last round would explain a cycle without learning it.
        copy: Some(false),
        ..Default::default()
    }
}

/// How well a cycle of six is known, as MRR.
fn cycle_known(options: TrainingOptions, device: &Device) -> f64 {
    let cases: Vec<Case> = (0..6)
        .map(|i| Case { context: vec![ItemIndex(i), ItemIndex((i + 1) % 6)], target: ItemIndex((i + 2) % 6) })
        .collect();
    let model = run(job(options, cycle(6, 12, 20)), device);
    evaluate(&Predictor::Model(model), &cases, 6, false, |_| {}).unwrap().mrr_10
}

#[test]
fn sequence_models_learn_a_cycle_by_heart_on_every_device() {
    for (name, device) in devices() {
        for kind in KINDS.into_iter().filter(|kind| kind.encoder().is_some()) {
            let mrr = cycle_known(small(kind), &device);
            assert!(mrr > 0.99, "{kind:?} on {name}: {mrr}");
        }
    }
}

#[test]
fn every_loss_and_source_of_negatives_learns_a_cycle() {
    let device = homebody::device::cpu().unwrap();
    for loss in [Loss::Softmax, Loss::Bce, Loss::Gbce, Loss::BprMax] {
        for (negatives, negative_source) in [
            (0, NegativeSource::Drawn),
            (3, NegativeSource::Drawn),
            (3, NegativeSource::InBatch),
            (3, NegativeSource::Mixed),
        ] {
            let options =
                TrainingOptions { loss, negatives: Some(negatives), negative_source, ..small(ModelKind::Gru) };
            let mrr = cycle_known(options, &device);
            assert!(mrr > 0.9, "{loss:?}, {negatives} {negative_source:?}: {mrr}");
        }
    }
}

/// Sessions that go back and forth between two items, `a b a b a`, over all pairs of 24 but those that are held out.
fn back_and_forth() -> (Sequences, Vec<Case>) {
    let (mut sessions, mut cases) = (Vec::new(), Vec::new());
    for (a, b) in (0..24).flat_map(|a| (0..24).map(move |b| (a, b))).filter(|(a, b)| a != b) {
        let session = [a, b, a, b, a].map(ItemIndex);
        if (a + 3 * b) % 7 == 0 {
            cases.push(Case { context: session[..2].to_vec(), target: session[2] });
        } else {
            sessions.push(session.to_vec());
        }
    }
    (Sequences { items: 24, sessions }, cases)
}

#[test]
fn the_copy_path_knows_what_stood_in_the_session_whatever_the_loss_on_every_device() {
    let (data, cases) = back_and_forth();
    for (name, device) in devices() {
        for (loss, negatives) in [(Loss::Softmax, 0), (Loss::Softmax, 6), (Loss::Bce, 6)] {
            let mrr = |copy| {
                let (loss, negatives, copy) = (loss, Some(negatives), Some(copy));
                let options = TrainingOptions {
                    loss,
                    negatives,
                    copy,
                    epochs: Some(2),
                    learning_rate: Some(0.01),
                    ..small(ModelKind::Gru)
                };
                let model = Predictor::Model(run(job(options, data.clone()), &device));
                evaluate(&model, &cases, 24, false, |_| {}).unwrap().mrr_10
            };
            let (with, without) = (mrr(true), mrr(false));
            assert!(
                with > 0.8 && with > without,
                "{loss:?}, {negatives} negatives on {name}: {with}, {without} without"
            );
        }
    }
}

#[test]
fn shapes_beyond_the_defaults_learn_a_cycle() {
    let device = homebody::device::cpu().unwrap();
    let base = small(ModelKind::Transformer);
    for options in [
        TrainingOptions { layers: Some(2), ..small(ModelKind::Gru) },
        TrainingOptions { layers: Some(3), ..small(ModelKind::Lstm) },
        TrainingOptions { positions: Positions::Learned, ..base.clone() },
        TrainingOptions { gated: true, heads: 1, ..base },
    ] {
        let mrr = cycle_known(options.clone(), &device);
        assert!(mrr > 0.99, "{options:?}: {mrr}");
    }
}

#[test]
fn one_event_at_a_time_gives_what_a_whole_context_gives() {
    let device = homebody::device::cpu().unwrap();
    let context: Vec<ItemIndex> = [0, 1, 2, 3, 1, 0, 5, 4, 2].map(ItemIndex).to_vec();
    for kind in KINDS {
        let options = TrainingOptions { epochs: Some(2), ..small(kind) };
        let Model::Sequence(model) = run(job(options, cycle(6, 12, 20)), &device) else { continue };
        let mut running = Running::new(&model).unwrap();
        context.iter().for_each(|&item| running.step(&model, item));
        let numbers = |tensor: Tensor<2>| tensor.into_data().try_into_vec::<f32>().unwrap();
        let (ours, whole) = (numbers(running.logits(&model).unwrap()), numbers(model.scores(&[&context]).unwrap()));
        for (a, b) in ours.iter().zip(&whole) {
            assert!((a - b).abs() < 1e-4, "{kind:?}: {ours:?}, {whole:?}");
        }
    }
}

#[test]
fn skip_gram_puts_neighbours_of_a_cycle_nearest_on_every_device() {
    // Two worlds that never meet: an item's context must score its own world's items above the other's.
    let mut data = cycle(5, 10, 20);
    data.items = 10;
    let other: Vec<_> = data.sessions.iter().map(|s| s.iter().map(|i| ItemIndex(i.0 + 5)).collect()).collect();
    data.sessions.extend(other);
    for (name, device) in devices() {
        let options = TrainingOptions { skip_gram_epochs: 8, ..small(ModelKind::SkipGram) };
        let model = Predictor::Model(run(job(options, data.clone()), &device));
        let scores = model.scores(&[&[ItemIndex(1)]]).unwrap().remove(0);
        let own = scores[..5].iter().copied().fold(f32::MAX, f32::min);
        let foreign = scores[5..].iter().copied().fold(f32::MIN, f32::max);
        assert!(own > foreign, "{name}: {scores:?}");
    }
}

#[test]
fn every_model_survives_the_way_through_a_file() {
    let device = homebody::device::cpu().unwrap();
    for kind in KINDS {
        let options = TrainingOptions { epochs: Some(1), skip_gram_epochs: 1, ..small(kind) };
        let model = run(job(options, cycle(5, 8, 6)), &device);
        let ids: Vec<String> = (0..5).map(|i| format!("item {i}")).collect();
        let bytes = pollster::block_on(model.to_bytes(ids.clone())).unwrap();
        let (back, description) = Model::from_bytes(&bytes, &device).unwrap();
        assert_eq!(description.ids, ids);
        let scores = |model: Model| Predictor::Model(model).scores(&[&[ItemIndex(1), ItemIndex(2)]]).unwrap();
        assert_eq!(scores(model), scores(back), "{kind:?}");
    }
}

#[test]
fn an_interrupted_run_ends_as_an_uninterrupted_one_to_the_last_bit() {
    let device = homebody::device::cpu().unwrap();
    for kind in KINDS {
        let options = TrainingOptions { epochs: Some(2), skip_gram_epochs: 2, negatives: Some(3), ..small(kind) };
        let job = job(options, cycle(7, 9, 12));
        let whole = pollster::block_on(run(job.clone(), &device).to_bytes(Vec::new())).unwrap();
        let mut interrupted = Training::new(job.clone(), &device).unwrap();
        let mut resumptions = 0;
        while !pollster::block_on(interrupted.advance(Duration::ZERO)).unwrap().done {
            let checkpoint = pollster::block_on(interrupted.checkpoint()).unwrap();
            interrupted = Training::resume(job.clone(), &checkpoint, &device).unwrap();
            resumptions += 1;
        }
        let model = interrupted.model().unwrap();
        assert!(resumptions > 5, "{kind:?}: {resumptions}");
        assert!(pollster::block_on(model.to_bytes(Vec::new())).unwrap() == whole, "{kind:?} differs");
    }
}

#[test]
fn a_step_is_the_same_on_every_device() {
    let reference = pollster::block_on(homebody::self_test::numbers(&homebody::device::cpu().unwrap())).unwrap();
    for (name, device) in devices() {
        let ours = pollster::block_on(homebody::self_test::numbers(&device)).unwrap();
        let deviation = homebody::self_test::deviation(&ours, &reference);
        assert!(deviation < 1e-4, "{name} is off by {deviation}");
    }
}

/// The same file with one tensor's numbers all set to `value`.
fn poisoned(file: &[u8], tensor: &str, value: f32) -> Vec<u8> {
    let (_, header) = safetensors::SafeTensors::read_metadata(file).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(file).unwrap();
    let fill = |bytes: &[u8]| value.to_le_bytes().repeat(bytes.len() / 4);
    let data: Vec<_> = tensors
        .iter()
        .map(|(name, view)| {
            let bytes = if name == tensor { fill(view.data()) } else { view.data().to_vec() };
            (name.to_owned(), view.dtype(), view.shape().to_vec(), bytes)
        })
        .collect();
    let views = data.iter().map(|(name, dtype, shape, bytes)| {
        (name.as_str(), safetensors::tensor::TensorView::new(*dtype, shape.clone(), bytes).unwrap())
    });
    safetensors::serialize(views, header.metadata().clone()).unwrap()
}

#[test]
fn a_loss_that_is_no_number_ends_the_run_with_a_reason() {
    let device = homebody::device::cpu().unwrap();
    let options = TrainingOptions { skip_gram_epochs: 0, ..small(ModelKind::Gru) };
    let job = job(options, cycle(6, 12, 20));
    let checkpoint = pollster::block_on(Training::new(job.clone(), &device).unwrap().checkpoint()).unwrap();
    let mut run = Training::resume(job, &poisoned(&checkpoint, "items.weights", 3e38), &device).unwrap();
    let error = pollster::block_on(run.advance(Duration::from_millis(50))).unwrap_err();
    assert_eq!(error.code(), "diverged");
    assert!(error.to_string().contains("Lower the learning rate"), "{error}");
}

#[test]
fn nothing_to_learn_from_is_refused() {
    let device = homebody::device::cpu().unwrap();
    let single = homebody::sequences::Sequences { items: 3, sessions: vec![vec![ItemIndex(1)]] };
    let error = Training::new(job(small(ModelKind::Gru), single), &device).err().unwrap();
    assert!(error.to_string().contains("a session of at least two items"), "{error}");
}
