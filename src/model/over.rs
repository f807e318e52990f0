//! The same model over other items: today's catalogue in place of the one that it was trained on.

use std::sync::Arc;

use super::{Likeness, Model, Reading, read_shards};
use crate::catalogue::ItemIndex;
use crate::embedding::content::{Features, Regression};
use crate::error::Result;
use crate::kernel::shards::Shards;

impl Model {
    /// Over other items. `from`: where each of them stands among the model's; `None` for new ones, which get vectors from their texts.
    /// `views`: how often each was viewed, 0 for those whose vectors are not trained; `weights`: how much texts tell. Both as long as `from`.
    ///
    /// # Errors
    /// [`Error::Device`](crate::error::Error::Device) where the vectors cannot be read back.
    pub async fn over(
        &self,
        from: &[Option<ItemIndex>],
        views: &[u32],
        features: Features,
        weights: [f32; 3],
    ) -> Result<Self> {
        let mut model = self.trained().clone();
        for table in model.item_tables_mut() {
            *table = gathered(table, from).await?;
        }
        if let Self::Sequence(model) = &mut model
            && let Some(transitions) = &model.transitions
        {
            model.transitions = Some(Arc::new(transitions.over(from)));
        }
        let new = features.untrained(views);
        if new.is_empty() && weights[1] == 0.0 {
            return Ok(model);
        }
        if let Some(regression) = Regression::new(&features, views).filter(|_| !new.is_empty()) {
            model.fill_new(&regression, &new).await?;
        }
        Ok(model.with_likeness(Likeness::new(features), &Reading { weights, new }))
    }

    /// Every tensor that holds a row an item.
    fn item_tables_mut(&mut self) -> Vec<&mut Shards> {
        match self {
            Self::Glove(model) => {
                vec![&mut model.input, &mut model.input_bias, &mut model.output, &mut model.output_bias]
            }
            model => model.tables_mut(),
        }
    }
}

/// Rows of a table; zeros where there is none.
async fn gathered(table: &Shards, from: &[Option<ItemIndex>]) -> Result<Shards> {
    let (device, [_, dim]) = (table.device(), table.dims());
    let values = read_shards(table).await?;
    let mut rows = vec![0.0; from.len() * dim];
    for (row, old) in rows.chunks_exact_mut(dim).zip(from) {
        if let Some(old) = old {
            row.copy_from_slice(&values[old.index() * dim..][..dim]);
        }
    }
    Ok(Shards::new(rows, [from.len(), dim], &device))
}
