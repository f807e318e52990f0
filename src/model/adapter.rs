//! What one visitor adds to a model that was trained without them, beside the model, which stays as it is.
//!
//! ```text
//! p(i) = softmax over all items of (log p_base(i) + u · v_i / |v| + a · ln(1 + seen_i))
//! ```
//!
//! `v_i` is the item's vector, |v| the mean length of all, `seen_i` how often the visitor viewed i, with a half-life of 30 of their views. u and a
//! start at 0 and are learned event by event, after each was predicted, by one step of gradient descent with a step size that falls with the
//! gradients seen (`AdaGrad`, Duchi et al., 2011, one size for u, one for a). So the gain on each event is honest: it was predicted before it was learned.
//! The adapter is used only while the gains' mean is more than one standard error above 0, over the last [`JUDGED`] events and at least [`FEWEST`].

use burn::tensor::{Tensor, TensorData, activation};

use crate::catalogue::ItemIndex;

/// Step sizes of u and of a.
const STEPS: [f32; 2] = [1.0, 0.5];
/// What is left of a view's weight after each later one.
const DECAY: f32 = 0.977_16;
/// The latest events that judge.
const JUDGED: usize = 200;
/// Fewer events say nothing.
const FEWEST: usize = 10;

/// See the module.
#[derive(Debug, Clone)]
pub struct Adapter {
    /// The model's. `[n_items, d]`
    vectors: Tensor<2>,
    /// What makes them of length 1 on average.
    scale: f32,
    /// `[d, 1]`
    u: Tensor<2>,
    a: f32,
    squares: [f32; 2],
    /// Items seen and their weight.
    seen: Vec<(ItemIndex, f32)>,
    gains: Vec<f32>,
}

impl Adapter {
    /// Knows nothing of the visitor. `vectors`: the model's. `[n_items, d]`
    #[must_use]
    pub fn new(vectors: Tensor<2>) -> Self {
        let [_, dim] = vectors.dims();
        let square = numbers(vectors.clone().square().sum_dim(1)).iter().sum::<f32>() / vectors.dims()[0].max(1) as f32;
        let u = Tensor::zeros([dim, 1], &vectors.device());
        let scale = 1.0 / square.max(1e-12).sqrt();
        Self { vectors, scale, u, a: 0.0, squares: [1e-3; 2], seen: Vec::new(), gains: Vec::new() }
    }

    /// Base scores, adapted; probabilities. Both `[n_items]`.
    #[must_use]
    pub fn probabilities(&self, scores: &[f32]) -> Vec<f32> {
        let mut added = numbers(self.vectors.clone().matmul(self.u.clone() * self.scale));
        self.seen.iter().for_each(|(item, weight)| added[item.index()] += self.a * weight.ln_1p());
        softmax(scores.iter().zip(added).map(|(score, more)| score + more).collect(), &self.vectors)
    }

    /// Learns that `item` followed, where the base model gave `scores`. `[n_items]`
    pub fn learn(&mut self, scores: Vec<f32>, item: ItemIndex) {
        let mut wrong = self.probabilities(&scores);
        let base = softmax(scores, &self.vectors);
        let at = item.index();
        self.gains.push((wrong[at].max(f32::MIN_POSITIVE) / base[at].max(f32::MIN_POSITIVE)).ln());
        wrong[at] -= 1.0;
        let of_a: f32 = self.seen.iter().map(|(item, weight)| wrong[item.index()] * weight.ln_1p()).sum();
        let items = wrong.len();
        let wrong = Tensor::<2>::from_data(TensorData::new(wrong, [items, 1]), &self.vectors.device());
        let of_u = self.vectors.clone().transpose().matmul(wrong) * self.scale; // [d, 1]
        let square: f32 = numbers(of_u.clone()).iter().map(|slope| slope * slope).sum();
        self.squares[0] += square;
        self.squares[1] += of_a * of_a;
        self.u = self.u.clone() - of_u * (STEPS[0] / self.squares[0].sqrt());
        self.a -= STEPS[1] * of_a / self.squares[1].sqrt();
    }

    /// Counts a view, predicted or not.
    pub fn view(&mut self, item: ItemIndex) {
        self.seen.iter_mut().for_each(|(_, weight)| *weight *= DECAY);
        match self.seen.iter_mut().find(|(seen, _)| *seen == item) {
            Some((_, weight)) => *weight += 1.0,
            None => self.seen.push((item, 1.0)),
        }
    }

    /// Mean gain over the base model in nats an event, and the events it is of.
    #[must_use]
    pub fn gain(&self) -> (f32, usize) {
        let (mean, _, events) = self.judge();
        (mean, events)
    }

    /// Does it predict the visitor better than the base model alone?
    #[must_use]
    pub fn helps(&self) -> bool {
        let (mean, error, events) = self.judge();
        events >= FEWEST && mean > error
    }

    /// Mean, standard error and number of the latest gains.
    fn judge(&self) -> (f32, f32, usize) {
        let latest = &self.gains[self.gains.len().saturating_sub(JUDGED)..];
        let count = latest.len().max(2) as f32;
        let mean = latest.iter().sum::<f32>() / count;
        let variance = latest.iter().map(|gain| (gain - mean).powi(2)).sum::<f32>() / (count - 1.0);
        (mean, (variance / count).sqrt(), latest.len())
    }
}

fn softmax(scores: Vec<f32>, like: &Tensor<2>) -> Vec<f32> {
    let items = scores.len();
    numbers(activation::softmax(Tensor::<2>::from_data(TensorData::new(scores, [1, items]), &like.device()), 1))
}

fn numbers(tensor: Tensor<2>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("Home's tensors are f32 on the CPU")
}

#[cfg(all(test, feature = "cpu"))]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::rng::{Stream, generator};

    /// A visitor that views `of` what the base finds equally likely; the adapter after 60 events.
    fn visitor(of: impl Fn(f32) -> u32) -> Adapter {
        let device = crate::device::cpu().unwrap();
        let vectors = [[1.0_f32, 0.0], [0.9, 0.1], [1.0, 0.1], [0.0, 1.0], [0.1, 0.9], [0.1, 1.0]];
        let mut adapter = Adapter::new(Tensor::from_data(vectors, &device));
        let mut random = generator(2, Stream::Order, 0);
        for _ in 0..60 {
            let item = ItemIndex(of(random.random()));
            adapter.learn(vec![0.0; 6], item);
            adapter.view(item);
        }
        adapter
    }

    #[test]
    fn a_taste_is_learned_and_moves_what_was_never_viewed() {
        let adapter = visitor(|draw| u32::from(draw < 0.5));
        assert!(adapter.helps() && adapter.gain().0 > 0.3, "{:?}", adapter.gain());
        let probabilities = adapter.probabilities(&[0.0; 6]);
        assert!(probabilities[2] > 1.5 * probabilities[5], "{probabilities:?}");
        assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }

    #[test]
    fn where_there_is_no_taste_it_stays_off() {
        let adapter = visitor(|draw| (draw * 6.0) as u32);
        assert!(!adapter.helps(), "{:?}", adapter.gain());
        let nothing = Adapter::new(adapter.vectors.clone());
        assert!(!nothing.helps() && nothing.gain() == (0.0, 0));
    }
}
