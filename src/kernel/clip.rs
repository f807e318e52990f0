//! Clips gradients by their common norm (Pascanu et al., 2013): `factor = min(1, clip / ‖[a, b]‖)`.

use burn::tensor::Tensor;

/// What [`adam_step`](super::adam_step) takes for each of two gradients, clipped together.
///
/// # Shapes
/// - `gradients`: `[N, d]`, any
/// - `scalars`: `[6]`: `[rate, scale, decay]` of the one, then of the other
/// - output: `[4]` each: `[rate, scale, decay, factor]`
#[must_use]
#[allow(clippy::needless_pass_by_value, reason = "the twins that a build has consume it")]
pub fn scalars(gradients: [&Tensor<2>; 2], scalars: Tensor<1>, clip: f32) -> [Tensor<1>; 2] {
    on_a_gpu!(scalars, clipped_scalars(gradients.map(Clone::clone), scalars, clip), plain(gradients, &scalars, clip))
}

/// The same in Burn's own operations.
#[must_use]
pub fn plain(gradients: [&Tensor<2>; 2], scalars: &Tensor<1>, clip: f32) -> [Tensor<1>; 2] {
    let [a, b] = gradients.map(|gradient| gradient.clone().square().sum());
    let factor = ((a + b).sqrt().clamp_min(1e-12).recip() * clip).clamp_max(1.0); // [1]
    [0..3, 3..6].map(|range| Tensor::cat(vec![scalars.clone().slice([range]), factor.clone()], 0))
}
