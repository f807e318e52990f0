//! Single columns of the logits that get something added, row by row: what the copy path and the transitions have in common.

use burn::tensor::{Device, Tensor, TensorData};

use crate::kernel::boosts::scatter;

/// What is pointed at from each row: R slots a row, all at different columns.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pointers {
    /// Slots a row, R.
    pub slots: usize,
    /// Each slot's column. `[N · R]`
    pub columns: Vec<u32>,
    /// Is the slot used? The others point at what the row does not. `[N · R]`
    pub used: Vec<bool>,
    /// What is known of each slot, feature by feature; 0 where it is not used. `[F][N · R]`
    pub features: Vec<Vec<f32>>,
}

/// [`Pointers`] on a device, `[N, R]` each.
#[derive(Debug, Clone)]
pub struct Pointed {
    /// Columns of the logits.
    pub columns: Tensor<2>,
    /// Feature by feature.
    pub features: Vec<Tensor<2>>,
}

impl Pointers {
    /// Of rows of columns, each named once a row, with their features.
    #[must_use]
    pub fn new<const F: usize>(rows: &[Vec<(u32, [f32; F])>]) -> Self {
        let slots = rows.iter().map(Vec::len).max().unwrap_or(0).max(1);
        let mut pointers = Self { slots, features: vec![Vec::new(); F], ..Self::default() };
        for row in rows {
            row.iter().for_each(|&(column, features)| pointers.push(column, true, features));
            // On a GPU, two slots that add to one column at once would lose one of the sums.
            let free = (0..).filter(|column| row.iter().all(|(used, _)| used != column));
            free.take(slots - row.len()).for_each(|column| pointers.push(column, false, [0.0; F]));
        }
        pointers
    }

    fn push<const F: usize>(&mut self, column: u32, used: bool, features: [f32; F]) {
        self.columns.push(column);
        self.used.push(used);
        self.features.iter_mut().zip(features).for_each(|(all, feature)| all.push(feature));
    }

    /// Feature by feature, what each row knows of its one of `columns`; 0 where it does not point there. `[F][N]`
    #[must_use]
    pub fn of(&self, columns: &[u32]) -> Vec<Vec<f32>> {
        let slot = |(row, &column): (usize, &u32)| {
            let slots = row * self.slots..(row + 1) * self.slots;
            slots.into_iter().find(|&slot| self.used[slot] && self.columns[slot] == column)
        };
        let slots: Vec<Option<usize>> = columns.iter().enumerate().map(slot).collect();
        let of = |feature: &Vec<f32>| slots.iter().map(|slot| slot.map_or(0.0, |slot| feature[slot])).collect();
        self.features.iter().map(of).collect()
    }

    /// The rows' records as [`boosts::Input`](crate::kernel::boosts::Input) takes them, one row after another. `offsets`: what is added to
    /// each slot's column beside its boost; `own`: what rows know of columns of their own, by feature.
    #[must_use]
    pub fn records(&self, offsets: Option<&[f32]>, own: Option<&[Vec<f32>]>) -> Vec<f32> {
        let record = |column: f32, offset: Option<f32>, of: &[Vec<f32>], at: usize| {
            let features: Vec<f32> = of.iter().map(|feature| feature[at]).collect();
            std::iter::once(column).chain(offset).chain(features)
        };
        let rows = self.columns.len() / self.slots;
        let fields = 1 + usize::from(offsets.is_some()) + self.features.len();
        let mut records = Vec::with_capacity(rows * (self.slots + usize::from(own.is_some())) * fields);
        for row in 0..rows {
            for slot in row * self.slots..(row + 1) * self.slots {
                let offset = offsets.map(|offsets| offsets[slot]);
                records.extend(record(self.columns[slot] as f32, offset, &self.features, slot));
            }
            records.extend(own.into_iter().flat_map(|own| record(0.0, offsets.map(|_| 0.0), own, row)));
        }
        records
    }

    /// Sends them.
    #[must_use]
    pub fn to_device(&self, device: &Device) -> Pointed {
        let rows = self.columns.len() / self.slots;
        let tensor = |values: Vec<f32>| Tensor::<2>::from_data(TensorData::new(values, [rows, self.slots]), device);
        Pointed {
            columns: tensor(self.columns.iter().map(|&column| column as f32).collect()),
            features: self.features.iter().cloned().map(tensor).collect(),
        }
    }
}

/// Logits with each slot's boost added to its column. `[N, S]`
#[must_use]
pub fn add(logits: Tensor<2>, boosts: Tensor<2>, pointed: &Pointed) -> Tensor<2> {
    scatter(logits, boosts, pointed.columns.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_rows_are_filled_with_columns_that_they_do_not_point_at() {
        let pointers = Pointers::new(&[vec![(0, [1.0]), (2, [2.0]), (5, [3.0])], vec![(1, [4.0])], vec![]]);
        assert_eq!(pointers.slots, 3);
        assert_eq!(pointers.columns, [0, 2, 5, 1, 0, 2, 0, 1, 2]);
        assert_eq!(pointers.features, [[1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0]]);
        assert_eq!(pointers.used, [true, true, true, true, false, false, false, false, false]);
        assert_eq!(pointers.of(&[2, 1, 0]), [[2.0, 4.0, 0.0]]);
        let own = [vec![7.0, 8.0, 9.0]];
        let records = pointers.records(Some(&[0.5; 9]), Some(&own));
        assert_eq!(records[..12], [0.0, 0.5, 1.0, 2.0, 0.5, 2.0, 5.0, 0.5, 3.0, 0.0, 0.0, 7.0]);
        assert_eq!(records[records.len() - 3..], [0.0, 0.0, 9.0]);
        assert_eq!(pointers.records(None, None)[..4], [0.0, 1.0, 2.0, 2.0]);
        let none = Pointers::new::<1>(&[vec![]]);
        assert_eq!((none.slots, none.used), (1, vec![false]));
    }
}
