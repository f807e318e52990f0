//! What a path beside the logits adds to single columns of them, row by row, with its gradients.
//!
//! ```text
//! transitions: boost = w₁ · x₁ + w₂ · x₂    w = softplus(gate · h + bias)
//! copy path:   boost = (recency[x₁] + frequency · x₂ + gate · h) · x₃
//! ```

use burn::tensor::{IndexingUpdateOp, Tensor, activation};

use super::linear::linear;
use super::seed::seed;

/// How many recencies the copy path tells apart.
pub const BUCKETS: usize = 16;

/// Which path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// Weights: gate `[2, d]`, bias `[2]`. A record: column, x₁, x₂.
    Transitions,
    /// Weights: gate `[d]`, recency `[BUCKETS]`, frequency. A record: column, what is added beside the boost, x₁, x₂, x₃.
    Copy,
}

impl Path {
    /// Numbers of a record.
    #[must_use]
    pub fn fields(self) -> usize {
        self.first_feature() + self.features()
    }

    pub(super) fn first_feature(self) -> usize {
        match self {
            Self::Transitions => 1,
            Self::Copy => 2,
        }
    }

    fn features(self) -> usize {
        match self {
            Self::Transitions => 2,
            Self::Copy => 3,
        }
    }

    /// Numbers that a state is made into.
    pub(super) fn gates(self) -> usize {
        match self {
            Self::Transitions => 2,
            Self::Copy => 1,
        }
    }
}

/// What the boosts are told from.
#[derive(Debug, Clone)]
pub struct Input {
    /// Which path they are of.
    pub path: Path,
    /// `h`. `[N, d]`
    pub hidden: Tensor<2>,
    /// The path's, one after another. `[P]`
    pub weights: Tensor<1>,
    /// Records of R slots a row, all at different columns; then, where the rows' own logits stand apart, of one more, whose column means
    /// nothing. `[N · (R + 1) · fields]`
    pub records: Tensor<1>,
    /// R.
    pub slots: usize,
}

/// Logits with the boosts, and what the gradients need.
#[derive(Debug, Clone)]
pub struct Boosted {
    /// `[N, S]`
    pub logits: Tensor<2>,
    /// The rows' own logits, where they stand apart. `[N]`
    pub own: Option<Tensor<1>>,
    /// `gate · h (+ bias)`. `[N, 2]` or `[N, 1]`
    pub gates: Tensor<2>,
}

/// Adds the boosts; in place where nobody else holds the logits.
#[must_use]
pub fn add(input: &Input, logits: Tensor<2>, own: Option<Tensor<1>>) -> Boosted {
    on_its_device!(logits, boost(input, logits, own), plain_add(input, logits, own))
}

/// Adds the states' gradient to `d_hidden`, `[N, d]`, and gives it and the weights', `[P]`.
#[must_use]
#[allow(clippy::needless_pass_by_value, reason = "the twins that a build has consume them")]
pub fn gradients(
    input: &Input,
    gates: Tensor<2>,
    [d_logits, d_hidden]: [Tensor<2>; 2],
    d_own: Option<Tensor<1>>,
) -> (Tensor<2>, Tensor<1>) {
    on_its_device!(
        d_hidden,
        boost_gradients(input, gates, [d_logits, d_hidden], d_own),
        plain_gradients(input, [d_logits, d_hidden], d_own)
    )
}

/// What each slot gets, in Burn's own operations but for the product, differentiable.
///
/// # Shapes
/// - `hidden`: `[N, d]`
/// - `weights`: `[P]`
/// - `features`: x₁, x₂, …, `[N, R]` each
/// - output: `[N, R]`
///
/// # Panics
/// Where the features are not the path's.
#[must_use]
pub fn boosts(path: Path, hidden: Tensor<2>, weights: &Tensor<1>, features: &[Tensor<2>]) -> Tensor<2> {
    let [rows, dim] = hidden.dims();
    let part = |range: std::ops::Range<usize>| weights.clone().slice([range]);
    match (path, features) {
        (Path::Transitions, [counts, shares]) => {
            let (gate, bias) = (part(0..2 * dim).reshape([2, dim]), part(2 * dim..2 * dim + 2).reshape([1, 2]));
            let weights = activation::softplus(linear(hidden, gate, Some(bias)), 1.0);
            let weight = |at: usize| weights.clone().slice([0..rows, at..at + 1]); // [N, 1]
            weight(0) * counts.clone() + weight(1) * shares.clone()
        }
        (Path::Copy, [buckets, views, used]) => {
            let [_, slots] = used.dims();
            let gate = linear(hidden, part(0..dim).reshape([1, dim]), None); // [N, 1]
            let recency = part(dim..dim + BUCKETS).reshape([BUCKETS, 1]);
            let recency = recency.select(0, buckets.clone().reshape([rows * slots]).int()).reshape([rows, slots]);
            let frequency = part(dim + BUCKETS..dim + BUCKETS + 1).reshape([1, 1]);
            (recency + views.clone() * frequency + gate) * used.clone()
        }
        _ => panic!("a path has its own features"),
    }
}

/// Logits `[N, S]` with each slot's boost `[N, R]` added to its column `[N, R]`, in Burn's own operations, differentiable.
#[must_use]
pub fn scatter(logits: Tensor<2>, boosts: Tensor<2>, columns: Tensor<2>) -> Tensor<2> {
    logits.scatter(1, columns.int(), boosts, IndexingUpdateOp::Add)
}

/// A field of all records, `[N, R]`, or of all slots and the rows' own.
fn field(input: &Input, at: usize, with_own: bool) -> Tensor<2> {
    let ([rows, _], fields) = (input.hidden.dims(), input.path.fields());
    let records = input.records.dims()[0] / rows / fields;
    let slots = if with_own { records } else { input.slots };
    let records = input.records.clone().reshape([rows, records, fields]);
    records.slice([0..rows, 0..slots, at..at + 1]).reshape([rows, slots])
}

fn all_boosts(input: &Input, hidden: Tensor<2>, weights: &Tensor<1>) -> Tensor<2> {
    let features = (input.path.first_feature()..input.path.fields()).map(|at| field(input, at, true));
    boosts(input.path, hidden, weights, &features.collect::<Vec<_>>())
}

/// [`add`] in Burn's own operations.
#[must_use]
pub fn plain_add(input: &Input, logits: Tensor<2>, own: Option<Tensor<1>>) -> Boosted {
    let [rows, _] = input.hidden.dims();
    let boosts = all_boosts(input, input.hidden.clone(), &input.weights);
    let of = |columns| boosts.clone().slice([0..rows, columns]);
    let beside = (input.path == Path::Copy).then(|| field(input, 1, false));
    let added = beside.into_iter().fold(of(0..input.slots), |sum, beside| sum + beside);
    Boosted {
        logits: scatter(logits, added, field(input, 0, false)),
        own: own.map(|own| own + of(input.slots..input.slots + 1).reshape([rows])),
        gates: Tensor::empty([0, 0], &input.weights.device()),
    }
}

/// [`gradients`] in Burn's own operations, which need no gates.
#[must_use]
pub fn plain_gradients(
    input: &Input,
    [d_logits, d_hidden]: [Tensor<2>; 2],
    d_own: Option<Tensor<1>>,
) -> (Tensor<2>, Tensor<1>) {
    let hidden = input.hidden.clone().autodiff().require_grad();
    let weights = input.weights.clone().autodiff().require_grad();
    let boosts = all_boosts(input, hidden.clone(), &weights);
    let d_slots = d_logits.gather(1, field(input, 0, false).int());
    let [rows, _] = d_slots.dims();
    let gradient = match d_own {
        None => d_slots,
        Some(d_own) => Tensor::cat(vec![d_slots, d_own.reshape([rows, 1])], 1),
    };
    let mut gradients = seed(boosts, gradient).backward();
    let d_weights = weights.grad_remove(&mut gradients).unwrap_or_else(|| weights.inner().zeros_like());
    let by_path = hidden.grad_remove(&mut gradients);
    (by_path.into_iter().fold(d_hidden, |sum, gradient| sum + gradient), d_weights)
}
