//! Boosts of single logits, a row at a time.

use burn::tensor::{Tensor, TensorData};

use super::super::boosts::{BUCKETS, Boosted, Input, Path};
use super::vector;
use homebody_simd::{axpy, dot};

/// What all rows read.
struct Told {
    path: Path,
    dim: usize,
    hidden: Vec<f32>,
    weights: Vec<f32>,
    records: Vec<f32>,
    slots: usize,
}

impl Told {
    fn new(input: &Input) -> Self {
        Self {
            path: input.path,
            dim: input.hidden.dims()[1],
            hidden: vector(input.hidden.clone().into_data()),
            weights: vector(input.weights.clone().into_data()),
            records: vector(input.records.clone().into_data()),
            slots: input.slots,
        }
    }

    fn rows(&self) -> usize {
        self.hidden.len() / self.dim
    }

    fn state(&self, row: usize) -> &[f32] {
        &self.hidden[row * self.dim..][..self.dim]
    }

    fn gate(&self, gate: usize) -> &[f32] {
        &self.weights[gate * self.dim..][..self.dim]
    }

    /// The weights behind the gates: biases, or recencies and frequency.
    fn others(&self) -> &[f32] {
        &self.weights[self.path.gates() * self.dim..]
    }

    /// A row's slots, and what follows them.
    fn records(&self, row: usize) -> impl Iterator<Item = &[f32]> {
        let size = self.records.len() / self.rows();
        self.records[row * size..][..size].chunks_exact(self.path.fields())
    }

    /// What a state is made into.
    fn gates(&self, row: usize) -> Vec<f32> {
        let gates = (0..self.path.gates()).map(|gate| dot(self.state(row), self.gate(gate)));
        match self.path {
            Path::Transitions => gates.zip(self.others()).map(|(gate, bias)| gate + bias).collect(),
            Path::Copy => gates.collect(),
        }
    }

    fn boost(&self, weights: &[f32], record: &[f32]) -> f32 {
        match (self.path, record) {
            (Path::Transitions, [_, first, second]) => weights[0] * first + weights[1] * second,
            (Path::Copy, [_, _, bucket, views, used]) => {
                (self.others()[*bucket as usize] + self.others()[BUCKETS] * views + weights[0]) * used
            }
            _ => 0.0,
        }
    }
}

fn softplus(x: f32) -> f32 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// See [`super::super::boosts::add`].
pub(in super::super) fn boost(input: &Input, logits: Tensor<2>, own: Option<Tensor<1>>) -> Boosted {
    let (shape, device) = (logits.dims(), logits.device());
    let told = Told::new(input);
    let mut logits = vector(logits.into_data());
    let mut own = own.map(|own| vector(own.into_data()));
    let mut all_gates = Vec::with_capacity(told.rows() * told.path.gates());
    for (row, logits) in logits.chunks_exact_mut(shape[1]).enumerate() {
        let gates = told.gates(row);
        let weights = match told.path {
            Path::Transitions => gates.iter().copied().map(softplus).collect(),
            Path::Copy => gates.clone(),
        };
        all_gates.extend(gates);
        for (slot, record) in told.records(row).enumerate() {
            let boost = told.boost(&weights, record);
            match &mut own {
                Some(own) if slot == told.slots => own[row] += boost,
                _ => logits[record[0] as usize] += boost + if told.path == Path::Copy { record[1] } else { 0.0 },
            }
        }
    }
    let gates = TensorData::new(all_gates, [told.rows(), told.path.gates()]);
    Boosted {
        logits: Tensor::from_data(TensorData::new(logits, shape), &device),
        own: own.map(|own| Tensor::from_data(TensorData::new(own, [shape[0]]), &device)),
        gates: Tensor::from_data(gates, &device),
    }
}

/// See [`super::super::boosts::gradients`].
pub(in super::super) fn boost_gradients(
    input: &Input,
    gates: Tensor<2>,
    [d_logits, d_hidden]: [Tensor<2>; 2],
    d_own: Option<Tensor<1>>,
) -> (Tensor<2>, Tensor<1>) {
    let (shape, device, columns) = (d_hidden.dims(), d_hidden.device(), d_logits.dims()[1]);
    let told = Told::new(input);
    let (gates, d_logits) = (vector(gates.into_data()), vector(d_logits.into_data()));
    let d_own = d_own.map(|d_own| vector(d_own.into_data()));
    let mut d_hidden = vector(d_hidden.into_data());
    let mut d_weights = vec![0.0; told.weights.len()];
    let (d_gate, d_others) = d_weights.split_at_mut(told.path.gates() * told.dim);
    for (row, d_state) in d_hidden.chunks_exact_mut(told.dim).enumerate() {
        let mut d_gates = [0.0; 2];
        for (slot, record) in told.records(row).enumerate() {
            let slope = match &d_own {
                Some(d_own) if slot == told.slots => d_own[row],
                _ => d_logits[row * columns + record[0] as usize],
            };
            match (told.path, record) {
                (Path::Transitions, [_, first, second]) => {
                    d_gates[0] += slope * first;
                    d_gates[1] += slope * second;
                }
                (Path::Copy, [_, _, bucket, views, used]) => {
                    d_gates[0] += slope * used;
                    d_others[*bucket as usize] += slope * used;
                    d_others[BUCKETS] += slope * used * views;
                }
                _ => {}
            }
        }
        for gate in 0..told.path.gates() {
            if told.path == Path::Transitions {
                // Through the softplus.
                d_gates[gate] /= 1.0 + (-gates[2 * row + gate]).exp();
                d_others[gate] += d_gates[gate];
            }
            axpy(d_gates[gate], told.gate(gate), d_state);
            axpy(d_gates[gate], told.state(row), &mut d_gate[gate * told.dim..][..told.dim]);
        }
    }
    let size = d_weights.len();
    (
        Tensor::from_data(TensorData::new(d_hidden, shape), &device),
        Tensor::from_data(TensorData::new(d_weights, [size]), &device),
    )
}
