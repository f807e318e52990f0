//! A large item table, rounded to eight bits: read in place of it, where the best items are scored again.

use burn::tensor::{Tensor, TensorData};
use homebody_simd::bytes::Bytes;

use crate::catalogue::ItemIndex;
use crate::kernel::linear::linear;
use crate::kernel::rows::gather;
use crate::model::SequenceModel;
use crate::ranking::top_k;

/// Smaller catalogues are read as they are.
const LARGE: usize = 100_000;
/// The best items by rounded scores, which are scored anew. Of trained and of random tables, the exact ten best were among the best fifty.
const RESCORED: usize = 256;

/// The rounded item table of a model of a large catalogue.
#[derive(Debug, Clone)]
pub(super) struct Coarse(Bytes);

impl Coarse {
    /// Of a causal model; `None` where its catalogue is not large.
    pub(super) fn of(model: &SequenceModel) -> Option<Self> {
        let [items, dim] = model.items.dims();
        let is_large = items >= LARGE && !model.config.is_bidirectional();
        is_large.then(|| Self(Bytes::new(&numbers(model.items.whole()), dim)))
    }

    /// `hidden · itemsᵀ`, exact for the items that come out best. `[1, d] → [1, n_items]`
    pub(super) fn product(&self, model: &SequenceModel, hidden: Tensor<2>) -> Tensor<2> {
        let device = hidden.device();
        let mut scores = self.0.dots(&numbers(hidden.clone()));
        let best: Vec<ItemIndex> = top_k(&scores, RESCORED, |_| true).into_iter().map(|ranked| ranked.item).collect();
        let places = TensorData::new(best.iter().map(|item| item.0 as f32).collect::<Vec<_>>(), [best.len()]);
        let rows = gather(&model.items, Tensor::from_data(places, &device));
        let exact = numbers(linear(hidden, rows, None));
        best.iter().zip(exact).for_each(|(item, score)| scores[item.index()] = score);
        let items = scores.len();
        Tensor::from_data(TensorData::new(scores, [1, items]), &device)
    }
}

fn numbers(tensor: Tensor<2>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("Home's tensors are f32 on the CPU")
}

#[cfg(all(test, feature = "cpu"))]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::encoder::{EncoderConfig, Kind};
    use crate::rng::{Stream, generator};

    #[test]
    fn the_best_of_a_large_catalogue_stay_the_best_with_their_exact_scores() {
        let device = crate::device::cpu().unwrap();
        let mut random = generator(1, Stream::Weights, 0);
        let mut noise = |rows: usize, dim: usize| {
            // Sums of three are about normal.
            let values = (0..rows * dim).map(|_| (0..3).map(|_| random.random::<f32>() - 0.5).sum::<f32>());
            Tensor::<2>::from_data(TensorData::new(values.collect::<Vec<_>>(), [rows, dim]), &device)
        };
        let dim = 24;
        let (items, dense) = (noise(LARGE, dim), noise(1, 1));
        let config = EncoderConfig::new(Kind::Gru, dim, 10);
        let model = SequenceModel { config, items: items.into(), dense, transitions: None };
        let small = SequenceModel { items: model.items.whole().slice([0..LARGE - 1]).into(), ..model.clone() };
        assert!(Coarse::of(&small).is_none());
        let coarse = Coarse::of(&model).unwrap();
        for _ in 0..5 {
            let hidden = noise(1, dim);
            let exact = numbers(crate::kernel::linear::scores(&hidden, &model.items));
            let scores = numbers(coarse.product(&model, hidden));
            let best = top_k(&exact, 10, |_| true);
            let ours = top_k(&scores, 10, |_| true);
            for (ours, exact) in ours.iter().zip(&best) {
                assert_eq!(ours.item, exact.item);
                assert!((ours.score - exact.score).abs() < 1e-4);
            }
            let off = exact.iter().zip(&scores).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(off < 0.02 * best[0].score, "the others' scores are near: {off}");
        }
    }
}
