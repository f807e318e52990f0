//! A Transformer that heeds how much time passed between events: against PyTorch 2.15 in double precision, across windows, in training,
//! and in Home.
//!
//! The reference was made by this script (`wave` and `fill` as in `tests/reference.rs`):
//!
//! ```python
//! D, T, B, HEADS, BUCKETS = 8, 4, 2, 2, 32
//! times = [[0, 5], [3, 100], [3, 4000], [90000, 4001]]  # [T][B], seconds
//! layer = torch.nn.TransformerEncoderLayer(D, HEADS, 4 * D, dropout=0.0, activation="relu", norm_first=True)
//! m = torch.nn.TransformerEncoder(layer, 2, norm=torch.nn.LayerNorm(D), enable_nested_tensor=False)
//! fill(m, order)  # as in tests/reference.rs
//! x = wave((T, B, D), 40).requires_grad_()
//! causal = torch.nn.Transformer.generate_square_subsequent_mask(T)
//! seconds = torch.tensor(times, dtype=torch.float64).T  # [B, T]
//! passed = (seconds[:, :, None] - seconds[:, None, :]).clamp(min=0)
//! bucket = torch.where(passed < 1, 0, passed.clamp(min=1).log2().floor().long() + 1)  # [B, T, T]
//! tables = [wave((BUCKETS, HEADS), 80 + l).mul(10).requires_grad_() for l in range(2)]
//! out = x + wave((6, D), 41)[:T, None]
//! for block, table in zip(m.layers, tables):
//!     bias = table[bucket].permute(0, 3, 1, 2)  # [B, heads, T, T]
//!     out = block(out, src_mask=(causal + bias).reshape(B * HEADS, T, T))
//! out = m.norm(out)
//! (out * wave(out.shape, 50)).sum().backward()
//! f = lambda v: "[" + ", ".join(f"{a:.7f}" for a in v) + "]"
//! print("out", f(out[-1].flatten().tolist()))
//! print("dx", f(x.grad[0].flatten().tolist()))
//! print("rows", *[f((100 * t.grad[[0, 2, 12, 17]]).flatten().tolist()) for t in tables])
//! ```

#![allow(clippy::doc_markdown, clippy::excessive_precision, reason = "values and names as PyTorch prints them")]

mod common;

use burn::tensor::{Device, Tensor, TensorData, activation};
use common::{assert_close, devices, leaf, numbers, run, wave};
use homebody::catalogue::{Item, ItemIndex};
use homebody::encoder::{EncoderConfig, Input, Kind, Positions, time_bias};
use homebody::evaluation::{Predictor, evaluate};
use homebody::model::{Model, Running, SequenceModel};
use homebody::protocol::{Imported, NamedFile, Who, Wish};
use homebody::ranking::RepeatPolicy;
use homebody::recommender::Recommender;
use homebody::rng::{Stream, generator};
use homebody::sequences::{Case, Context, Moment, Sequences, moments};
use homebody::training::{Job, ModelKind, Training, TrainingOptions};
use rand::RngExt;
use web_time::Duration;

const DIM: usize = 8;
const LANES: usize = 2;
const HEADS: usize = 2;
/// Seconds, `[T][B]`.
const TIMES: [[u32; LANES]; 4] = [[0, 5], [3, 100], [3, 4000], [90_000, 4001]];

fn config(window: usize) -> EncoderConfig {
    EncoderConfig {
        layers: 2,
        heads: HEADS,
        positions: Positions::Learned,
        time_bias: true,
        ..EncoderConfig::new(Kind::Transformer, DIM, window)
    }
}

fn is_table(name: &str) -> bool {
    name.ends_with("time_bias.weight")
}

/// Waves keyed as in the script.
fn weights(config: &EncoderConfig, device: &Device) -> Vec<Tensor<2>> {
    let (mut next, mut table) = (-1.0, 79.0);
    let mut weight = |name: &str, shape| {
        if name == "transformer.position.weight" {
            wave(shape, 41.0, device)
        } else if is_table(name) {
            table += 1.0;
            wave(shape, table, device) * 10.0
        } else {
            next += 1.0;
            wave(shape, next, device)
        }
    };
    config.specs().iter().map(|spec| weight(&spec.name, spec.shape)).collect()
}

/// Steps `from..to` of the script's input, at these times.
fn input(x: &Tensor<3>, times: &[[u32; LANES]], from: usize, device: &Device) -> Input {
    let steps = times.len();
    let per_step = |f: &dyn Fn(usize) -> f32| {
        let values: Vec<f32> = (0..steps * LANES).map(|i| f(from + i / LANES)).collect();
        Tensor::<2>::from_data(TensorData::new(values, [steps, LANES]), device)
    };
    let times: Vec<Moment> = times.iter().flatten().copied().map(Some).collect();
    Input {
        x: x.clone().slice([from..from + steps]),
        keep: per_step(&|step| if step == 0 { 0.0 } else { 1.0 }),
        sessions: per_step(&|_| 0.0),
        places: per_step(&|step| step as f32),
        times: Some(time_bias::upload(&times, [steps, LANES], device)),
        hidden: None,
        dropout: Vec::new(),
    }
}

#[test]
fn the_bias_agrees_with_pytorch_forward_and_backward() {
    let config = config(6);
    for (name, device) in devices() {
        let weights: Vec<_> = weights(&config, &device).into_iter().map(leaf).collect();
        let x = leaf(wave([TIMES.len(), LANES, DIM], 40.0, &device));
        let encoder = config.build(&mut weights.iter().cloned()).unwrap();
        let (out, _) = encoder.forward(input(&x, &TIMES, 0, &device), config.initial_state(LANES, &device));
        let gradients = (out.clone() * wave(out.dims(), 50.0, &device)).sum().backward();
        let last = numbers(out.slice([TIMES.len() - 1..TIMES.len()]));
        let expected = [
            -0.002_552_5,
            0.195_784_1,
            0.057_996_8,
            0.256_586_2,
            0.349_696_2,
            -0.014_012_6,
            0.668_005_6,
            0.307_733_8,
            -0.017_347_5,
            0.177_060_7,
            0.144_625_1,
            0.257_919_3,
            0.288_825_8,
            0.061_125_6,
            0.700_901_0,
            0.574_935_3,
        ];
        assert_close(name, &last, &expected);
        let expected = [
            -0.029_284_5,
            -0.103_002_6,
            -0.061_638_1,
            -0.071_069_7,
            0.046_881_9,
            0.039_153_4,
            0.127_510_2,
            0.051_449_5,
            0.056_980_7,
            0.065_121_3,
            0.054_620_8,
            -0.012_550_9,
            -0.041_580_6,
            -0.083_845_0,
            -0.035_476_2,
            -0.003_270_0,
        ];
        assert_close(&format!("{name}, dx"), &numbers(x.grad(&gradients).unwrap().slice([0..1])), &expected);
        let specs = config.specs();
        let tables = specs.iter().zip(&weights).filter(|(spec, _)| is_table(&spec.name));
        let expected = [
            [
                -0.091_702_4,
                0.136_324_0,
                -0.003_900_2,
                -0.011_317_4,
                0.000_140_6,
                -0.001_036_0,
                0.078_966_9,
                -0.121_746_7,
            ],
            [
                -0.081_617_4,
                0.058_585_0,
                0.003_364_8,
                -0.009_417_4,
                -0.000_195_0,
                -0.019_615_8,
                0.062_459_0,
                -0.059_952_1,
            ],
        ];
        for ((_, table), expected) in tables.zip(expected) {
            let gradient = numbers(table.grad(&gradients).unwrap() * 100.0);
            let rows: Vec<f32> = [0, 2, 12, 17].into_iter().flat_map(|row| gradient[row * 2..][..2].to_vec()).collect();
            assert_close(&format!("{name}, table"), &rows, &expected);
        }
    }
}

#[test]
fn the_tables_gradient_agrees_with_finite_differences() {
    const STEP: f32 = 0.1;
    let (config, device) = (config(6), homebody::device::cpu().unwrap());
    let weights = weights(&config, &device);
    let x = wave([TIMES.len(), LANES, DIM], 40.0, &device);
    let at = config.specs().iter().position(|spec| is_table(&spec.name)).unwrap();
    let forward = |weights: &[Tensor<2>]| {
        let encoder = config.build(&mut weights.iter().cloned()).unwrap();
        encoder.forward(input(&x, &TIMES, 0, &device), config.initial_state(LANES, &device)).0
    };
    let value = |table: Vec<f32>| -> f64 {
        let mut moved = weights.clone();
        moved[at] = Tensor::from_data(TensorData::new(table, [time_bias::BUCKETS, HEADS]), &device);
        let out = forward(&moved);
        let factors = numbers(wave(out.dims(), 50.0, &device));
        numbers(out).iter().zip(factors).map(|(a, b)| f64::from(*a) * f64::from(b)).sum()
    };
    let mut leaves = weights.clone();
    leaves[at] = leaf(leaves[at].clone());
    let out = forward(&leaves);
    let gradients = (out.clone() * wave(out.dims(), 50.0, &device)).sum().backward();
    let ours = numbers(leaves[at].grad(&gradients).unwrap());
    let largest = ours.iter().fold(0.0_f32, |most, g| most.max(g.abs()));
    assert!(largest > 5e-4, "{largest}");
    for (i, &ours) in ours.iter().enumerate().filter(|(i, _)| [0, 1, 4, 24, 25, 34, 35, 62].contains(i)) {
        let shifted = |by: f32| {
            let mut table = numbers(weights[at].clone());
            table[i] += by;
            value(table)
        };
        let slope = (shifted(STEP) - shifted(-STEP)) / (2.0 * f64::from(STEP));
        assert!((slope - f64::from(ours)).abs() < 0.02 * f64::from(largest), "table[{i}]: {ours}, not {slope}");
    }
    assert_eq!(ours[62], 0.0, "every moment is known");
}

#[test]
fn times_are_carried_across_windows_and_never_look_ahead() {
    let config = config(6);
    for (name, device) in devices() {
        let encoder = config.build(&mut weights(&config, &device).into_iter()).unwrap();
        let x = wave([TIMES.len(), LANES, DIM], 40.0, &device);
        let start = || config.initial_state(LANES, &device);
        let whole = numbers(encoder.forward(input(&x, &TIMES, 0, &device), start()).0);
        let (first, state) = encoder.forward(input(&x, &TIMES[..1], 0, &device), start());
        let (second, _) = encoder.forward(input(&x, &TIMES[1..], 1, &device), state);
        assert_close(name, &[numbers(first), numbers(second)].concat(), &whole);
        let mut later = TIMES;
        later[3] = [91_000, 500_000];
        let moved = numbers(encoder.forward(input(&x, &later, 0, &device), start()).0);
        let before = 3 * LANES * DIM;
        assert_eq!(moved[..before], whole[..before], "a later event's time tells nothing before");
        assert!(moved[before..].iter().zip(&whole[before..]).any(|(a, b)| (a - b).abs() > 1e-5), "its own counts");
    }
}

/// Six beginnings, then `6`; then `7` after a short time and `8` after a long one. How long the answer took tells nothing.
fn gaps(sessions: usize, seed: u64) -> (Sequences, Vec<Vec<Moment>>) {
    let mut random = generator(seed, Stream::Order, 0);
    let mut times = Vec::new();
    let session = |_| {
        let long = random.random::<bool>();
        let passed: u32 = if long { random.random_range(3_000..90_000) } else { random.random_range(1..60) };
        times.push(vec![Some(0), Some(passed), Some(passed + random.random_range(1..90_000_u32))]);
        [random.random_range(0..6), 6, 7 + u32::from(long)].map(ItemIndex).to_vec()
    };
    let sessions = (0..sessions).map(session).collect();
    (Sequences::new(9, sessions).unwrap(), times)
}

fn options() -> TrainingOptions {
    TrainingOptions {
        model: ModelKind::Transformer,
        dim: Some(16),
        epochs: Some(20),
        skip_gram_epochs: 2,
        window: Some(4),
        learning_rate: Some(0.02),
        time_bias: Some(true),
        // What the counts know by themselves is learned from less, and more slowly.
        transitions: Some(false),
        dropout: Some(0.0),
        ..TrainingOptions::default()
    }
}

#[test]
fn what_only_time_tells_is_learned_with_the_bias_alone() {
    let device = homebody::device::cpu().unwrap();
    let cases: Vec<Case> = {
        let (sequences, times) = gaps(100, 2);
        let case = |(session, times): (&Vec<ItemIndex>, &Vec<Moment>)| Case {
            times: times[..2].to_vec(),
            ..Case::new(session[..2].to_vec(), session[2])
        };
        sequences.sessions.iter().zip(&times).map(case).collect()
    };
    let first = |time_bias| {
        let (train, times) = gaps(240, 1);
        let job = Job::new(TrainingOptions { time_bias, ..options() }, train, Vec::new()).timed(times);
        let model = Predictor::Model(run(job, &device));
        // Of the two answers the first always has the better rank: half of the cases, where nothing tells them apart.
        let figures = evaluate(&model, &cases, 9, false, |_| {}).unwrap();
        (figures.mrr_10 - 0.5) * 2.0
    };
    let (with, without) = (first(Some(true)), first(None));
    assert!(with > 0.95 && without < 0.7, "{with} with the bias, {without} without");
}

#[test]
fn data_without_times_is_refused_with_a_remedy() {
    let device = homebody::device::cpu().unwrap();
    let (train, times) = gaps(10, 1);
    let unknown: Vec<Vec<Moment>> = times.iter().map(|times| vec![None; times.len()]).collect();
    for times in [Vec::new(), unknown] {
        let job = Job::new(options(), train.clone(), Vec::new()).timed(times);
        let error = Training::new(job, &device).err().unwrap();
        assert_eq!(error.code(), "config");
        assert!(error.to_string().contains("give a log that has them, or leave it out"), "{error}");
    }
}

#[test]
fn an_interrupted_run_ends_as_an_uninterrupted_one() {
    let device = homebody::device::cpu().unwrap();
    let (train, times) = gaps(120, 1);
    let split = train.hold_out_timed(times, 10, 10);
    let options = TrainingOptions { epochs: Some(2), skip_gram_epochs: 0, ..options() };
    let job = Job::new(options, split.train, split.validation).timed(split.times);
    let job = Job::from_bytes(&job.to_bytes().unwrap()).unwrap();
    let bytes = |model: Model| pollster::block_on(model.to_bytes(Vec::new())).unwrap();
    let whole = bytes(run(job.clone(), &device));
    let mut interrupted = Training::new(job.clone(), &device).unwrap();
    let mut resumptions = 0;
    while !pollster::block_on(interrupted.advance(Duration::ZERO)).unwrap().done {
        let checkpoint = pollster::block_on(interrupted.checkpoint()).unwrap();
        interrupted = Training::resume(job.clone(), &checkpoint, &device).unwrap();
        resumptions += 1;
    }
    assert!(resumptions > 5, "{resumptions}");
    assert!(bytes(interrupted.model().unwrap()) == whole, "differs");
}

/// A model whose tables say much.
fn opinionated(items: usize, device: &Device) -> SequenceModel {
    let config = config(6);
    let dense = Tensor::cat(
        weights(&config, device)
            .into_iter()
            .map(|weight| {
                let [rows, columns] = weight.dims();
                weight.reshape([1, rows * columns])
            })
            .collect(),
        1,
    );
    SequenceModel { config, items: (wave([items, DIM], 7.0, device) * 5.0).into(), dense, transitions: None }
}

const HISTORY: [(u32, i64); 5] = [(3, 0), (1, 2_000), (4, 9_000), (1, 900_000), (5, 1_200_000)];

#[test]
fn one_event_at_a_time_gives_what_a_whole_context_gives_and_a_file_keeps_it() {
    let device = homebody::device::cpu().unwrap();
    let model = opinionated(12, &device);
    let (items, times): (Vec<ItemIndex>, Vec<Option<i64>>) =
        HISTORY.iter().map(|&(item, time)| (ItemIndex(item), Some(1_600_000_000_000 + time))).unzip();
    let mut running = Running::new(&model).unwrap();
    items.iter().zip(&times).for_each(|(&item, &time)| running.step(&model, item, time));
    let times = moments(times);
    let context = Context { items: &items, times: &times };
    let whole = numbers(model.scores_timed(&[context]).unwrap());
    assert_close("step by step", &numbers(running.logits(&model).unwrap()), &whole);
    let untimed = numbers(model.scores(&[&items]).unwrap());
    assert!(untimed.iter().zip(&whole).any(|(a, b)| (a - b).abs() > 1e-4), "times count");
    let bytes = pollster::block_on(Model::Sequence(model).to_bytes(Vec::new())).unwrap();
    let (back, _) = Model::from_bytes(&bytes, &device).unwrap();
    assert_eq!(numbers(back.scores_timed(&[context]).unwrap()), whole);
}

#[test]
fn home_tells_its_model_when_events_were() {
    let device = homebody::device::cpu().unwrap();
    let model = opinionated(12, &device);
    let item = |i: usize| Item { id: format!("item{i}"), ..Item::default() };
    let mut home = Recommender::new(device.clone());
    home.set_catalogue((0..12).map(item)).unwrap();
    home.adopt(&pollster::block_on(Model::Sequence(model.clone()).to_bytes(Vec::new())).unwrap()).unwrap();
    for (item, time) in HISTORY {
        home.record(&format!("item{item}"), Some(1.6e12 + time as f64), None).unwrap();
    }
    let items = HISTORY.map(|(item, _)| ItemIndex(item));
    let times = moments(HISTORY.map(|(_, time)| Some(time)));
    let scores = model.scores_timed(&[Context { items: &items, times: &times }]).unwrap();
    let expected = numbers(activation::softmax(scores, 1));
    // Popularity keeps a small say, which falls with each view.
    let views = HISTORY.len() as f32;
    let popular = |item: usize| HISTORY.iter().filter(|(viewed, _)| *viewed as usize == item).count() as f32 / views;
    let blended = |item: usize| (views * expected[item] + 0.1 * popular(item)) / (views + 0.1);
    let wish = Wish { k: 12, repeats: RepeatPolicy::Allow, ..Wish::default() };
    let list = home.recommend(&wish).unwrap();
    for shown in &list.items {
        let item: usize = shown.item.id["item".len()..].parse().unwrap();
        assert!((shown.probability - blended(item)).abs() < 1e-5, "{shown:?}, not {}", blended(item));
    }
    let mut restored = Recommender::new(device);
    restored.restore(&home.save(None).unwrap()).unwrap();
    assert_eq!(restored.recommend(&wish).unwrap(), list);
}

#[test]
fn homes_job_has_the_times_of_all_visitors() {
    let device = homebody::device::cpu().unwrap();
    let log = |with_times: bool| {
        let row = |user: u32, event: u32| {
            let time = if with_times { format!(",{}", 1_600_000_000 + 60 * event) } else { String::new() };
            format!("{user},item{}{time}\n", (user + event) % 12)
        };
        let rows: String = (0..3).flat_map(|user| (0..12).map(move |event| row(user, event))).collect();
        format!("user,item{}\n{rows}", if with_times { ",timestamp" } else { "" })
    };
    let import = |text: String| {
        let mut home = Recommender::new(device.clone());
        let file = NamedFile { name: "log.csv".into(), bytes: text.into_bytes() };
        assert!(matches!(home.import(&[file], &Who::Nobody).unwrap(), Imported::Done { .. }));
        home
    };
    let home = import(log(true));
    let mut restored = Recommender::new(device.clone());
    restored.restore(&home.save(None).unwrap()).unwrap();
    let starts = |mut home: Recommender| {
        let job = Job::from_bytes(&home.job(options()).unwrap()).unwrap();
        Training::new(job, &device).unwrap();
    };
    starts(home);
    starts(restored);
    let mut timeless = import(log(false));
    let error = timeless.job(options()).unwrap_err().to_string();
    assert!(error.contains("timeBias = true is not usable"), "{error}");
    // One's own times are enough; the others' are unknown.
    for (item, time) in HISTORY {
        timeless.record(&format!("item{item}"), Some(1.6e12 + time as f64), None).unwrap();
    }
    run(Job::from_bytes(&timeless.job(TrainingOptions { epochs: Some(1), ..options() }).unwrap()).unwrap(), &device);
}
