//! What every model promises on every device, on data whose answer is known.

mod common;

use burn::tensor::{Device, Tensor};
use common::{cycle, devices, job, run};
use homebody::catalogue::{Catalogue, Item, ItemIndex};
use homebody::embedding::vectors::Vectors;
use homebody::encoder::Positions;
use homebody::evaluation::{Predictor, evaluate};
use homebody::loss::Loss;
use homebody::model::{Alternatives, Model, Running};
use homebody::sequences::{Case, Clock, Context, Sequences};
use homebody::training::{ModelKind, NegativeSource, Phase, Training, TrainingOptions, WarmStart};
use web_time::Duration;

const KINDS: [ModelKind; 7] = [
    ModelKind::SkipGram,
    ModelKind::Glove,
    ModelKind::Gru,
    ModelKind::Lstm,
    ModelKind::GruAttention,
    ModelKind::Transformer,
    ModelKind::Bert,
];

/// Without transitions, which would know the answers in the encoders' place, and learned by heart.
fn small(model: ModelKind) -> TrainingOptions {
    TrainingOptions {
        model,
        transitions: Some(false),
        dropout: Some(0.0),
        dim: Some(16),
        epochs: Some(60),
        skip_gram_epochs: 4,
        window: Some(4),
        learning_rate: Some(0.02),
        ..Default::default()
    }
}

/// How well a cycle of six is known, as MRR.
fn cycle_known(options: TrainingOptions, device: &Device) -> f64 {
    let cases: Vec<Case> =
        (0..6).map(|i| Case::new(vec![ItemIndex(i), ItemIndex((i + 1) % 6)], ItemIndex((i + 2) % 6))).collect();
    // Shorter than a round: an item of the round before would give the answer away.
    let model = run(job(options, cycle(6, 5, 48)), device);
    evaluate(&Predictor::Model(model), &cases, 6, false, |_| {}).unwrap().mrr_10
}

#[test]
fn sequence_models_learn_a_cycle_by_heart_on_every_device() {
    for (name, device) in devices() {
        // A software GPU is slow; what the other encoders compute on it, tests/reference.rs tells.
        let patient = |kind: &ModelKind| name == "cpu" || matches!(kind, ModelKind::Gru | ModelKind::GruAttention);
        for kind in KINDS.into_iter().filter(|kind| kind.encoder().is_some()).filter(patient) {
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
            cases.push(Case::new(session[..2].to_vec(), session[2]));
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
        let all = [(Loss::Softmax, 6), (Loss::Softmax, 0), (Loss::Bce, 6)];
        for (loss, negatives) in all.into_iter().take(if name == "cpu" { 3 } else { 1 }) {
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
        context.iter().for_each(|&item| running.step(&model, item, None));
        let numbers = |tensor: Tensor<2>| tensor.into_data().try_into_vec::<f32>().unwrap();
        let (ours, whole) = (numbers(running.logits(&model).unwrap()), numbers(model.scores(&[&context]).unwrap()));
        for (a, b) in ours.iter().zip(&whole) {
            assert!((a - b).abs() < 1e-4, "{kind:?}: {ours:?}, {whole:?}");
        }
    }
}

#[test]
fn a_session_without_an_item_is_encoded_step_by_step_as_from_anew() {
    let device = homebody::device::cpu().unwrap();
    let session = [0, 3, 1, 3, 5, 2, 0, 4].map(ItemIndex);
    let texts = ["red wine", "red grapes", "blue cheese", "blue moon", "red moon", "green moon"].map(str::to_owned);
    let near = |a: &[f32], b: &[f32]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4);
    for kind in [ModelKind::Gru, ModelKind::Lstm, ModelKind::GruAttention, ModelKind::Transformer] {
        let data = cycle(6, 12, 20);
        let options = TrainingOptions { epochs: Some(2), copy: Some(true), transitions: Some(true), ..small(kind) };
        let bare = run(job(options, data.clone()), &device);
        let sequence = bare.sequence().unwrap().clone();
        let reading =
            pollster::block_on(bare.clone().with_content(&texts, &data, &job(small(kind), data.clone()).validation));
        for (model, reach) in [(&bare, 20), (&bare, 3), (&reading.unwrap(), 20)] {
            let begun = |events: &[ItemIndex]| {
                Alternatives::new(&sequence, Context::untimed(events), Clock::default(), reach).unwrap()
            };
            let mut stepped = begun(&[]);
            session.iter().for_each(|&item| stepped.step(&sequence, item, None));
            for mut alternatives in [stepped, begun(&session)] {
                let without: Vec<ItemIndex> = alternatives.without().collect();
                assert_eq!(without.len(), reach.min(6), "{kind:?}");
                let before = session.len().saturating_sub(reach);
                let kept = |gone: Option<ItemIndex>| {
                    let stays = |(at, item): &(usize, &ItemIndex)| *at < before || gone != Some(**item);
                    session.iter().enumerate().filter(stays).map(|(_, item)| *item).collect::<Vec<_>>()
                };
                let scores = alternatives.scores(model).unwrap();
                let rows = [None].into_iter().chain(without.into_iter().map(Some));
                for (ours, gone) in scores.chunks(6).zip(rows) {
                    let whole: Vec<f32> = model.scores(&[&kept(gone)]).unwrap().into_data().try_into_vec().unwrap();
                    assert!(near(ours, &whole), "{kind:?} without {gone:?}: {ours:?}, {whole:?}");
                }
            }
        }
    }
}

/// Regression: beside a longer one, an empty context was scored as the catalogue's first item.
#[test]
fn an_empty_context_is_none_beside_a_longer_one_too() {
    let device = homebody::device::cpu().unwrap();
    for kind in KINDS {
        let options = TrainingOptions { epochs: Some(1), ..small(kind) };
        let model = run(job(options, cycle(6, 12, 20)), &device);
        let scores =
            |contexts: &[&[ItemIndex]]| model.scores(contexts).unwrap().into_data().try_into_vec::<f32>().unwrap();
        let (alone, beside) = (scores(&[&[]]), scores(&[&[], &[ItemIndex(1), ItemIndex(2)]]));
        assert!(alone.iter().zip(&beside).all(|(a, b)| (a - b).abs() < 1e-5), "{kind:?}: {alone:?}, {beside:?}");
    }
}

#[test]
fn embeddings_put_the_own_world_nearest_on_every_device() {
    // Two worlds that never meet: an item must score its own world's items above the other's, and be more similar to them.
    let mut data = cycle(5, 10, 20);
    data.items = 10;
    let other: Vec<_> = data.sessions.iter().map(|s| s.iter().map(|i| ItemIndex(i.0 + 5)).collect()).collect();
    data.sessions.extend(other);
    for (name, device) in devices() {
        for kind in [ModelKind::SkipGram, ModelKind::Glove] {
            let options = TrainingOptions { skip_gram_epochs: 8, ..small(kind) };
            let model = run(job(options, data.clone()), &device);
            let cosines = cosines(&model, 1);
            let scores = Predictor::Model(model).scores(&[&[ItemIndex(1)]]).unwrap().remove(0);
            for figures in [scores, cosines] {
                let own = figures[..5].iter().copied().fold(f32::MAX, f32::min);
                let foreign = figures[5..].iter().copied().fold(f32::MIN, f32::max);
                assert!(own > foreign, "{kind:?} on {name}: {figures:?}");
            }
        }
    }
}

fn cosines(model: &Model, item: usize) -> Vec<f32> {
    let vectors = model.vectors().whole();
    let [_, dim] = vectors.dims();
    let values: Vec<f32> = vectors.into_data().try_into_vec().unwrap();
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
    let own = &values[item * dim..(item + 1) * dim];
    values.chunks_exact(dim).map(|v| dot(v, own) / (dot(v, v) * dot(own, own)).sqrt()).collect()
}

#[test]
fn embeddings_alone_know_what_follows() {
    // Around a ring the successor follows and the predecessor does not, though both are neighbours.
    let data = cycle(12, 8, 60);
    let device = homebody::device::cpu().unwrap();
    for kind in [ModelKind::SkipGram, ModelKind::Glove] {
        let options = TrainingOptions { skip_gram_epochs: 40, ..small(kind) };
        let model = Predictor::Model(run(job(options, data.clone()), &device));
        let scores = model.scores(&[&[ItemIndex(4)]]).unwrap().remove(0);
        let best = (0..12).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap();
        assert!((5..=6).contains(&best) && scores[5] > scores[3], "{kind:?}: {scores:?}");
    }
}

#[test]
fn a_sequence_model_starts_from_what_it_is_told_to() {
    let device = homebody::device::cpu().unwrap();
    let data = cycle(6, 12, 20);
    let start = |warm_start, vectors: Option<Vec<f32>>| {
        let options = TrainingOptions { warm_start, epochs: Some(1), skip_gram_epochs: 2, ..small(ModelKind::Gru) };
        let mut job = job(options, data.clone());
        if let Some(vectors) = vectors {
            job = job.starting_from(vectors).unwrap();
        }
        let mut training = Training::new(job, &device).unwrap();
        let first = training.progress().phase;
        while training.progress().phase != Phase::Sequence {
            pollster::block_on(training.advance(Duration::ZERO)).unwrap();
        }
        let vectors: Vec<f32> = training.model().unwrap().vectors().whole().into_data().try_into_vec().unwrap();
        (first, vectors)
    };
    assert_eq!(start(WarmStart::SkipGram, None).0, Phase::SkipGram);
    assert_eq!(start(WarmStart::None, None).0, Phase::Sequence);
    let (first, trained) = start(WarmStart::Glove, None);
    assert_eq!(first, Phase::Glove);
    // Imported vectors come in place of trained ones, scaled to a mean length of one.
    let given: Vec<f32> = trained.iter().map(|x| x * 3.0).collect();
    let (first, imported) = start(WarmStart::Glove, Some(given));
    assert_eq!(first, Phase::Sequence);
    assert!(trained.iter().zip(&imported).all(|(a, b)| (a - b).abs() < 1e-5));
}

/// A table that such a GPU cannot bind at once lies in shards, or nothing would run on it.
#[test]
fn tables_past_the_binding_limit_train_like_others() {
    use burn::tensor::wgpu::wgpu::Limits;
    const BINDING: u64 = 1 << 16;
    const ITEMS: u32 = 1500;
    if std::env::var_os("HOMEBODY_TEST_GPU").is_none() {
        return;
    }
    let train = |kind: ModelKind, limits: Limits| {
        let options = TrainingOptions {
            epochs: Some(1),
            skip_gram_epochs: u32::from(kind == ModelKind::SkipGram),
            negatives: Some(24),
            batch: Some(4),
            steps: Some(8),
            ..small(kind)
        };
        let walk = |start: u32| (0..9).map(|step| ItemIndex((start * 61 + step) % ITEMS)).collect();
        let data = Sequences::new(ITEMS as usize, (0..40).map(walk).collect()).unwrap();
        let model = run(job(options, data), &common::with_limits(limits));
        let scores: Vec<f32> = model.scores(&[&[ItemIndex(3)]]).unwrap().into_data().try_into_vec().unwrap();
        (pollster::block_on(model.to_bytes(Vec::new())).unwrap(), scores)
    };
    for kind in [ModelKind::SkipGram, ModelKind::Glove, ModelKind::Gru] {
        let small = Limits { max_storage_buffer_binding_size: BINDING, ..Limits::default() };
        let (bytes, scores) = train(kind, small);
        let (expected, expected_scores) = train(kind, Limits::default());
        assert!(bytes == expected, "{kind:?} learned something else");
        assert!(scores == expected_scores, "{kind:?} scores otherwise");
    }
}

#[test]
fn exported_vectors_are_read_back_in_the_catalogues_order() {
    let device = homebody::device::cpu().unwrap();
    for kind in KINDS {
        let options = TrainingOptions { epochs: Some(1), skip_gram_epochs: 1, ..small(kind) };
        let model = run(job(options, cycle(5, 8, 6)), &device);
        let ids: Vec<String> = (0..5).map(|i| format!("item {i}")).collect();
        let item = |id: &String| Item { id: id.clone(), ..Item::default() };
        let text = pollster::block_on(model.export_vectors(ids.clone())).unwrap().to_text().unwrap();
        let reversed = Catalogue::new(ids.iter().rev().map(item)).unwrap();
        let aligned = Vectors::parse(text.as_bytes()).unwrap().align(&reversed, 1).unwrap();
        let vectors: Vec<f32> = model.vectors().whole().into_data().try_into_vec().unwrap();
        let expected: Vec<f32> = vectors.chunks_exact(16).rev().flatten().copied().collect();
        assert_eq!((aligned.values, aligned.missing), (expected, 0), "{kind:?}");
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
    let starts = KINDS.map(|kind| (kind, WarmStart::SkipGram)).into_iter().chain([(ModelKind::Gru, WarmStart::Glove)]);
    for (kind, warm_start) in starts {
        let options = TrainingOptions {
            epochs: Some(2),
            skip_gram_epochs: 2,
            skip_gram_subsample: 0.1,
            glove_epochs: Some(8),
            negatives: Some(3),
            warm_start,
            ..small(kind)
        };
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
        let bytes = pollster::block_on(model.to_bytes(Vec::new())).unwrap();
        assert!(bytes == whole, "{kind:?} from {warm_start:?} differs");
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
fn items_that_are_all_too_rare_are_refused() {
    let device = homebody::device::cpu().unwrap();
    for kind in [ModelKind::SkipGram, ModelKind::Glove] {
        let options = TrainingOptions { min_count: 1000, ..small(kind) };
        let error = Training::new(job(options, cycle(6, 12, 20)), &device).err().unwrap();
        assert!(error.to_string().contains("viewed at least 1000 times"), "{error}");
    }
}

#[test]
fn a_phase_does_not_begin_with_the_loss_of_the_one_before() {
    let device = homebody::device::cpu().unwrap();
    let mut run = Training::new(job(small(ModelKind::Gru), cycle(6, 5, 12)), &device).unwrap();
    let mut last = run.progress();
    while last.phase == Phase::SkipGram {
        last = pollster::block_on(run.advance(Duration::from_millis(5))).unwrap();
    }
    assert_eq!((last.phase, last.loss), (Phase::Sequence, None));
}

#[test]
fn nothing_to_learn_from_is_refused() {
    let device = homebody::device::cpu().unwrap();
    let single = homebody::sequences::Sequences { items: 3, sessions: vec![vec![ItemIndex(1)]] };
    let error = Training::new(job(small(ModelKind::Gru), single), &device).err().unwrap();
    assert!(error.to_string().contains("a session of at least two items"), "{error}");
}
