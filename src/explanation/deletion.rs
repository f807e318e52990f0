//! How well an order of a context's items says what matters (the deletion metric of Petsiuk et al., "RISE", 2018).

use super::{log_odds, recent, rows, without};
use crate::catalogue::ItemIndex;
use crate::error::Result;
use crate::model::Model;

/// Takes a context's items away, in the order given, all views of one at a time; the mean, over these deletions, of how far the item's
/// log-odds have fallen, in nats. The higher, the earlier the order names what matters.
///
/// # Errors
/// [`Error::Checkpoint`](crate::error::Error::Checkpoint) where the model's weights are missing.
pub fn deletion(model: &Model, context: &[ItemIndex], item: ItemIndex, order: &[ItemIndex]) -> Result<f32> {
    let context = recent(context);
    if order.is_empty() {
        return Ok(0.0);
    }
    let variants: Vec<Vec<ItemIndex>> = (0..=order.len()).map(|n| without(context, &order[..n])).collect();
    let variants: Vec<&[ItemIndex]> = variants.iter().map(Vec::as_slice).collect();
    let odds: Vec<f32> = rows(model.scores(&variants)?).iter().map(|scores| log_odds(scores, item)).collect();
    Ok(odds[1..].iter().map(|after| odds[0] - after).sum::<f32>() / order.len() as f32)
}
