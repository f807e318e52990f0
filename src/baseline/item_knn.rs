//! Items that are seen by the same people (item-kNN: Sarwar et al., WWW 2001; damped as the baseline of Hidasi et al., "Session-based
//! Recommendations with Recurrent Neural Networks", ICLR 2016).

use super::sums::Sums;
use super::{Baseline, Popularity, distinct, latest_first, sessions_of_items};
use crate::catalogue::ItemIndex;
use crate::lists::Lists;
use crate::sequences::Sequences;

/// Added to both items' numbers of sessions: keeps rare pairs from being the most similar.
const SHRINKAGE: f32 = 20.0;
/// Neighbours kept per item.
const NEIGHBOURS: usize = 200;

/// Cosines of items over the sessions that hold them: `n_ab / √((n_a + 20)(n_b + 20))`. A context's items vote for their 200 nearest,
/// each with the weight 1 / steps from the end.
#[derive(Debug, Clone)]
pub struct ItemKnn {
    neighbours: Lists<(u32, f32)>,
    popularity: Popularity,
}

impl ItemKnn {
    /// Counts co-occurrences.
    #[must_use]
    pub fn new(sequences: &Sequences) -> Self {
        let containing = sessions_of_items(sequences);
        let sessions: Vec<Vec<u32>> = sequences.sessions.iter().map(|session| distinct(session)).collect();
        let norm = |item: usize| (containing.of(item).len() as f32 + SHRINKAGE).sqrt();
        let norms: Vec<f32> = (0..sequences.items).map(norm).collect();
        let mut sums = Sums::new(sequences.items);
        let neighbours = Lists::from_rows((0..sequences.items).map(|item| {
            let together = containing.of(item).iter().flat_map(|&at| &sessions[at as usize]);
            together.filter(|&&other| other as usize != item).for_each(|&other| sums.add(other, 1.0));
            nearest(
                sums.take().into_iter().map(|(other, n)| (other, n / (norms[item] * norms[other as usize]))).collect(),
            )
        }));
        Self { neighbours, popularity: Popularity::new(sequences) }
    }
}

fn nearest(mut neighbours: Vec<(u32, f32)>) -> Vec<(u32, f32)> {
    neighbours.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    neighbours.truncate(NEIGHBOURS);
    neighbours
}

impl Baseline for ItemKnn {
    fn scores(&self, context: &[ItemIndex]) -> Vec<f32> {
        let mut sums = Sums::new(self.popularity.counts().len());
        for (step, item) in latest_first(context).iter().enumerate() {
            let weight = 1.0 / (step as f32 + 1.0);
            self.neighbours.of(item.index()).iter().for_each(|&(other, cosine)| sums.add(other, weight * cosine));
        }
        self.popularity.under(sums.take())
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{close, items, sequences};
    use super::*;

    #[test]
    fn similarity_is_the_damped_cosine_and_later_items_weigh_more() {
        let knn = ItemKnn::new(&sequences(4, &[&[0, 1, 0], &[1, 0], &[1, 2]]));
        // n_0 = 2, n_1 = 3, n_2 = 1; n_01 = 2, n_12 = 1.
        let scores = knn.scores(&items(&[0]));
        close(scores[1], 2.0 / (22.0_f32 * 23.0).sqrt());
        assert!(scores[0] <= 0.0 && scores[2] <= 0.0, "no neighbours: {scores:?}");
        let scores = knn.scores(&items(&[0, 2]));
        close(scores[1], 1.0 / (21.0_f32 * 23.0).sqrt() + 0.5 * 2.0 / (22.0_f32 * 23.0).sqrt());
    }
}
