//! Additive attention over the states of the session so far (Bahdanau et al., 2015).

use burn::tensor::Tensor;

use super::parameters::Spec;
use crate::kernel::additive_attention::{self, Input};
use crate::kernel::linear::linear;

/// Projections and scorer.
#[derive(Debug, Clone)]
pub struct Attention {
    /// `W_q`, `[A, H]`.
    query: Tensor<2>,
    /// `W_k`, `[A, H]`.
    key: Tensor<2>,
    /// `v`, `[1, A]`.
    scorer: Tensor<2>,
}

/// The last K states of each lane, for the windows to come.
#[derive(Debug, Clone)]
pub struct Cache {
    /// `[K, B, A]`
    pub keys: Tensor<3>,
    /// `[K, B, H]`
    pub values: Tensor<3>,
    /// `[K, B]`
    pub sessions: Tensor<2>,
}

impl Attention {
    /// Its matrices, in order (`PyTorch`'s rule for linear layers: ± 1/√inputs).
    pub(super) fn specs(name: &str, hidden: usize, width: usize) -> Vec<Spec> {
        let spec = |suffix: &str, shape: [usize; 2]| {
            Spec::uniform(format!("{name}.{suffix}"), shape, (shape[1] as f32).sqrt().recip())
        };
        vec![
            spec("query.weight", [width, hidden]),
            spec("key.weight", [width, hidden]),
            spec("scorer.weight", [1, width]),
        ]
    }

    /// Takes its matrices, in the order of [`Self::specs`].
    pub(super) fn take(weights: &mut impl Iterator<Item = Tensor<2>>) -> Option<Self> {
        Some(Self { query: weights.next()?, key: weights.next()?, scorer: weights.next()? })
    }

    /// The kernel's input, with the cache before the window.
    fn input(&self, states: Tensor<3>, sessions: Tensor<2>, cache: Cache) -> Input {
        let project = |weight: &Tensor<2>, states: Tensor<3>| {
            let [steps, batch, hidden] = states.dims();
            let [width, _] = weight.dims();
            linear(states.reshape([steps * batch, hidden]), weight.clone(), None).reshape([steps, batch, width])
        };
        let [_, width] = self.scorer.dims();
        Input {
            queries: project(&self.query, states.clone()),
            keys: Tensor::cat(vec![cache.keys, project(&self.key, states.clone())], 0),
            values: Tensor::cat(vec![cache.values, states], 0),
            scorer: self.scorer.clone().reshape([width]),
            sessions: Tensor::cat(vec![cache.sessions, sessions], 0),
        }
    }

    /// Contexts `[T, B, H]` and the cache for the next window.
    ///
    /// # Shapes
    /// - `states`: `[T, B, H]`, queries, keys and values alike
    /// - `sessions`: `[T, B]`, numbers that differ between neighbouring sessions of a lane
    #[must_use]
    pub fn forward(&self, states: Tensor<3>, sessions: Tensor<2>, cache: Cache) -> (Tensor<3>, Cache) {
        let input = self.input(states, sessions, cache);
        let next = next_cache(&input);
        (additive_attention::additive_attention(input), next)
    }

    /// As [`Self::forward`], with the weights `[T, K, B]`; the last of the K is the step itself.
    #[must_use]
    pub fn forward_with_weights(
        &self,
        states: Tensor<3>,
        sessions: Tensor<2>,
        cache: Cache,
    ) -> (Tensor<3>, Cache, Tensor<3>) {
        let input = self.input(states, sessions, cache);
        let next = next_cache(&input);
        let (contexts, weights) = additive_attention::plain(input);
        (contexts, next, weights)
    }
}

/// The last K positions, cut off from the graph: back-propagation is truncated at the window's edge.
fn next_cache(input: &Input) -> Cache {
    let [steps, batch, _] = input.queries.dims();
    let [positions, _, hidden] = input.values.dims();
    let [_, _, width] = input.keys.dims();
    Cache {
        keys: input.keys.clone().without_autodiff().slice([steps..positions, 0..batch, 0..width]),
        values: input.values.clone().without_autodiff().slice([steps..positions, 0..batch, 0..hidden]),
        sessions: input.sessions.clone().without_autodiff().slice([steps..positions, 0..batch]),
    }
}
