//! Is this GPU to be trusted? A forward and a backward of everything that training uses, to be compared with the CPU's.
//!
//! On the web a shader that fails to compile is skipped in silence and stale memory is read instead, and some drivers return zero
//! gradients for recurrent models: neither is seen without a test.

use burn::tensor::{Device, Tensor, TensorData};
use rand::RngExt;

use crate::catalogue::ItemIndex;
use crate::encoder::{EncoderConfig, Input, Kind, parameters, transitions};
use crate::error::Result;
use crate::kernel::boosts::{self, Boosted, Path};
use crate::kernel::join::join;
use crate::kernel::matmul::product;
use crate::kernel::row_dots::{self, row_dots};
use crate::kernel::rows::{self, Groups, gather};
use crate::kernel::seed::seed;
use crate::kernel::{adagrad_step, adam_step, clip, negative_sampling, softmax_cross_entropy, weighted_squares};
use crate::model::read;
use crate::rng::{Stream, generator};
use crate::sequences::Transitions;

/// The largest difference, relative to the largest number, that a sound GPU shows: sums are added in another order, and its
/// elementary functions are less exact.
pub const TOLERANCE: f32 = 1e-3;

const STEPS: usize = 4;
const LANES: usize = 2;
const DIM: usize = 8;
const ITEMS: usize = 11;

/// The numbers of the test on a device.
///
/// # Errors
/// [`Error::Device`](crate::error::Error::Device) where they cannot be read back.
pub async fn numbers(device: &Device) -> Result<Vec<f32>> {
    let mut all = Vec::new();
    for kind in [Kind::GruAttention, Kind::Lstm, Kind::Transformer] {
        all.extend(read(sequence_numbers(kind, device)?.each_ref()).await?);
    }
    all.extend(read(table_numbers(device).each_ref()).await?);
    all.extend(read(glove_numbers(device).each_ref()).await?);
    Ok(all.concat())
}

/// The largest difference to the CPU's numbers, relative to the largest of each; infinite where the counts differ.
#[must_use]
pub fn deviation(ours: &[f32], reference: &[f32]) -> f32 {
    if ours.len() != reference.len() || ours.iter().any(|x| !x.is_finite()) {
        return f32::INFINITY;
    }
    let largest = reference.iter().fold(f32::MIN_POSITIVE, |m, x| m.max(x.abs()));
    ours.iter().zip(reference).fold(0.0, |worst: f32, (a, b)| worst.max((a - b).abs())) / largest
}

/// Loss, states and gradients of an encoder with transitions under the sampled loss, with a session that starts inside the window.
fn sequence_numbers(kind: Kind, device: &Device) -> Result<[Tensor<2>; 6]> {
    const ROWS: usize = STEPS * LANES;
    let config = EncoderConfig { transitions: true, heads: 2, ..EncoderConfig::new(kind, DIM, 3) };
    let specs = config.encoder_specs();
    let leaf = |tensor: Tensor<2>| tensor.autodiff().require_grad();
    let (x, table) = (leaf(noise([ROWS, DIM], 1, device)), noise([ITEMS, DIM], 2, device));
    let weights = parameters::initialize(&specs, 1, device);
    let dense: Vec<_> = parameters::split(&weights, &specs).into_iter().map(leaf).collect();
    let vector = |values: Vec<f32>| {
        let size = values.len();
        Tensor::<1>::from_data(TensorData::new(values, [size]), device)
    };
    let input = Input {
        x: x.clone().reshape([STEPS, LANES, DIM]),
        keep: vector(vec![0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0]).reshape([STEPS, LANES]),
        sessions: vector(vec![0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0]).reshape([STEPS, LANES]),
        places: vector(vec![0.0, 0.0, 1.0, 1.0, 2.0, 0.0, 3.0, 1.0]).reshape([STEPS, LANES]),
        times: None,
        hidden: None,
        dropout: Vec::new(),
    };
    let (hidden, _) = config.build(&mut dense.iter().cloned())?.forward(input, config.initial_state(LANES, device));
    let hidden = hidden.reshape([ROWS, DIM]);
    let states = hidden.clone().inner();

    let targets: Vec<u32> = (0..ROWS as u32).map(|row| 3 * row % ITEMS as u32).collect();
    let last = [ItemIndex(0), ItemIndex(4), ItemIndex(0), ItemIndex(7)].into_iter().cycle().take(ROWS);
    let pointers = transitions::pointers(&steps_between_items(), last.map(|last| (Some(last), None)));
    let told = boosts::Input {
        path: Path::Transitions,
        hidden: states.clone(),
        weights: noise([1, 2 * DIM + 2], 15, device).reshape([2 * DIM + 2]),
        records: vector(pointers.records(None, Some(&pointers.of(&targets)))),
        slots: pointers.slots,
    };
    let of_targets = gather(&table.clone().into(), vector(targets.iter().map(|&target| target as f32).collect()));
    let logits = product(states.clone(), table.clone(), [false, true]);
    let own = row_dots(states.clone(), of_targets.clone());
    let Boosted { logits, own, gates } = boosts::add(&told, logits, Some(own));
    let output = softmax_cross_entropy::softmax_cross_entropy(softmax_cross_entropy::Input {
        logits,
        targets: vector(targets.iter().map(|&target| target as f32).collect()),
        own,
        weights: vector(vec![0.125; ROWS]),
        bias: Some(vector((0..ITEMS).map(|i| -0.1 * i as f32).collect())),
    });
    let slopes = output.own.unwrap_or_else(|| vector(vec![0.0; ROWS]));
    let d_hidden = product(output.logits.clone(), table, [false, false]);
    let d_table = product(output.logits.clone(), states.clone(), [true, false]);
    let (d_hidden, d_path) = boosts::gradients(&told, gates, [output.logits, d_hidden], Some(slopes.clone()));
    let [d_hidden, d_targets] = row_dots::gradients([states.clone(), of_targets], slopes, d_hidden);

    let mut gradients = seed(hidden, d_hidden).backward();
    let mut of = |leaf: Tensor<2>| leaf.grad_remove(&mut gradients).unwrap_or_else(|| leaf.inner().zeros_like());
    let d_x = of(x);
    let flat = |matrix: Tensor<2>| {
        let size = matrix.shape().num_elements();
        matrix.reshape([size])
    };
    let d_dense = join(dense.into_iter().map(|leaf| flat(of(leaf))).chain([d_path]).collect());
    Ok([output.loss.unsqueeze(), states, d_x, d_table, d_targets, d_dense.unsqueeze()])
}

fn steps_between_items() -> Transitions {
    Transitions::new(ITEMS, &[[0, 1, 0, 2, 0, 1, 4, 10, 4, 4].map(ItemIndex).to_vec()])
}

/// Skip-gram's loss and gradients, and a sparse optimizer step.
fn table_numbers(device: &Device) -> [Tensor<2>; 3] {
    let vector = |values: &[f32]| Tensor::<1>::from_data(TensorData::new(values.to_vec(), [values.len()]), device);
    let groups = |offsets: &[f32], order: &[f32]| Groups { offsets: vector(offsets), order: vector(order) };
    let result = negative_sampling::negative_sampling(negative_sampling::Input {
        tables: [noise([ITEMS, DIM], 3, device).into(), noise([ITEMS, DIM], 4, device).into()],
        centres: vector(&[2.0, 7.0, 2.0]),
        outputs: vector(&[1.0, 5.0, 6.0, 1.0, 5.0, 8.0]),
        weights: vector(&[1.0; 6]),
        by_centre: groups(&[0.0, 2.0, 3.0, 3.0], &[0.0, 2.0, 1.0]),
        by_output: groups(&[0.0, 2.0, 4.0, 6.0], &[0.0, 3.0, 1.0, 4.0, 2.0, 5.0]),
    });
    let of_two = groups(&[0.0, 1.0, 5.0], &[1.0, 0.0, 2.0, 3.0, 4.0]);
    let (first, more) = (noise([1, DIM], 14, device), noise([2, DIM], 16, device));
    let gradient = rows::sum(Some(first), of_two, result.centres.clone(), Some(more));
    let [rate, scale, ..] = adam_step::scalars(0.01, 3);
    let steps = vector(&[rate, scale, 0.0, rate, scale, 0.01]);
    let [scalars, _] = clip::scalars([&gradient, &result.centres], steps, 0.5);
    let (updated, ..) = adam_step::adam_rows(
        adam_step::Input {
            weights: noise([ITEMS, DIM], 5, device),
            gradient,
            first: noise([ITEMS, DIM], 6, device),
            second: noise([ITEMS, DIM], 7, device).square() + 0.1,
            scalars,
        },
        vector(&[4.0, 0.0]),
        0,
    );
    [result.loss.unsqueeze(), result.centres, updated]
}

/// `GloVe`'s loss and gradients, and its optimizer's step.
fn glove_numbers(device: &Device) -> [Tensor<2>; 3] {
    let result = weighted_squares::weighted_squares(weighted_squares::Input {
        centres: noise([5, DIM + 1], 8, device),
        contexts: noise([5, DIM + 1], 9, device),
        targets: noise([5, 1], 10, device).reshape([5]),
        weights: noise([5, 1], 11, device).square().reshape([5]),
    });
    let (moved, _) = adagrad_step::adagrad_step(adagrad_step::Input {
        weights: noise([5, DIM + 1], 12, device),
        gradient: result.centres,
        squares: noise([5, DIM + 1], 13, device).square() + 0.1,
        learning_rate: 0.05,
    });
    [result.loss.unsqueeze(), result.contexts, moved]
}

fn noise([rows, columns]: [usize; 2], key: u64, device: &Device) -> Tensor<2> {
    let mut random = generator(key, Stream::Weights, 0);
    let values: Vec<f32> = (0..rows * columns).map(|_| random.random::<f32>() * 2.0 - 1.0).collect();
    Tensor::from_data(TensorData::new(values, [rows, columns]), device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_missing_and_foreign_numbers_deviate() {
        assert!(deviation(&[1.0, 2.0], &[1.0, 2.001]) < TOLERANCE);
        assert!(deviation(&[0.0, 2.0], &[1.0, 2.0]) > TOLERANCE);
        assert!(deviation(&[1.0], &[1.0, 2.0]).is_infinite());
        assert!(deviation(&[f32::NAN, 2.0], &[1.0, 2.0]).is_infinite());
    }
}
