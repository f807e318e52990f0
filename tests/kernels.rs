//! Each kernel, on every device, against its plain Burn composition on the CPU, forward and backward, and against finite differences.

mod common;

use burn::tensor::{Device, Tensor, TensorData};
use homebody::kernel::matmul::product;
use homebody::kernel::rows::{self, Groups};
use homebody::kernel::shards::Shards;
use homebody::kernel::{
    adagrad_step, adam_step, additive_attention, boosts, clip, dot_attention, gru_scan, join, layer_norm, linear,
    lstm_scan, matmul, negative_sampling, rotary, row_dots, seed, softmax_cross_entropy, view, weighted_squares,
};
use homebody::table::{AdaGradTable, Table};
use rand::RngExt;

use common::kernel_devices;

fn cpu() -> Device {
    homebody::device::cpu().unwrap()
}

fn tensor<const D: usize>(values: &[f32], shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
}

fn noise<const D: usize>(shape: [usize; D], key: u64, device: &Device) -> Tensor<D> {
    let mut random = homebody::rng::generator(key, homebody::rng::Stream::Weights, 0);
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| random.random::<f32>() * 2.0 - 1.0).collect();
    tensor(&values, shape, device)
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

/// Shapes of the leaves; each is noise of its own.
type Leaves<'a> = &'a [[usize; 2]];

fn leaves(shapes: Leaves, device: &Device) -> Vec<Tensor<2>> {
    shapes.iter().zip(1..).map(|(shape, key)| noise(*shape, key, device)).collect()
}

/// Output and gradients (of Σ output·noise) with respect to the leaves.
fn differentiate<const D: usize>(
    shapes: Leaves,
    device: &Device,
    f: impl Fn(&[Tensor<2>], &Device) -> Tensor<D>,
) -> (Vec<f32>, Vec<Vec<f32>>) {
    let leaves: Vec<_> = leaves(shapes, device).into_iter().map(|leaf| leaf.autodiff().require_grad()).collect();
    let output = f(&leaves, device);
    let weights = noise(output.dims(), 99, device);
    let gradients = (output.clone() * weights).sum().backward();
    (numbers(output), leaves.iter().map(|leaf| numbers(leaf.grad(&gradients).unwrap())).collect())
}

fn agree<const D: usize>(
    name: &str,
    shapes: Leaves,
    ours: impl Fn(&[Tensor<2>], &Device) -> Tensor<D>,
    oracle: impl Fn(&[Tensor<2>], &Device) -> Tensor<D>,
) {
    agree_within(5e-6, name, shapes, ours, oracle);
}

fn agree_within<const D: usize>(
    tolerance: f32,
    name: &str,
    shapes: Leaves,
    ours: impl Fn(&[Tensor<2>], &Device) -> Tensor<D>,
    oracle: impl Fn(&[Tensor<2>], &Device) -> Tensor<D>,
) {
    let (expected, expected_gradients) = differentiate(shapes, &cpu(), &oracle);
    for (device_name, device) in kernel_devices() {
        let name = format!("{name} on {device_name}");
        let (output, gradients) = differentiate(shapes, &device, &ours);
        assert_close(&name, &output, &expected, tolerance);
        for (i, (ours, oracle)) in gradients.iter().zip(&expected_gradients).enumerate() {
            assert_close(&format!("{name}, gradient {i}"), ours, oracle, tolerance.max(5e-5));
        }
    }
    finite_differences(name, shapes, &expected_gradients, ours);
}

/// Central differences of the first few numbers of each leaf, on the CPU.
fn finite_differences<const D: usize>(
    name: &str,
    shapes: Leaves,
    gradients: &[Vec<f32>],
    f: impl Fn(&[Tensor<2>], &Device) -> Tensor<D>,
) {
    const STEP: f32 = 1e-2;
    let leaves = leaves(shapes, &cpu());
    let value = |leaves: &[Tensor<2>]| -> f64 {
        let output = f(leaves, &cpu());
        let weights = numbers(noise(output.dims(), 99, &cpu()));
        numbers(output).iter().zip(weights).map(|(a, b)| f64::from(*a) * f64::from(b)).sum()
    };
    for (which, gradient) in gradients.iter().enumerate() {
        for at in 0..gradient.len().min(5) {
            let shifted = |by: f32| {
                let mut moved = leaves.clone();
                let mut values = numbers(leaves[which].clone());
                values[at] += by;
                moved[which] = tensor(&values, leaves[which].dims(), &cpu());
                value(&moved)
            };
            let slope = (shifted(STEP) - shifted(-STEP)) / (2.0 * f64::from(STEP));
            let ours = f64::from(gradient[at]);
            assert!(
                (slope - ours).abs() < 1e-2 * (1.0 + slope.abs()),
                "{name}, leaf {which}[{at}]: {ours}, not {slope}"
            );
        }
    }
}

/// Steps, lanes and width: one that no vector fits, one of fours, one that fills workgroups and leaves lanes over.
const EXTENTS: [[usize; 3]; 3] = [[5, 3, 11], [4, 3, 12], [3, 37, 64]];

/// Two lanes start anew inside the window.
fn keep([steps, lanes, _]: [usize; 3], device: &Device) -> Tensor<2> {
    let mut keep = vec![1.0_f32; steps * lanes];
    (keep[0], keep[lanes + 1], keep[2 * lanes + 2]) = (0.0, 0.0, 0.0);
    tensor(&keep, [steps, lanes], device)
}

#[test]
fn gru_scan_agrees_with_burn_and_with_finite_differences() {
    for extent @ [t, b, h] in EXTENTS {
        let input = |leaves: &[Tensor<2>], device: &Device| gru_scan::Input {
            projected: leaves[0].clone().reshape([t, b, 3 * h]),
            recurrent: leaves[1].clone(),
            bias: leaves[2].clone().reshape([3 * h]),
            carried: noise([b, h], 14, device),
            keep: keep(extent, device),
        };
        let leaves: Leaves = &[[t * b, 3 * h], [3 * h, h], [1, 3 * h]];
        let name = format!("gru_scan {extent:?}");
        agree(&name, leaves, |l, d| gru_scan::gru_scan(input(l, d)), |l, d| gru_scan::plain(input(l, d)));
    }
}

#[test]
fn lstm_scan_agrees_with_burn_and_with_finite_differences() {
    for extent @ [t, b, h] in EXTENTS {
        let input = |leaves: &[Tensor<2>], device: &Device| lstm_scan::Input {
            projected: leaves[0].clone().reshape([t, b, 4 * h]),
            recurrent: leaves[1].clone(),
            bias: leaves[2].clone().reshape([4 * h]),
            hidden: noise([b, h], 14, device),
            cell: noise([b, h], 15, device),
            keep: keep(extent, device),
        };
        let leaves: Leaves = &[[t * b, 4 * h], [4 * h, h], [1, 4 * h]];
        let name = format!("lstm_scan {extent:?}");
        agree(&name, leaves, |l, d| lstm_scan::lstm_scan(input(l, d)), |l, d| lstm_scan::plain(input(l, d)));
    }
}

#[test]
fn additive_attention_agrees_with_burn_and_with_finite_differences() {
    const B: usize = 3;
    for [t, window, h] in [[5, 4, 11], [3, 70, 8]] {
        // Lane 0 goes on with the cached session, lane 1 starts at step 2, lane 2 has no past.
        let sessions: Vec<f32> = (0..window + t)
            .flat_map(|s| [1.0, if s < window + 2 { 5.0 } else { 6.0 }, if s < window { -1.0 } else { 0.0 }])
            .collect();
        let input = |leaves: &[Tensor<2>], device: &Device| additive_attention::Input {
            queries: leaves[0].clone().reshape([t, B, h]),
            keys: leaves[1].clone().reshape([window + t, B, h]),
            values: leaves[2].clone().reshape([window + t, B, h]),
            scorer: leaves[3].clone().reshape([h]),
            sessions: tensor(&sessions, [window + t, B], device),
        };
        let leaves: Leaves = &[[t * B, h], [(window + t) * B, h], [(window + t) * B, h], [1, h]];
        let plain = |l: &[Tensor<2>], d: &Device| additive_attention::plain(input(l, d)).0;
        agree("additive_attention", leaves, |l, d| additive_attention::additive_attention(input(l, d)), plain);
    }
    let (values, scorer) = (noise([9, B, 8], 1, &cpu()), noise([1, 8], 2, &cpu()).reshape([8]));
    let (_, weights) = additive_attention::plain(additive_attention::Input {
        queries: noise([5, B, 8], 3, &cpu()),
        keys: values.clone(),
        values,
        scorer,
        sessions: Tensor::zeros([9, B], &cpu()),
    });
    let sums = numbers(weights.sum_dim(1).reshape([5 * B]));
    assert_close("attention weights sum to one", &sums, &[1.0; 5 * B], 1e-5);
}

#[test]
fn linear_agrees_with_burn_and_with_finite_differences() {
    // Many rows: the gradients of the weights are summed in slices.
    for [n, i, o] in [[1, 11, 6], [7, 5, 3], [9, 8, 12], [70, 20, 36], [1030, 9, 6], [1030, 8, 12], [1030, 6, 12]] {
        let with_bias = |l: &[Tensor<2>]| (l[0].clone(), l[1].clone(), Some(l[2].clone()));
        let ours = |l: &[Tensor<2>], _: &Device| {
            let (x, weight, bias) = with_bias(l);
            linear::linear(x, weight, bias)
        };
        let plain = |l: &[Tensor<2>], _: &Device| {
            let (x, weight, bias) = with_bias(l);
            linear::plain(x, weight, bias)
        };
        agree("linear", &[[n, i], [o, i], [1, o]], ours, plain);
        let ours = |l: &[Tensor<2>], _: &Device| linear::linear(l[0].clone(), l[1].clone(), None);
        let plain = |l: &[Tensor<2>], _: &Device| linear::plain(l[0].clone(), l[1].clone(), None);
        agree("linear without a bias", &[[n, i], [o, i]], ours, plain);
    }
}

#[test]
fn layer_norm_agrees_with_burn_and_with_finite_differences() {
    for [n, d] in [[1, 3], [70, 11], [130, 12], [3, 64]] {
        let ours = |l: &[Tensor<2>], _: &Device| layer_norm::layer_norm(l[0].clone(), l[1].clone(), l[2].clone());
        let plain = |l: &[Tensor<2>], _: &Device| layer_norm::plain(l[0].clone(), l[1].clone(), l[2].clone());
        agree("layer_norm", &[[n, d], [1, d], [1, d]], ours, plain);
    }
}

/// Steps, carried positions, lanes, heads and their width, and whether causal and biased: windows longer and shorter than what is carried,
/// more than a workgroup, a width that does not come in fours, one that is too wide for the kernel.
const ATTENTIONS: [([usize; 5], bool, bool); 9] = [
    ([4, 6, 2, 2, 4], true, true),
    ([6, 3, 2, 1, 6], true, false),
    ([6, 3, 2, 2, 4], false, true),
    ([5, 0, 3, 2, 4], true, true),
    ([5, 0, 3, 2, 4], false, false),
    ([1, 4, 2, 2, 8], true, false),
    ([33, 40, 2, 2, 12], true, true),
    ([70, 70, 1, 2, 16], true, false),
    ([3, 2, 1, 1, 132], true, false),
];

/// What is carried belongs to the first session or to none; sessions change inside the window.
fn sessions_of([steps, carried, batch, ..]: [usize; 5], device: &Device) -> Tensor<2> {
    let position = |p: usize| {
        (0..batch).map(move |lane| match (p + lane).checked_sub(carried) {
            None if p < 2 => -1.0,
            None => 0.0,
            Some(step) => (step / (3 + lane)) as f32,
        })
    };
    let sessions: Vec<f32> = (0..carried + steps).flat_map(position).collect();
    tensor(&sessions, [carried + steps, batch], device)
}

#[test]
fn dot_attention_agrees_with_burn_and_with_finite_differences() {
    for (extent @ [t, k, b, heads, width], causal, biased) in ATTENTIONS {
        let d = heads * width;
        let input = |l: &[Tensor<2>], device: &Device| dot_attention::Input {
            stacked: l[0].clone().reshape([t, b, 3 * d]) * 1.5,
            carried: (k > 0).then(|| noise([k, b, 2 * d], 14, device)),
            sessions: sessions_of(extent, device),
            causal,
            bias: biased.then(|| l[1].clone().reshape([b, heads, t, k + t])),
            heads,
        };
        let leaves: &[[usize; 2]] = &[[t * b, 3 * d], [b * heads, t * (k + t)]];
        let leaves = if biased { leaves } else { &leaves[..1] };
        let name = format!("dot_attention {extent:?}, causal {causal}, biased {biased}");
        let ours = |l: &[Tensor<2>], device: &Device| dot_attention::dot_attention(input(l, device));
        let plain = |l: &[Tensor<2>], device: &Device| dot_attention::plain(input(l, device));
        agree(&name, leaves, ours, plain);
    }
}

#[test]
fn rotary_positions_agree_with_burn_and_with_finite_differences() {
    for [steps, batch, heads, width, columns] in [[5, 2, 2, 4, 24], [3, 3, 1, 6, 6], [200, 1, 2, 8, 16]] {
        let turn = rotary::Turn { first: 300, columns: heads * width, width };
        let of = |l: &[Tensor<2>]| l[0].clone().reshape([steps, batch, columns]);
        let ours = |l: &[Tensor<2>], _: &Device| rotary::rotate(of(l), turn);
        let plain = |l: &[Tensor<2>], _: &Device| rotary::plain(of(l), turn);
        // 500 steps on, an angle is known to 3e-5.
        agree_within(1e-4, "rotary", &[[steps * batch, columns]], ours, plain);
    }
}

#[test]
fn boosts_agree_with_burn() {
    const N: usize = 70;
    const S: usize = 9;
    const SLOTS: usize = 3;
    for (path, others) in [(boosts::Path::Transitions, 2), (boosts::Path::Copy, boosts::BUCKETS + 1)] {
        for (d, apart) in [(11, true), (12, false), (64, true)] {
            let gates = if path == boosts::Path::Transitions { 2 } else { 1 };
            let per_row = SLOTS + usize::from(apart);
            let records = |row: usize, slot: usize| {
                let used = f32::from(u8::from(!(row + slot).is_multiple_of(3)));
                let column = ((row + 2 * slot) % S) as f32;
                let (count, share) = (used * (row % 5) as f32 * 0.3, used * slot as f32 * 0.4);
                match path {
                    boosts::Path::Transitions => vec![column, count, share],
                    boosts::Path::Copy => vec![column, 0.5 * share, (row % boosts::BUCKETS) as f32, count, used],
                }
            };
            let records: Vec<f32> =
                (0..N).flat_map(|row| (0..per_row).flat_map(move |slot| records(row, slot))).collect();
            let input = |device: &Device| boosts::Input {
                path,
                hidden: noise([N, d], 1, device),
                weights: noise([gates * d + others], 2, device),
                records: tensor(&records, [records.len()], device),
                slots: SLOTS,
            };
            let own = |key, device: &Device| apart.then(|| noise([N], key, device));
            let numbers_of = |boosted: &boosts::Boosted| {
                [numbers(boosted.logits.clone()), boosted.own.clone().map_or_else(Vec::new, numbers)]
            };
            let expected = numbers_of(&boosts::plain_add(&input(&cpu()), noise([N, S], 3, &cpu()), own(4, &cpu())));
            let slopes = |device: &Device| [noise([N, S], 5, device), noise([N, d], 6, device)];
            let (d_hidden, d_weights) = boosts::plain_gradients(&input(&cpu()), slopes(&cpu()), own(7, &cpu()));
            for (name, device) in kernel_devices() {
                let name = format!("{path:?}, d = {d}, apart {apart} on {name}");
                let told = input(&device);
                let logits = noise([N, S], 3, &device);
                let boosted = boosts::add(&told, logits.clone(), own(4, &device));
                for (ours, expected) in numbers_of(&boosted).iter().zip(&expected) {
                    assert_close(&name, ours, expected, 5e-6);
                }
                assert_eq!(numbers(logits), numbers(noise([N, S], 3, &cpu())), "{name}: logits of others");
                let (ours, of_weights) = boosts::gradients(&told, boosted.gates, slopes(&device), own(7, &device));
                assert_close(&format!("states, {name}"), &numbers(ours), &numbers(d_hidden.clone()), 1e-5);
                assert_close(&format!("weights, {name}"), &numbers(of_weights), &numbers(d_weights.clone()), 5e-5);
            }
        }
    }
}

#[test]
fn row_dots_agree_with_burn() {
    for width in [11, 12] {
        let rows = |key, device: &Device| noise([70, width], key, device);
        let dots = numbers(row_dots::plain(rows(1, &cpu()), rows(2, &cpu())));
        let input = |device: &Device| ([rows(1, device), rows(2, device)], noise([70], 3, device), rows(4, device));
        let (of, slopes, d_a) = input(&cpu());
        let expected = row_dots::plain_gradients(of, slopes, d_a).map(numbers);
        for (name, device) in kernel_devices() {
            let ours = row_dots::row_dots(rows(1, &device), rows(2, &device));
            assert_close(&format!("dots on {name}"), &numbers(ours), &dots, 1e-6);
            let (of, slopes, d_a) = input(&device);
            let ours = row_dots::gradients(of, slopes, d_a).map(numbers);
            for (ours, expected) in ours.iter().zip(&expected) {
                assert_close(&format!("gradients on {name}"), ours, expected, 1e-6);
            }
        }
    }
}

#[test]
fn vectors_are_joined_in_order() {
    for (name, device) in kernel_devices() {
        for count in [1, 6, 7, 13] {
            let parts: Vec<Vec<f32>> = (1..=count).map(|size| numbers(noise([size], size as u64, &cpu()))).collect();
            let ours = join::join(parts.iter().map(|part| tensor(part, [part.len()], &device)).collect());
            assert_eq!(numbers(ours), parts.concat(), "{count} on {name}");
        }
    }
}

#[test]
fn products_agree_with_burn() {
    // Ragged, in fours, with k in slices, with large tiles.
    for [m, k, n] in [[1, 1, 1], [7, 5, 3], [12, 64, 20], [9, 1030, 6], [64, 1024, 64], [260, 9, 1030], [800, 8, 804]] {
        for transposed in [[false, false], [true, false], [false, true], [true, true]] {
            let operands = |device: &Device| {
                let of = |rows, columns, transposed, key| {
                    noise(if transposed { [columns, rows] } else { [rows, columns] }, key, device)
                };
                (of(m, k, transposed[0], 1), of(k, n, transposed[1], 2))
            };
            let (a, b) = operands(&cpu());
            let expected = numbers(matmul::plain(a, b, transposed));
            for (name, device) in kernel_devices() {
                let (a, b) = operands(&device);
                let ours = numbers(product(a, b, transposed));
                assert_close(&format!("{m}×{k}×{n} {transposed:?} on {name}"), &ours, &expected, 2e-5);
            }
        }
    }
}

#[test]
fn softmax_cross_entropy_agrees_with_burn() {
    for columns in [13, 300] {
        for (bias, own) in [(false, false), (true, false), (true, true), (false, true)] {
            let input = |device: &Device| softmax_cross_entropy::Input {
                logits: noise([6, columns], 1, device) * 5.0,
                // Beside the columns, the last row's target is none of them.
                targets: tensor(&[0.0, 12.0, 3.0, 3.0, 7.0, if own { columns as f32 } else { 1.0 }], [6], device),
                own: own.then(|| noise([6], 3, device) * 5.0),
                weights: tensor(&[1.0, 0.5, 0.0, 2.0, 1.0, 0.1], [6], device),
                // One far below, as of a candidate that is no negative.
                bias: bias.then(|| {
                    let mut bias = numbers(noise([columns], 2, &cpu()));
                    bias[5] = -1e4;
                    tensor(&bias, [columns], device)
                }),
            };
            let parts = |output: softmax_cross_entropy::Output| {
                let own = output.own.map_or_else(Vec::new, numbers);
                [("loss", numbers(output.loss)), ("logits", numbers(output.logits)), ("own", own)]
            };
            let expected = parts(softmax_cross_entropy::differentiate(input(&cpu()), softmax_cross_entropy::plain));
            for (name, device) in kernel_devices() {
                let ours = parts(softmax_cross_entropy::softmax_cross_entropy(input(&device)));
                for ((part, ours), (_, expected)) in ours.iter().zip(&expected) {
                    assert_close(&format!("{part} on {name}"), ours, expected, 3e-6);
                }
            }
        }
    }
}

#[test]
fn logits_that_others_hold_are_left_alone() {
    for (name, device) in kernel_devices() {
        let logits = noise([2, 5], 1, &device);
        let _ = softmax_cross_entropy::softmax_cross_entropy(softmax_cross_entropy::Input {
            logits: logits.clone(),
            targets: tensor(&[1.0, 2.0], [2], &device),
            own: None,
            weights: tensor(&[1.0, 1.0], [2], &device),
            bias: None,
        });
        assert_eq!(numbers(logits), numbers(noise([2, 5], 1, &cpu())), "{name}");
    }
}

#[test]
fn rows_are_gathered_and_summed_as_burn_does() {
    let offsets = [0.0, 2.0, 2.0, 5.0, 6.0];
    let order = [1.0, 4.0, 0.0, 2.0, 5.0, 3.0];
    for width in [11, 12] {
        for present in [0, 2, 4] {
            let input = |device: &Device| {
                let first = (present > 0).then(|| noise([present, width], 1, device));
                let groups = Groups { offsets: tensor(&offsets, [5], device), order: tensor(&order, [6], device) };
                (first, groups, noise([6, width], 2, device))
            };
            let (first, groups, gradients) = input(&cpu());
            let expected = numbers(rows::plain_sum(first.as_ref(), &groups, &gradients));
            for (name, device) in kernel_devices() {
                let (first, groups, gradients) = input(&device);
                let ours = numbers(rows::sum(first.clone(), groups.clone(), gradients.clone(), None));
                assert_close(&format!("sums on {name}"), &ours, &expected, 1e-6);
                let parts = [0..4, 4..6].map(|rows| gradients.clone().slice([rows]));
                let [gradients, more] = parts;
                let ours = numbers(rows::sum(first, groups, gradients, Some(more)));
                assert_close(&format!("sums of two on {name}"), &ours, &expected, 1e-6);
            }
        }
        let table = noise([7, width], 3, &cpu());
        let expected = numbers(table.select(0, tensor(&[6.0, 0.0, 6.0], [3], &cpu()).int()));
        for (name, device) in kernel_devices() {
            let ours = rows::gather(&noise([7, width], 3, &device).into(), tensor(&[6.0, 0.0, 6.0], [3], &device));
            assert_eq!(numbers(ours), expected, "{name}");
        }
    }
}

#[test]
fn tables_in_shards_are_as_those_in_one_piece() {
    const ROWS: usize = 23;
    for width in [11, 12] {
        let values = numbers(noise([ROWS, width], 1, &cpu()));
        let named = [22.0, 0.0, 6.0, 5.0, 11.0];
        for (name, device) in kernel_devices() {
            let rows = tensor(&named, [5], &device);
            let cut = |most| Shards::of_rows(most, values.clone(), [ROWS, width], &device);
            let read = |shards: &Shards| shards.parts().flat_map(|(_, part)| numbers(part.clone())).collect::<Vec<_>>();
            let moved = |most| {
                let mut table = Table::new(cut(most));
                let mut slow = AdaGradTable::new(cut(most));
                let before = numbers(rows::gather(&table.weights, rows.clone()));
                for step in 1..3 {
                    let scalars = tensor(&adam_step::scalars(0.1, step), [4], &device);
                    table.update_rows(&rows, &noise([5, width], 2, &device), &scalars);
                    slow.update_rows(&rows, noise([5, width], 2, &device), 0.1);
                    table.update(&noise([ROWS, width], 3, &device), &scalars);
                }
                let scores = numbers(linear::scores(&noise([3, width], 4, &device), &table.weights));
                let tables = [&table.weights, &table.first, &table.second, &slow.weights, &slow.squares].map(read);
                (before, scores, tables, numbers(rows::gather(&slow.weights, rows.clone())))
            };
            let (before, scores, tables, after) = moved(ROWS);
            let expected: Vec<f32> =
                named.iter().flat_map(|&row| values[row as usize * width..][..width].to_vec()).collect();
            assert_eq!(before, expected, "{name}");
            assert_ne!(tables[0], values, "{name}");
            // The last shard is a short one.
            for most in [5, 6, 22] {
                let (own_before, own_scores, own_tables, own_after) = moved(most);
                assert!(before == own_before && after == own_after, "{most} rows a shard on {name}");
                assert!(tables == own_tables, "{most} rows a shard on {name}");
                assert_close(&format!("{most} rows a shard on {name}"), &own_scores, &scores, 1e-6);
            }
        }
    }
}

#[test]
fn gradients_are_clipped_by_their_common_norm() {
    for clip in [0.5, 1e3] {
        let gradients = |device: &Device| (noise([9, 70], 1, device), noise([1, 5000], 2, device));
        let scalars = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
        let (a, b) = gradients(&cpu());
        let expected = clip::plain([&a, &b], &tensor(&scalars, [6], &cpu()), clip).map(numbers);
        assert_eq!(expected[0][3] == 1.0, clip > 1.0);
        for (name, device) in kernel_devices() {
            let (a, b) = gradients(&device);
            let ours = clip::scalars([&a, &b], tensor(&scalars, [6], &device), clip).map(numbers);
            for (ours, expected) in ours.iter().zip(&expected) {
                assert_close(&format!("clipped on {name}"), ours, expected, 1e-5);
            }
        }
    }
}

#[test]
fn a_seed_starts_the_backward_pass_inside_the_graph() {
    for (name, device) in kernel_devices() {
        let leaf = noise([3, 4], 1, &device).autodiff().require_grad();
        let output = leaf.clone() * 2.0;
        let gradients = seed::seed(output, noise([3, 4], 2, &device)).backward();
        let expected = numbers(noise([3, 4], 2, &cpu()) * 2.0);
        assert_eq!(numbers(leaf.grad(&gradients).unwrap()), expected, "{name}");
    }
}

#[test]
fn views_are_the_numbers_of_their_range() {
    for (name, device) in kernel_devices() {
        let whole = noise([300], 1, &device);
        for range in [0..300, 64..70, 128..300, 3..5] {
            let ours = view::view(&whole, range.clone());
            // An operation on it, and a copy out of it.
            assert_eq!(numbers(ours.clone() + 0.0), numbers(noise([300], 1, &cpu()))[range.clone()], "{name}");
            assert_eq!(numbers(ours), numbers(noise([300], 1, &cpu()))[range], "{name}");
        }
    }
}

const H: usize = 11;

#[test]
fn negative_sampling_agrees_with_burn() {
    for width in [H, 45] {
        let input = |device: &Device| negative_sampling::Input {
            tables: [1, 2].map(|key| Shards::from(noise([9, width], key, device) * 2.0)),
            centres: tensor(&[3.0, 0.0, 3.0, 8.0], [4], device),
            outputs: tensor(&[1.0, 4.0, 8.0, 2.0, 8.0, 8.0, 4.0, 1.0, 5.0, 2.0, 1.0, 4.0], [12], device),
            weights: tensor(&[1.0, 1.0, 1.0, 1.0, 0.0, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0], [12], device),
            by_centre: Groups {
                offsets: tensor(&[0.0, 2.0, 3.0, 4.0], [4], device),
                order: tensor(&[0.0, 2.0, 1.0, 3.0], [4], device),
            },
            by_output: Groups {
                offsets: tensor(&[0.0, 3.0, 6.0, 9.0, 11.0, 12.0], [6], device),
                order: tensor(&[0.0, 7.0, 10.0, 1.0, 6.0, 11.0, 2.0, 4.0, 5.0, 3.0, 9.0, 8.0], [12], device),
            },
        };
        let oracle = negative_sampling::plain(input(&cpu()));
        for (name, device) in kernel_devices() {
            let ours = negative_sampling::negative_sampling(input(&device));
            assert_close(&format!("loss on {name}"), &numbers(ours.loss), &numbers(oracle.loss.clone()), 1e-5);
            assert_close(&format!("centres on {name}"), &numbers(ours.centres), &numbers(oracle.centres.clone()), 1e-5);
            assert_close(&format!("outputs on {name}"), &numbers(ours.outputs), &numbers(oracle.outputs.clone()), 1e-5);
            let [inputs, outputs] = ours.tables.map(|table| numbers(table.into_whole()));
            let before = input(&cpu()).tables.map(|table| numbers(table.into_whole()));
            assert!([inputs, outputs] == before, "the tables come back as they were on {name}");
        }
    }
}

#[test]
fn adam_agrees_with_burn_and_pytorch() {
    let input = |weights: Tensor<2>, step: usize| adam_step::Input {
        weights,
        gradient: noise([3, H], 2, &cpu()),
        first: noise([3, H], 3, &cpu()) * 0.1,
        second: noise([3, H], 4, &cpu()).square(),
        scalars: Tensor::from_data(adam_step::scalars(0.01, step), &cpu()),
    };
    let clipped_and_decayed = |input: adam_step::Input| {
        let [rate, scale, ..] = adam_step::scalars(0.01, 4);
        adam_step::Input { scalars: Tensor::from_data([rate, scale, 0.03, 0.4], &cpu()), ..input }
    };
    let (ours, oracle) = [adam_step::adam_step, adam_step::plain]
        .map(|f| f(clipped_and_decayed(input(noise([3, H], 1, &cpu()), 4))))
        .into();
    assert_close("clipped and decayed", &numbers(ours.0), &numbers(oracle.0), 1e-6);
    let ours = adam_step::adam_step(input(noise([3, H], 1, &cpu()), 4));
    let oracle = adam_step::plain(input(noise([3, H], 1, &cpu()), 4));
    for (name, ours, oracle) in [("w", ours.0, oracle.0), ("m", ours.1, oracle.1), ("v", ours.2, oracle.2)] {
        assert_close(name, &numbers(ours), &numbers(oracle), 1e-6);
    }
    // torch.optim.Adam([w], lr=0.1) on w = [1., 2.], gradient [0.5, -3.]: one step moves each by lr · g / (|g| + ε).
    let (w, ..) = adam_step::adam_step(adam_step::Input {
        weights: Tensor::from_data([[1.0_f32, 2.0]], &cpu()),
        gradient: Tensor::from_data([[0.5_f32, -3.0]], &cpu()),
        first: Tensor::zeros([1, 2], &cpu()),
        second: Tensor::zeros([1, 2], &cpu()),
        scalars: Tensor::from_data(adam_step::scalars(0.1, 1), &cpu()),
    });
    assert_close("one step", &numbers(w), &[0.9, 2.1], 1e-5);
}

#[test]
fn weighted_squares_agree_with_burn_and_with_automatic_differentiation() {
    let leaves = [noise([7, H + 1], 1, &cpu()), noise([7, H + 1], 2, &cpu())];
    let (targets, weights) = (noise([7, 1], 3, &cpu()).reshape([7]), noise([7, 1], 4, &cpu()).square().reshape([7]));
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
        weights: noise([3, H], 1, &cpu()),
        gradient: noise([3, H], 2, &cpu()),
        squares: noise([3, H], 3, &cpu()).square(),
        learning_rate: 0.05,
    };
    let (ours, oracle) = (adagrad_step::adagrad_step(input()), adagrad_step::plain(input()));
    assert_close("w", &numbers(ours.0), &numbers(oracle.0), 1e-6);
    assert_close("G", &numbers(ours.1), &numbers(oracle.1), 1e-6);
    // torch.optim.Adagrad([w], lr=0.1) on w = [1., 2.], gradients [0.5, -3.] and then [0.5, 4.]: w = [0.8292893, 2.0200000].
    let step = |weights, squares, gradient| {
        let gradient = Tensor::from_data([gradient], &cpu());
        adagrad_step::adagrad_step(adagrad_step::Input { weights, gradient, squares, learning_rate: 0.1 })
    };
    let start = Tensor::from_data([[1.0_f32, 2.0]], &cpu());
    let (w, squares) = step(start.clone(), start.zeros_like(), [0.5_f32, -3.0]);
    let (w, _) = step(w, squares, [0.5, 4.0]);
    assert_close("two steps", &numbers(w), &[0.829_289_3, 2.02], 1e-6);
}

#[test]
fn adam_agrees_with_burn_on_every_device() {
    for width in [11, 12] {
        let input = |device: &Device, rows: usize| adam_step::Input {
            weights: noise([9, width], 1, device),
            gradient: noise([rows, width], 2, device),
            first: noise([9, width], 3, device) * 0.1,
            second: noise([9, width], 4, device).square(),
            scalars: tensor(&[0.013, 1.7, 0.03, 0.4], [4], device),
        };
        let rows = |device: &Device| tensor(&[7.0, 0.0, 3.0], [3], device);
        let all = adam_step::plain(input(&cpu(), 9));
        let some = adam_step::plain_rows(input(&cpu(), 3), rows(&cpu()));
        for (name, device) in kernel_devices() {
            for (ours, expected) in [
                (adam_step::adam_step(input(&device, 9)), &all),
                (adam_step::adam_rows(input(&device, 3), rows(&device), 0), &some),
            ] {
                let parts = [(ours.0, &expected.0), (ours.1, &expected.1), (ours.2, &expected.2)];
                for (ours, expected) in parts {
                    assert_close(name, &numbers(ours), &numbers(expected.clone()), 1e-6);
                }
            }
        }
    }
}

#[test]
fn a_step_leaves_copies_of_the_weights_alone() {
    for (name, device) in kernel_devices() {
        let weights = noise([4, 8], 1, &device);
        let (moved, ..) = adam_step::adam_step(adam_step::Input {
            weights: weights.clone(),
            gradient: noise([4, 8], 2, &device),
            first: Tensor::zeros([4, 8], &device),
            second: Tensor::zeros([4, 8], &device),
            scalars: tensor(&adam_step::scalars(0.1, 1), [4], &device),
        });
        assert_eq!(numbers(weights), numbers(noise([4, 8], 1, &cpu())), "{name}");
        assert_ne!(numbers(moved), numbers(noise([4, 8], 1, &cpu())), "{name}");
    }
}
