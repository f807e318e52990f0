//! Each CPU kernel against its plain Burn composition, forward and backward, and against finite differences.

use burn::tensor::{Device, Tensor, TensorData};
use homebody::kernel::{
    adagrad_step, adam_step, additive_attention, gru_scan, lstm_scan, negative_sampling, softmax_cross_entropy,
    weighted_squares,
};
use rand::RngExt;

fn device() -> Device {
    homebody::device::cpu().unwrap()
}

fn noise<const D: usize>(shape: [usize; D], key: u64) -> Tensor<D> {
    let mut random = homebody::rng::generator(key, homebody::rng::Stream::Weights, 0);
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| random.random::<f32>() * 2.0 - 1.0).collect();
    Tensor::from_data(TensorData::new(values, shape), &device())
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.inner().into_data().try_into_vec().unwrap()
}

fn assert_close(name: &str, ours: &[f32], oracle: &[f32], tolerance: f32) {
    assert_eq!(ours.len(), oracle.len(), "{name}");
    for (i, (a, b)) in ours.iter().zip(oracle).enumerate() {
        assert!((a - b).abs() <= tolerance * (1.0 + b.abs()), "{name}[{i}]: {a} against {b}");
    }
}

/// Output and gradients (of Σ output·noise) with respect to the leaves.
fn differentiate<const D: usize>(
    leaves: &[Tensor<2>],
    f: impl Fn(&[Tensor<2>]) -> Tensor<D>,
) -> (Vec<f32>, Vec<Vec<f32>>) {
    let leaves: Vec<_> = leaves.iter().map(|leaf| leaf.clone().autodiff().require_grad()).collect();
    let output = f(&leaves);
    let weights = noise(output.dims(), 99);
    let gradients = (output.clone() * weights).sum().backward();
    (numbers(output), leaves.iter().map(|leaf| numbers(leaf.grad(&gradients).unwrap())).collect())
}

fn agree<const D: usize>(
    name: &str,
    leaves: &[Tensor<2>],
    ours: impl Fn(&[Tensor<2>]) -> Tensor<D>,
    oracle: impl Fn(&[Tensor<2>]) -> Tensor<D>,
) {
    let (output, gradients) = differentiate(leaves, &ours);
    let (expected, expected_gradients) = differentiate(leaves, &oracle);
    assert_close(name, &output, &expected, 2e-6);
    for (i, (ours, oracle)) in gradients.iter().zip(&expected_gradients).enumerate() {
        assert_close(&format!("{name}, gradient {i}"), ours, oracle, 1e-5);
    }
    finite_differences(name, leaves, &gradients, ours);
}

/// Central differences of the first few numbers of each leaf.
fn finite_differences<const D: usize>(
    name: &str,
    leaves: &[Tensor<2>],
    gradients: &[Vec<f32>],
    f: impl Fn(&[Tensor<2>]) -> Tensor<D>,
) {
    const STEP: f32 = 1e-2;
    let value = |leaves: &[Tensor<2>]| -> f64 {
        let output = f(leaves);
        let weights = numbers(noise(output.dims(), 99));
        numbers(output).iter().zip(weights).map(|(a, b)| f64::from(*a) * f64::from(b)).sum()
    };
    for (which, gradient) in gradients.iter().enumerate() {
        for at in 0..gradient.len().min(5) {
            let shifted = |by: f32| {
                let mut moved = leaves.to_vec();
                let mut values = numbers(leaves[which].clone());
                values[at] += by;
                moved[which] = Tensor::from_data(TensorData::new(values, leaves[which].dims()), &device());
                value(&moved)
            };
            let slope = (shifted(STEP) - shifted(-STEP)) / (2.0 * f64::from(STEP));
            let ours = f64::from(gradient[at]);
            assert!(
                (slope - ours).abs() < 5e-3 * (1.0 + slope.abs()),
                "{name}, leaf {which}[{at}]: {ours}, not {slope}"
            );
        }
    }
}

const T: usize = 5;
const B: usize = 3;
const H: usize = 11;

#[test]
fn gru_scan_agrees_with_burn_and_with_finite_differences() {
    let leaves = [noise([T * B, 3 * H], 1), noise([3 * H, H], 2), noise([1, 3 * H], 3)];
    let mut keep = vec![1.0_f32; T * B];
    (keep[0], keep[7], keep[12]) = (0.0, 0.0, 0.0);
    let keep: Tensor<2> = Tensor::from_data(TensorData::new(keep, [T, B]), &device());
    let input = |leaves: &[Tensor<2>]| gru_scan::Input {
        projected: leaves[0].clone().reshape([T, B, 3 * H]),
        recurrent: leaves[1].clone(),
        bias: leaves[2].clone().reshape([3 * H]),
        carried: noise([B, H], 4),
        keep: keep.clone(),
    };
    agree("gru_scan", &leaves, |l| gru_scan::gru_scan(input(l)), |l| gru_scan::plain(input(l)));
}

#[test]
fn lstm_scan_agrees_with_burn_and_with_finite_differences() {
    let leaves = [noise([T * B, 4 * H], 1), noise([4 * H, H], 2), noise([1, 4 * H], 3)];
    let mut keep = vec![1.0_f32; T * B];
    (keep[0], keep[7], keep[12]) = (0.0, 0.0, 0.0);
    let keep: Tensor<2> = Tensor::from_data(TensorData::new(keep, [T, B]), &device());
    let input = |leaves: &[Tensor<2>]| lstm_scan::Input {
        projected: leaves[0].clone().reshape([T, B, 4 * H]),
        recurrent: leaves[1].clone(),
        bias: leaves[2].clone().reshape([4 * H]),
        hidden: noise([B, H], 4),
        cell: noise([B, H], 5),
        keep: keep.clone(),
    };
    agree("lstm_scan", &leaves, |l| lstm_scan::lstm_scan(input(l)), |l| lstm_scan::plain(input(l)));
}

#[test]
fn additive_attention_agrees_with_burn_and_with_finite_differences() {
    const K: usize = 4;
    let leaves = [noise([T * B, H], 1), noise([(K + T) * B, H], 2), noise([(K + T) * B, H], 3), noise([1, H], 4)];
    // Lane 0 goes on with the cached session, lane 1 starts at step 2, lane 2 has no past.
    let sessions: Vec<f32> =
        (0..K + T).flat_map(|s| [1.0, if s < K + 2 { 5.0 } else { 6.0 }, if s < K { -1.0 } else { 0.0 }]).collect();
    let sessions: Tensor<2> = Tensor::from_data(TensorData::new(sessions, [K + T, B]), &device());
    let input = |leaves: &[Tensor<2>]| additive_attention::Input {
        queries: leaves[0].clone().reshape([T, B, H]),
        keys: leaves[1].clone().reshape([K + T, B, H]),
        values: leaves[2].clone().reshape([K + T, B, H]),
        scorer: leaves[3].clone().reshape([H]),
        sessions: sessions.clone(),
    };
    let plain = |l: &[Tensor<2>]| additive_attention::plain(input(l)).0;
    agree("additive_attention", &leaves, |l| additive_attention::additive_attention(input(l)), plain);
    let (_, weights) = additive_attention::plain(input(&leaves));
    let sums = numbers(weights.sum_dim(1).reshape([T * B]));
    assert_close("attention weights sum to one", &sums, &[1.0; T * B], 1e-5);
}

#[test]
fn softmax_cross_entropy_agrees_with_burn_and_with_finite_differences() {
    const N: usize = 6;
    const S: usize = 13;
    let leaves = [noise([N, S], 1)];
    for bias in [None, Some(noise([S], 2))] {
        let input = |leaves: &[Tensor<2>]| softmax_cross_entropy::Input {
            logits: leaves[0].clone() * 5.0,
            targets: Tensor::from_data([0.0_f32, 12.0, 3.0, 3.0, 7.0, 1.0], &device()),
            weights: Tensor::from_data([1.0_f32, 0.5, 0.0, 2.0, 1.0, 0.1], &device()),
            bias: bias.clone(),
        };
        agree(
            "softmax_cross_entropy",
            &leaves,
            |l| softmax_cross_entropy::softmax_cross_entropy(input(l)),
            |l| softmax_cross_entropy::plain(input(l)),
        );
    }
}

#[test]
fn negative_sampling_agrees_with_burn() {
    let input = || negative_sampling::Input {
        centres: noise([7, H], 1) * 3.0,
        outputs: noise([7, 4, H], 2) * 3.0,
        weights: Tensor::from_data(
            TensorData::new((0..28).map(|i| if i % 5 == 4 { 0.0 } else { 1.0 }).collect::<Vec<f32>>(), [7, 4]),
            &device(),
        ),
    };
    let (ours, oracle) = (negative_sampling::negative_sampling(input()), negative_sampling::plain(input()));
    assert_close("loss", &numbers(ours.loss), &numbers(oracle.loss), 1e-5);
    assert_close("centres", &numbers(ours.centres), &numbers(oracle.centres), 1e-5);
    assert_close("outputs", &numbers(ours.outputs), &numbers(oracle.outputs), 1e-5);
}

#[test]
fn adam_agrees_with_burn_and_pytorch() {
    let input = |weights: Tensor<2>, step: usize| adam_step::Input {
        weights,
        gradient: noise([3, H], 2),
        first: noise([3, H], 3) * 0.1,
        second: noise([3, H], 4).square(),
        scalars: Tensor::from_data(adam_step::scalars(0.01, step), &device()),
    };
    let clipped_and_decayed = |input: adam_step::Input| {
        let [rate, scale, ..] = adam_step::scalars(0.01, 4);
        adam_step::Input { scalars: Tensor::from_data([rate, scale, 0.03, 0.4], &device()), ..input }
    };
    let (ours, oracle) =
        [adam_step::adam_step, adam_step::plain].map(|f| f(clipped_and_decayed(input(noise([3, H], 1), 4)))).into();
    assert_close("clipped and decayed", &numbers(ours.0), &numbers(oracle.0), 1e-6);
    let ours = adam_step::adam_step(input(noise([3, H], 1), 4));
    let oracle = adam_step::plain(input(noise([3, H], 1), 4));
    for (name, ours, oracle) in [("w", ours.0, oracle.0), ("m", ours.1, oracle.1), ("v", ours.2, oracle.2)] {
        assert_close(name, &numbers(ours), &numbers(oracle), 1e-6);
    }
    // torch.optim.Adam([w], lr=0.1) on w = [1., 2.], gradient [0.5, -3.]: one step moves each by lr · g / (|g| + ε).
    let (w, ..) = adam_step::adam_step(adam_step::Input {
        weights: Tensor::from_data([[1.0_f32, 2.0]], &device()),
        gradient: Tensor::from_data([[0.5_f32, -3.0]], &device()),
        first: Tensor::zeros([1, 2], &device()),
        second: Tensor::zeros([1, 2], &device()),
        scalars: Tensor::from_data(adam_step::scalars(0.1, 1), &device()),
    });
    assert_close("one step", &numbers(w), &[0.9, 2.1], 1e-5);
}

#[test]
fn weighted_squares_agree_with_burn_and_with_automatic_differentiation() {
    let leaves = [noise([7, H + 1], 1), noise([7, H + 1], 2)];
    let (targets, weights) = (noise([7, 1], 3).reshape([7]), noise([7, 1], 4).square().reshape([7]));
    let input = || weighted_squares::Input {
        centres: leaves[0].clone(),
        contexts: leaves[1].clone(),
        targets: targets.clone(),
        weights: weights.clone(),
    };
    let (ours, plain) = (weighted_squares::weighted_squares(input()), weighted_squares::plain(input()));
    let loss = |l: &[Tensor<2>]| {
        let part = |i: usize, range| l[i].clone().slice([0..7, range]);
        let product = (part(0, 0..H) * part(1, 0..H)).sum_dim(1).reshape([7]);
        let biases = (part(0, H..H + 1) + part(1, H..H + 1)).reshape([7]);
        ((product + biases - targets.clone()).square() * weights.clone()).sum() * 0.5
    };
    let tracked: Vec<_> = leaves.iter().map(|leaf| leaf.clone().autodiff().require_grad()).collect();
    let value = loss(&tracked);
    let gradients = value.backward();
    for (name, ours, plain, oracle) in [
        ("loss", numbers(ours.loss), numbers(plain.loss), numbers(value)),
        ("centres", numbers(ours.centres), numbers(plain.centres), numbers(tracked[0].grad(&gradients).unwrap())),
        ("contexts", numbers(ours.contexts), numbers(plain.contexts), numbers(tracked[1].grad(&gradients).unwrap())),
    ] {
        assert_close(name, &ours, &oracle, 1e-5);
        assert_close(name, &plain, &oracle, 1e-5);
    }
}

#[test]
fn adagrad_agrees_with_burn_and_pytorch() {
    let input = || adagrad_step::Input {
        weights: noise([3, H], 1),
        gradient: noise([3, H], 2),
        squares: noise([3, H], 3).square(),
        learning_rate: 0.05,
    };
    let (ours, oracle) = (adagrad_step::adagrad_step(input()), adagrad_step::plain(input()));
    assert_close("w", &numbers(ours.0), &numbers(oracle.0), 1e-6);
    assert_close("G", &numbers(ours.1), &numbers(oracle.1), 1e-6);
    // torch.optim.Adagrad([w], lr=0.1) on w = [1., 2.], gradients [0.5, -3.] and then [0.5, 4.]: w = [0.8292893, 2.0200000].
    let step = |weights, squares, gradient| {
        let gradient = Tensor::from_data([gradient], &device());
        adagrad_step::adagrad_step(adagrad_step::Input { weights, gradient, squares, learning_rate: 0.1 })
    };
    let start = Tensor::from_data([[1.0_f32, 2.0]], &device());
    let (w, squares) = step(start.clone(), start.zeros_like(), [0.5_f32, -3.0]);
    let (w, _) = step(w, squares, [0.5, 4.0]);
    assert_close("two steps", &numbers(w), &[0.829_289_3, 2.02], 1e-6);
}
