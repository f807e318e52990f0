//! How well an order of a context's items says what matters (the deletion metric of Petsiuk et al., "RISE", 2018).

use super::{REACH, log_odds, scored_without};
use crate::catalogue::ItemIndex;
use crate::error::Result;
use crate::model::Model;
use crate::sequences::Context;

/// Takes a context's items away, in the order given, all views of one at a time; the mean, over these deletions, of how far the item's
/// log-odds have fallen, in nats. The higher, the earlier the order names what matters.
///
/// # Errors
/// [`Error::Checkpoint`](crate::error::Error::Checkpoint) where the model's weights are missing.
pub fn deletion(model: &Model, context: Context<'_>, item: ItemIndex, order: &[ItemIndex]) -> Result<f32> {
    if order.is_empty() {
        return Ok(0.0);
    }
    let deleted = (0..=order.len()).map(|n| order[..n].to_vec());
    let scores = scored_without(model, context.last(REACH), deleted)?;
    let odds: Vec<f32> = scores.iter().map(|scores| log_odds(scores, item)).collect();
    Ok(odds[1..].iter().map(|after| odds[0] - after).sum::<f32>() / order.len() as f32)
}
