//! The transitions against PyTorch 2.15 in double precision, and what they are good for.
//!
//! ```python
//! import torch, math
//! torch.set_default_dtype(torch.float64)
//! def wave(shape, key):
//!     n = math.prod(shape)
//!     return (torch.sin(torch.arange(n) * 0.37 + key) * 0.3).reshape(shape)
//! N, V, D = 3, 5, 8
//! hidden, items = wave((N, D), 1).requires_grad_(), wave((V, D), 2).requires_grad_()
//! gate = torch.nn.Linear(D, 2)
//! with torch.no_grad(): gate.weight.copy_(wave((2, D), 3)); gate.bias.copy_(wave((2,), 4))
//! counts = torch.zeros(V, V)
//! walk = [0, 1, 2, 0, 1, 0, 3, 0, 1, 1]
//! for a, b in zip(walk, walk[1:]): counts[a, b] += 1
//! last, target = torch.tensor([0, 1, 4]), torch.tensor([1, 0, 2])
//! own = torch.nn.functional.one_hot(target, V)
//! n = (counts[last] - own).clamp(min=0)
//! total = (counts[last].sum(1, keepdim=True) - 1).clamp(min=0)
//! w = torch.nn.functional.softplus(gate(hidden))
//! logits = hidden @ items.T + w[:, :1] * torch.log1p(n) + w[:, 1:] * torch.log1p(V * n / (total + 1))
//! loss = torch.nn.functional.cross_entropy(logits, target)
//! loss.backward()
//! f = lambda v: "[" + ", ".join(f"{a:.7f}" for a in v.flatten().tolist()) + "]"
//! for name, value in [("logits", logits), ("hidden", hidden.grad), ("gate", gate.weight.grad), ("bias", gate.bias.grad)]:
//!     print(name, f(value))
//! ```

#![allow(
    clippy::unreadable_literal,
    clippy::excessive_precision,
    clippy::doc_markdown,
    reason = "values and names as PyTorch prints them"
)]

mod common;

use burn::tensor::{Device, Tensor};
use common::{assert_close, cycle, devices, job, leaf, numbers, run, wave};
use homebody::catalogue::ItemIndex;
use homebody::encoder::pointers;
use homebody::encoder::transitions::{self, TransitionPath};
use homebody::evaluation::{Predictor, evaluate};
use homebody::explanation::gradients;
use homebody::kernel::seed::seed;
use homebody::kernel::softmax_cross_entropy::{self, softmax_cross_entropy};
use homebody::loss::Loss;
use homebody::model::{Model, SequenceModel};
use homebody::sequences::{Case, Context, Transitions};
use homebody::training::{ModelKind, TrainingOptions};

const LOGITS: [f32; 15] = [
    0.1772217, 1.0979613, 0.2783800, 0.5354062, 0.3432207, -0.1221932, 1.1464501, 0.7243233, 0.2860518, -0.3240209,
    0.0631464, -0.1292600, 0.1911228, -0.2467006, 0.2941654,
];
const D_HIDDEN: [f32; 24] = [
    0.0933307, 0.0777274, 0.0516041, 0.0184964, -0.0171147, -0.0504094, -0.0768814, -0.0929479, -0.1055713, -0.0815275,
    -0.0464494, -0.0050846, 0.0369684, 0.0740179, 0.1010495, 0.1144044, -0.0650787, -0.0583228, -0.0436731, -0.0231125,
    0.0005763, 0.0241871, 0.0445243, 0.0588353,
];
const D_GATE: [f32; 16] = [
    -0.0357896, -0.0433987, -0.0451340, -0.0407607, -0.0308706, -0.0168023, -0.0004598, 0.0159448, -0.0430457,
    -0.0520168, -0.0539476, -0.0485769, -0.0366316, -0.0197283, -0.0001549, 0.0194395,
];
const D_BIAS: [f32; 2] = [-0.0037178, -0.0189707];

#[test]
fn they_agree_with_pytorch_forward_and_backward_on_every_device() {
    let walk = [0, 1, 2, 0, 1, 0, 3, 0, 1, 1].map(ItemIndex).to_vec();
    let known = Transitions::new(5, &[walk]);
    let rows = [(0, 1), (1, 0), (4, 2)].map(|(last, next)| (Some(ItemIndex(last)), Some(ItemIndex(next))));
    for (name, device) in devices() {
        let [hidden, gate] = [([3, 8], 1.0), ([2, 8], 3.0)].map(|(shape, key)| leaf(wave(shape, key, &device)));
        let bias: Tensor<2> = leaf(wave([1, 2], 4.0, &device));
        let path = TransitionPath::take(&mut [gate.clone(), bias.clone()].into_iter()).unwrap();
        let pointed = transitions::pointers(&known, rows.into_iter()).to_device(&device);
        let boosts = path.boosts(hidden.clone(), &pointed);
        let items = leaf(wave([5, 8], 2.0, &device));
        let logits = pointers::add(hidden.clone().matmul(items.transpose()), boosts, &pointed);
        let output = softmax_cross_entropy(softmax_cross_entropy::Input {
            logits: logits.clone().inner(),
            targets: Tensor::from_floats([1.0, 0.0, 2.0], &device),
            own: None,
            weights: Tensor::full([3], 1.0 / 3.0, &device),
            bias: None,
        });
        let gradients = seed(logits.clone(), output.logits).backward();
        assert_close(&format!("{name}, logits"), &numbers(logits), &LOGITS);
        for (part, leaf, expected) in
            [("hidden", &hidden, &D_HIDDEN[..]), ("gate", &gate, &D_GATE), ("bias", &bias, &D_BIAS)]
        {
            assert_close(&format!("{name}, {part}"), &numbers(leaf.grad(&gradients).unwrap()), expected);
        }
    }
}

fn small(model: ModelKind, transitions: bool) -> TrainingOptions {
    TrainingOptions {
        model,
        dim: Some(16),
        epochs: Some(1),
        skip_gram_epochs: 0,
        transitions: Some(transitions),
        ..TrainingOptions::default()
    }
}

#[test]
fn what_followed_an_item_is_known_at_once_whatever_the_loss_on_every_device() {
    let cases: Vec<Case> = (0..24).map(|i| Case::new(vec![ItemIndex(i)], ItemIndex((i + 1) % 24))).collect();
    for (name, device) in devices() {
        let all = [(Loss::Softmax, 0), (Loss::Softmax, 6), (Loss::Bce, 6)];
        for (loss, negatives) in all.into_iter().take(if name == "cpu" { 3 } else { 2 }) {
            let mrr = |transitions| {
                let options =
                    TrainingOptions { loss, negatives: Some(negatives), ..small(ModelKind::Gru, transitions) };
                let model = run(job(options, cycle(24, 5, 48)), &device);
                evaluate(&Predictor::Model(model), &cases, 24, false, |_| {}).unwrap().mrr_10
            };
            let (with, without) = (mrr(true), mrr(false));
            assert!(
                with > 0.9 && without < 0.7,
                "{loss:?}, {negatives} negatives on {name}: {with}, {without} without"
            );
        }
    }
}

/// A count that has seen the answer would be believed too much: where every step is new, counts must not be believed at all.
#[test]
fn steps_that_happen_once_are_not_believed() {
    let device = homebody::device::cpu().unwrap();
    let step = |i: u32| vec![ItemIndex(i % 24), ItemIndex((i % 24 + 1 + i / 24) % 24)];
    // Each of these steps is there once.
    let train = homebody::sequences::Sequences::new(24, (0..24 * 20).map(step).collect()).unwrap();
    let options = TrainingOptions { epochs: Some(10), learning_rate: Some(0.02), ..small(ModelKind::Gru, true) };
    let Model::Sequence(model) = run(job(options, train), &device) else { unreachable!() };
    let context = [ItemIndex(0)];
    let logits = numbers(model.scores(&[&context]).unwrap().autodiff());
    // Steps 21 .. 23 away never happened: they are as likely as those that did, or nearly.
    let mean = |range: std::ops::Range<usize>| logits[range.clone()].iter().sum::<f32>() / range.len() as f32;
    let advantage = mean(1..21) - mean(21..24);
    assert!(advantage < 0.7, "what happened once has {advantage} nats more");
}

fn trained(device: &Device) -> SequenceModel {
    match run(job(small(ModelKind::GruAttention, true), cycle(8, 6, 40)), device) {
        Model::Sequence(model) => model,
        _ => unreachable!("a sequence model was asked for"),
    }
}

#[test]
fn a_file_keeps_them() {
    let device = homebody::device::cpu().unwrap();
    let model = trained(&device);
    let bytes = pollster::block_on(Model::Sequence(model.clone()).to_bytes(Vec::new())).unwrap();
    let (back, _) = Model::from_bytes(&bytes, &device).unwrap();
    assert_eq!(back.sequence().unwrap().transitions, model.transitions);
    let context = [ItemIndex(2), ItemIndex(3)];
    let scores = |model: &Model| numbers(model.scores(&[&context]).unwrap().autodiff());
    assert_eq!(scores(&back), scores(&Model::Sequence(model)));
}

#[test]
fn what_they_add_is_the_last_views_in_an_explanation() {
    let model = trained(&homebody::device::cpu().unwrap());
    let context = [ItemIndex(2), ItemIndex(5), ItemIndex(3)];
    let next = ItemIndex(4);
    let with = gradients(&Model::Sequence(model.clone()), Context::untimed(&context), next).unwrap();
    let without = SequenceModel { transitions: None, ..model };
    let without = gradients(&Model::Sequence(without), Context::untimed(&context), next).unwrap();
    assert!(with[2] > without[2] + 0.5, "{with:?}, {without:?} without");
    assert!(with[2] > with[0].max(with[1]), "{with:?}");
}
