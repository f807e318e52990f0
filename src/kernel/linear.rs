//! A linear layer: `x Wᵀ + b`.

use burn::tensor::Tensor;

use super::shards::Shards;

/// Differentiable in all three.
///
/// # Shapes
/// - `x`: `[N, I]`
/// - `weight`: `[O, I]`, as `PyTorch` lays it out
/// - `bias`: `[1, O]`
/// - output: `[N, O]`
#[must_use]
pub fn linear(x: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<2>>) -> Tensor<2> {
    on_its_device!(x, linear(x, weight, bias), plain(x, weight, bias))
}

/// The same in Burn's own operations.
#[must_use]
pub fn plain(x: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<2>>) -> Tensor<2> {
    let product = x.matmul(weight.transpose());
    match bias {
        None => product,
        Some(bias) => product + bias,
    }
}

/// `x Wᵀ` of a table's rows, a shard after another: scores of all items. `[N, V]`
#[must_use]
pub fn scores(x: &Tensor<2>, table: &Shards) -> Tensor<2> {
    let mut parts: Vec<_> = table.parts().map(|(_, shard)| linear(x.clone(), shard.clone(), None)).collect();
    if parts.len() == 1 { parts.remove(0) } else { Tensor::cat(parts, 1) }
}
