//! The kernels, forward and (where there is one) backward, on the shapes of a training step: `T` steps of `B` lanes, `D` wide.

use burn::tensor::{Device, Tensor, TensorData};
use homebody::kernel::rows::{self, Groups};
use homebody::kernel::shards::Shards;
use homebody::kernel::{
    adagrad_step, adam_step, additive_attention, clip, dot_attention, gru_scan, layer_norm, linear, lstm_scan, matmul,
    negative_sampling, softmax, softmax_cross_entropy, weighted_squares,
};
use homebody::rng::{Stream, generator};
use homebody::table::Upload;
use rand::RngExt;

use crate::{Case, Work};

const T: usize = 20;
const B: usize = 64;
const D: usize = 64;
/// Items of a table.
const V: usize = 10_000;
/// Columns of a full softmax, and of a sampled one over more rows.
const COLUMNS: usize = 3_000;
const NEGATIVES: usize = 2_048;
const ROWS: usize = 6_400;
/// Pairs of a step of item embeddings, negatives of each.
const PAIRS: usize = 2_048;
const EACH: usize = 5;

/// All kernels with both bodies.
pub(crate) fn cases(device: &Device) -> Vec<Case> {
    vec![
        gru(device),
        lstm(device),
        attention(device),
        transformer_attention(device),
        normalised(device),
        linear(device),
        product(device),
        probabilities(device),
        full_softmax(device),
        sampled_softmax(device),
        gathered(device),
        summed(device),
        adam(device),
        adam_rows(device),
        adagrad(device),
        clipped(device),
        skip_gram(device),
        glove(device),
    ]
}

fn noise<const N: usize>(shape: [usize; N], key: u64, device: &Device) -> Tensor<N> {
    let mut random = generator(key, Stream::Weights, 0);
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| random.random::<f32>() * 2.0 - 1.0).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn numbers(values: impl Iterator<Item = f32>, device: &Device) -> Tensor<1> {
    let values: Vec<f32> = values.collect();
    let size = values.len();
    Tensor::from_data(TensorData::new(values, [size]), device)
}

/// Places of a table, far apart as those of a batch.
fn places(count: usize) -> impl Iterator<Item = u32> + Clone {
    (0..count).map(|at| (at * 7_919 % V) as u32)
}

fn indices(count: usize, device: &Device) -> Tensor<1> {
    numbers(places(count).map(|place| place as f32), device)
}

/// Positions in `count` groups, given the group of each.
fn groups(count: usize, of: impl Iterator<Item = u32>, device: &Device) -> Groups {
    let mut upload = Upload::default();
    let parts = upload.push_groups(count, &of.collect::<Vec<u32>>());
    upload.send(device).groups(&parts)
}

/// A case of two functions of one input.
fn case<I: Clone + 'static, O: 'static>(
    name: &'static str,
    input: I,
    twin: impl Fn(I) -> O + 'static,
    plain: impl Fn(I) -> O + 'static,
) -> Case {
    let work = |input: I, function: Box<dyn Fn(I) -> O>| -> Work { Box::new(move || drop(function(input.clone()))) };
    Case { name, twin: work(input.clone(), Box::new(twin)), plain: work(input, Box::new(plain)) }
}

/// A case of two functions that give their next input: what nobody else holds they overwrite.
fn repeated<I: Clone + 'static>(
    name: &'static str,
    input: I,
    twin: impl Fn(I) -> I + 'static,
    plain: impl Fn(I) -> I + 'static,
) -> Case {
    let work = |input: I, function: Box<dyn Fn(I) -> I>| -> Work {
        let mut next = Some(input);
        Box::new(move || next = next.take().map(&function))
    };
    Case { name, twin: work(input.clone(), Box::new(twin)), plain: work(input, Box::new(plain)) }
}

/// A case of tracked leaves, with their gradients.
fn differentiable<const N: usize>(
    name: &'static str,
    leaves: Vec<Tensor<2>>,
    twin: impl Fn(&[Tensor<2>]) -> Tensor<N> + 'static,
    plain: impl Fn(&[Tensor<2>]) -> Tensor<N> + 'static,
) -> Case {
    case(name, leaves, with_gradients(twin), with_gradients(plain))
}

fn with_gradients<const N: usize>(function: impl Fn(&[Tensor<2>]) -> Tensor<N>) -> impl Fn(Vec<Tensor<2>>) {
    move |leaves| {
        let leaves: Vec<_> = leaves.into_iter().map(|leaf| leaf.autodiff().require_grad()).collect();
        drop(function(&leaves).sum().backward());
    }
}

fn gru(device: &Device) -> Case {
    let (carried, keep) = (noise([B, D], 1, device), Tensor::ones([T, B], device));
    let input = move |leaves: &[Tensor<2>]| gru_scan::Input {
        projected: leaves[0].clone().reshape([T, B, 3 * D]),
        recurrent: leaves[1].clone(),
        bias: leaves[2].clone().reshape([3 * D]),
        carried: carried.clone(),
        keep: keep.clone(),
    };
    let leaves = [[T * B, 3 * D], [3 * D, D], [1, 3 * D]].map(|shape| noise(shape, 2, device)).to_vec();
    let same = input.clone();
    differentiable(
        "gru_scan, [20, 64, 64], both ways",
        leaves,
        move |leaves| gru_scan::gru_scan(input(leaves)),
        move |leaves| gru_scan::plain(same(leaves)),
    )
}

fn lstm(device: &Device) -> Case {
    let (carried, keep) = (noise([B, D], 1, device), Tensor::ones([T, B], device));
    let input = move |leaves: &[Tensor<2>]| lstm_scan::Input {
        projected: leaves[0].clone().reshape([T, B, 4 * D]),
        recurrent: leaves[1].clone(),
        bias: leaves[2].clone().reshape([4 * D]),
        hidden: carried.clone(),
        cell: carried.clone(),
        keep: keep.clone(),
    };
    let leaves = [[T * B, 4 * D], [4 * D, D], [1, 4 * D]].map(|shape| noise(shape, 2, device)).to_vec();
    let same = input.clone();
    differentiable(
        "lstm_scan, [20, 64, 64], both ways",
        leaves,
        move |leaves| lstm_scan::lstm_scan(input(leaves)),
        move |leaves| lstm_scan::plain(same(leaves)),
    )
}

fn attention(device: &Device) -> Case {
    const K: usize = 50;
    let sessions = Tensor::zeros([K + T, B], device);
    let input = move |leaves: &[Tensor<2>]| additive_attention::Input {
        queries: leaves[0].clone().reshape([T, B, D]),
        keys: leaves[1].clone().reshape([K + T, B, D]),
        values: leaves[2].clone().reshape([K + T, B, D]),
        scorer: leaves[3].clone().reshape([D]),
        sessions: sessions.clone(),
    };
    let shapes = [[T * B, D], [(K + T) * B, D], [(K + T) * B, D], [1, D]];
    let same = input.clone();
    differentiable(
        "additive_attention, [20, 64, 64] over 50, both ways",
        shapes.map(|shape| noise(shape, 3, device)).to_vec(),
        move |leaves| additive_attention::additive_attention(input(leaves)),
        move |leaves| additive_attention::plain(same(leaves)).0,
    )
}

/// A Transformer's: all of a window of 50, causal, two heads.
fn transformer_attention(device: &Device) -> Case {
    const STEPS: usize = 50;
    let sessions = Tensor::zeros([STEPS, B], device);
    let input = move |leaves: &[Tensor<2>]| dot_attention::Input {
        stacked: leaves[0].clone().reshape([STEPS, B, 3 * D]),
        carried: None,
        sessions: sessions.clone(),
        causal: true,
        bias: None,
        heads: 2,
    };
    let same = input.clone();
    differentiable(
        "dot_attention, [50, 64, 64], two heads, both ways",
        vec![noise([STEPS * B, 3 * D], 4, device)],
        move |leaves| dot_attention::dot_attention(input(leaves)),
        move |leaves| dot_attention::plain(same(leaves)),
    )
}

fn normalised(device: &Device) -> Case {
    let of = |leaves: &[Tensor<2>]| -> [Tensor<2>; 3] { std::array::from_fn(|at| leaves[at].clone()) };
    differentiable(
        "layer_norm, [6400, 64], both ways",
        [[ROWS, D], [1, D], [1, D]].map(|shape| noise(shape, 5, device)).to_vec(),
        move |leaves| {
            let [x, weight, bias] = of(leaves);
            layer_norm::layer_norm(x, weight, bias)
        },
        move |leaves| {
            let [x, weight, bias] = of(leaves);
            layer_norm::plain(x, weight, bias)
        },
    )
}

fn linear(device: &Device) -> Case {
    let leaves = [[T * B, D], [3 * D, D], [1, 3 * D]].map(|shape| noise(shape, 4, device)).to_vec();
    let parts = |leaves: &[Tensor<2>]| (leaves[0].clone(), leaves[1].clone(), Some(leaves[2].clone()));
    differentiable(
        "linear, [1280, 64] to 192, both ways",
        leaves,
        move |leaves| {
            let (x, weight, bias) = parts(leaves);
            linear::linear(x, weight, bias)
        },
        move |leaves| {
            let (x, weight, bias) = parts(leaves);
            linear::plain(x, weight, bias)
        },
    )
}

fn product(device: &Device) -> Case {
    case(
        "matmul, [1280, 64] · [64, 3000]",
        (noise([T * B, D], 5, device), noise([COLUMNS, D], 6, device)),
        |(a, b)| matmul::product(a, b, [false, true]),
        |(a, b)| matmul::plain(a, b, [false, true]),
    )
}

fn probabilities(device: &Device) -> Case {
    repeated("softmax, [1280, 3000]", noise([T * B, COLUMNS], 7, device), softmax::softmax, softmax::plain)
}

fn full_softmax(device: &Device) -> Case {
    let rows = T * B;
    let input = softmax_cross_entropy::Input {
        logits: noise([rows, COLUMNS], 8, device),
        targets: numbers((0..rows).map(|row| (row * 7 % COLUMNS) as f32), device),
        own: None,
        weights: Tensor::ones([rows], device),
        bias: None,
    };
    repeated("softmax_cross_entropy, [1280, 3000], with gradients", input, twin_loss, plain_loss)
}

fn sampled_softmax(device: &Device) -> Case {
    let input = softmax_cross_entropy::Input {
        logits: noise([ROWS, NEGATIVES], 9, device),
        targets: numbers((0..ROWS).map(|row| (row * 7 % NEGATIVES) as f32), device),
        own: Some(noise([ROWS], 10, device)),
        weights: Tensor::ones([ROWS], device),
        bias: Some(noise([NEGATIVES], 11, device)),
    };
    repeated("softmax_cross_entropy, [6400, 2048] sampled, with gradients", input, twin_loss, plain_loss)
}

/// Gradients take the logits' place; they do as logits.
fn with_loss(
    input: softmax_cross_entropy::Input,
    loss: impl Fn(softmax_cross_entropy::Input) -> softmax_cross_entropy::Output,
) -> softmax_cross_entropy::Input {
    let (targets, own) = (input.targets.clone(), input.own.clone());
    let (weights, bias) = (input.weights.clone(), input.bias.clone());
    softmax_cross_entropy::Input { logits: loss(input).logits, targets, own, weights, bias }
}

fn twin_loss(input: softmax_cross_entropy::Input) -> softmax_cross_entropy::Input {
    with_loss(input, softmax_cross_entropy::softmax_cross_entropy)
}

fn plain_loss(input: softmax_cross_entropy::Input) -> softmax_cross_entropy::Input {
    with_loss(input, |input| softmax_cross_entropy::differentiate(input, softmax_cross_entropy::plain))
}

fn gathered(device: &Device) -> Case {
    case(
        "rows: 6,400 gathered of 10,000",
        (Shards::from(noise([V, D], 12, device)), indices(ROWS, device)),
        |(table, rows)| rows::gather(&table, rows),
        |(table, rows)| table.into_whole().select(0, rows.int()),
    )
}

fn summed(device: &Device) -> Case {
    const DISTINCT: usize = 4_000;
    case(
        "rows: 6,400 summed into 4,000",
        (groups(DISTINCT, (0..ROWS).map(|at| (at * 7 % DISTINCT) as u32), device), noise([ROWS, D], 13, device)),
        |(groups, gradients)| rows::sum(None, groups, gradients, None),
        |(groups, gradients)| rows::plain_sum(None, &groups, &gradients),
    )
}

fn adam_input(gradients: usize, device: &Device) -> adam_step::Input {
    adam_step::Input {
        weights: noise([V, D], 14, device),
        gradient: noise([gradients, D], 15, device),
        first: Tensor::zeros([V, D], device),
        second: Tensor::zeros([V, D], device),
        scalars: numbers(adam_step::scalars(1e-3, 1).into_iter(), device),
    }
}

/// The optimizer's functions, as ones that give their next input.
fn adam_again(
    update: impl Fn(adam_step::Input) -> (Tensor<2>, Tensor<2>, Tensor<2>),
) -> impl Fn(adam_step::Input) -> adam_step::Input {
    move |input| {
        let (gradient, scalars) = (input.gradient.clone(), input.scalars.clone());
        let (weights, first, second) = update(input);
        adam_step::Input { weights, gradient, first, second, scalars }
    }
}

fn adam(device: &Device) -> Case {
    let (twin, plain) = (adam_again(adam_step::adam_step), adam_again(adam_step::plain));
    repeated("adam_step, [10000, 64]", adam_input(V, device), twin, plain)
}

fn adam_rows(device: &Device) -> Case {
    let rows = indices(ROWS, device);
    let same = rows.clone();
    repeated(
        "adam_rows, 6,400 of [10000, 64]",
        adam_input(ROWS, device),
        adam_again(move |input| adam_step::adam_rows(input, rows.clone(), 0)),
        adam_again(move |input| adam_step::plain_rows(input, same.clone())),
    )
}

fn adagrad(device: &Device) -> Case {
    let input = adagrad_step::Input {
        weights: noise([V, D], 16, device),
        gradient: noise([V, D], 17, device),
        squares: Tensor::zeros([V, D], device),
        learning_rate: 0.05,
    };
    let again = |update: fn(adagrad_step::Input) -> (Tensor<2>, Tensor<2>)| {
        move |input: adagrad_step::Input| {
            let (gradient, learning_rate) = (input.gradient.clone(), input.learning_rate);
            let (weights, squares) = update(input);
            adagrad_step::Input { weights, gradient, squares, learning_rate }
        }
    };
    repeated("adagrad_step, [10000, 64]", input, again(adagrad_step::adagrad_step), again(adagrad_step::plain))
}

fn clipped(device: &Device) -> Case {
    let gradients = (noise([ROWS, D], 18, device), noise([1, 50_000], 19, device));
    case(
        "clip, [6400, 64] and [1, 50000]",
        (gradients, noise([6], 20, device)),
        |((a, b), scalars)| clip::scalars([&a, &b], scalars, 1.0),
        |((a, b), scalars)| clip::plain([&a, &b], &scalars, 1.0),
    )
}

fn skip_gram(device: &Device) -> Case {
    let outputs = PAIRS * (1 + EACH);
    let input = negative_sampling::Input {
        tables: [noise([V, D], 21, device).into(), noise([V, D], 22, device).into()],
        centres: indices(PAIRS, device),
        outputs: indices(outputs, device),
        weights: Tensor::ones([outputs], device),
        by_centre: groups(PAIRS, (0..PAIRS as u32).rev(), device),
        by_output: groups(V, places(outputs), device),
    };
    // The tables come back as they are.
    let again = |sampling: fn(negative_sampling::Input) -> negative_sampling::Output| {
        use negative_sampling::Input;
        move |input: Input| {
            let Input { centres, outputs, weights, by_centre, by_output, .. } = input.clone();
            Input { tables: sampling(input).tables, centres, outputs, weights, by_centre, by_output }
        }
    };
    repeated(
        "negative_sampling, 2,048 pairs, 5 negatives, with gradients",
        input,
        again(negative_sampling::negative_sampling),
        again(negative_sampling::plain),
    )
}

fn glove(device: &Device) -> Case {
    let input = weighted_squares::Input {
        centres: noise([PAIRS, D + 1], 23, device),
        contexts: noise([PAIRS, D + 1], 24, device),
        targets: noise([PAIRS], 25, device),
        weights: Tensor::ones([PAIRS], device),
    };
    case(
        "weighted_squares, 2,048 pairs, with gradients",
        input,
        weighted_squares::weighted_squares,
        weighted_squares::plain,
    )
}
