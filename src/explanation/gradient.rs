//! How much each view pushes an item up: integrated gradients (Sundararajan et al., "Axiomatic Attribution for Deep Networks", 2017).

use burn::tensor::Tensor;

use crate::catalogue::ItemIndex;
use crate::encoder::pointers;
use crate::error::Result;
use crate::model::{Model, SequenceModel};
use crate::sequences::Context;

/// Points of the path from an average item's vector to the views' own: the integral is their mean. Off by a few percent at most (tested).
const POINTS: usize = 32;

/// For each event of the context (of its last [`REACH`](super::REACH)), oldest first, how much it adds to the item's log-odds against all
/// rivals, in nats; empty for item vectors alone, which have no encoder to ask.
///
/// The path leads from a session of as many average items (the mean vector) to the events' own, and the attributions sum up to the
/// difference that they make; a start from zeros would also attribute that there was anything at all. What is known to follow the last
/// event ([`crate::encoder::transitions`]) comes in along the same path and is the last event's. What a copy path adds to items that were
/// viewed before depends on which they are, not on their vectors, and is left out. All points are one batch.
///
/// # Errors
/// [`Error::Checkpoint`](crate::error::Error::Checkpoint) where the model's weights are missing.
pub fn gradients(model: &Model, context: Context<'_>, item: ItemIndex) -> Result<Vec<f32>> {
    let context = context.last(super::REACH);
    match model.sequence() {
        Some(model) if !context.items.is_empty() => integrated(model, context, item),
        _ => Ok(Vec::new()),
    }
}

fn integrated(model: &SequenceModel, context: Context<'_>, item: ItemIndex) -> Result<Vec<f32>> {
    let window = model.window(&[context; POINTS]);
    let [steps, points, dim] = window.x.dims();
    let x = window.x.clone();
    let average = model.items.whole().mean_dim(0).reshape([1, 1, dim]);
    let way = x - average.clone(); // [T, POINTS, d]
    // Midpoints: the error of the mean falls with the square of their number.
    let share = Tensor::<1>::from_floats(
        std::array::from_fn::<f32, POINTS, _>(|i| (i as f32 + 0.5) / POINTS as f32),
        &model.items.device(),
    );
    let known = share.clone().reshape([points, 1]).autodiff().require_grad();
    let at = (average + way.clone() * share.reshape([1, points, 1])).autodiff().require_grad();
    let hidden = model.after(window.with(at.clone()))?; // [POINTS, d]
    let mut logits = hidden.clone().matmul(model.items.whole().autodiff().transpose()); // [POINTS, n_items]
    if let Some((boosts, pointed)) = model.following(hidden, &[context.items; POINTS])? {
        let slots = boosts.dims();
        logits = pointers::add(logits, boosts * known.clone().expand(slots), &pointed);
    }
    let mut gradients = odds(logits, item).sum().backward();
    let Some(slope) = at.grad_remove(&mut gradients) else { return Ok(vec![0.0; context.items.len()]) };
    let of_known = known.grad_remove(&mut gradients).map_or(0.0, |slope| number(slope.mean()));
    let parts = (slope * way).sum_dim(2).reshape([steps, points]).mean_dim(1); // [T, 1]
    let mut parts: Vec<f32> = parts.into_data().try_into_vec().expect("Home's tensors are f32 on the CPU");
    // A bidirectional model reads fewer events than there may be, and a hidden one behind them.
    let read = steps - usize::from(model.config.is_bidirectional());
    parts[read - 1] += of_known;
    let unread = std::iter::repeat_n(0.0, context.items.len() - read);
    Ok(unread.chain(parts[..read].iter().copied()).collect())
}

fn number(tensor: Tensor<1>) -> f32 {
    tensor.into_data().try_into_vec().expect("Home's tensors are f32 on the CPU")[0]
}

/// log(p / (1 − p)): the item's logit above the rivals' log-sum-exp. `[n, V] → [n, 1]`
fn odds(logits: Tensor<2>, item: ItemIndex) -> Tensor<2> {
    let [n, items] = logits.dims();
    let at = item.index();
    let own = logits.clone().slice([0..n, at..at + 1]);
    let peak = logits.clone().detach().max_dim(1);
    let powers = (logits - peak.clone()).exp();
    let rest = |columns: std::ops::Range<usize>| powers.clone().slice([0..n, columns]).sum_dim(1);
    let rivals = match (at, items - at - 1) {
        (0, _) => rest(1..items),
        (_, 0) => rest(0..at),
        _ => rest(0..at) + rest(at + 1..items),
    };
    own - peak - rivals.clamp_min(f32::MIN_POSITIVE).log()
}
