//! The kernels as functions of Burn's tensors.

use burn::backend::Dispatch;
use burn::tensor::{Device, Tensor};
use burn_cubecl::CubeBackend;

use super::dot_attention::Heads;
use super::extension::{Kernels, Untracked};
use super::join::PARTS;
use super::layout::Scan;
use crate::kernel;
use crate::kernel::boosts::{Boosted, Input, Path};
use crate::kernel::rotary::Turn;
use crate::kernel::shards::{Shards, take};
use crate::kernel::view::ALIGNED;

/// See [`crate::kernel::linear::linear`].
pub(in crate::kernel) fn linear(x: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<2>>) -> Tensor<2> {
    let bias = bias.unwrap_or_else(|| Tensor::empty([0, 0], &weight.device()));
    Tensor::from_dispatch(<Dispatch as Kernels>::linear(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
    ))
}

/// See [`crate::kernel::layer_norm::layer_norm`].
pub(in crate::kernel) fn layer_norm(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<2>) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as Kernels>::layer_norm(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
    ))
}

/// See [`crate::kernel::gru_scan::gru_scan`].
pub(in crate::kernel) fn gru_scan(input: kernel::gru_scan::Input) -> Tensor<3> {
    if !Scan::fits(input.carried.dims()[1]) {
        return kernel::gru_scan::plain(input);
    }
    Tensor::from_dispatch(<Dispatch as Kernels>::gru_scan(
        input.projected.into_dispatch(),
        input.recurrent.into_dispatch(),
        input.bias.into_dispatch(),
        input.carried.into_dispatch(),
        input.keep.into_dispatch(),
    ))
}

/// See [`crate::kernel::lstm_scan::lstm_scan`].
pub(in crate::kernel) fn lstm_scan(input: kernel::lstm_scan::Input) -> Tensor<3> {
    if !Scan::fits(input.hidden.dims()[1]) {
        return kernel::lstm_scan::plain(input);
    }
    Tensor::from_dispatch(<Dispatch as Kernels>::lstm_scan(
        input.projected.into_dispatch(),
        input.recurrent.into_dispatch(),
        input.bias.into_dispatch(),
        input.hidden.into_dispatch(),
        input.cell.into_dispatch(),
        input.keep.into_dispatch(),
    ))
}

/// See [`crate::kernel::additive_attention::additive_attention`].
pub(in crate::kernel) fn additive_attention(input: kernel::additive_attention::Input) -> Tensor<3> {
    Tensor::from_dispatch(<Dispatch as Kernels>::additive_attention(
        input.queries.into_dispatch(),
        input.keys.into_dispatch(),
        input.values.into_dispatch(),
        input.scorer.into_dispatch(),
        input.sessions.into_dispatch(),
    ))
}

/// See [`crate::kernel::dot_attention::dot_attention`].
pub(in crate::kernel) fn dot_attention(input: kernel::dot_attention::Input) -> Tensor<3> {
    let device = input.stacked.device();
    Tensor::from_dispatch(<Dispatch as Kernels>::dot_attention(
        input.stacked.into_dispatch(),
        input.carried.unwrap_or_else(|| Tensor::empty([0, 0, 0], &device)).into_dispatch(),
        input.sessions.into_dispatch(),
        input.bias.unwrap_or_else(|| Tensor::empty([0, 0, 0, 0], &device)).into_dispatch(),
        Heads { count: input.heads, causal: input.causal },
    ))
}

/// See [`crate::kernel::rotary::rotate`].
pub(in crate::kernel) fn rotate(x: Tensor<3>, turn: Turn) -> Tensor<3> {
    Tensor::from_dispatch(<Dispatch as Kernels>::rotate(x.into_dispatch(), turn))
}

/// See [`crate::kernel::seed::seed`].
pub(in crate::kernel) fn seed(output: Tensor<2>, gradient: Tensor<2>) -> Tensor<1> {
    Tensor::from_dispatch(<Dispatch as Kernels>::seed(output.into_dispatch(), gradient.into_dispatch()))
}

/// See [`crate::kernel::softmax_cross_entropy`].
pub(in crate::kernel) fn softmax_cross_entropy(
    input: kernel::softmax_cross_entropy::Input,
) -> kernel::softmax_cross_entropy::Output {
    let empty = Tensor::<1>::empty([0], &input.weights.device());
    let apart = input.own.is_some();
    let (loss, logits, own) = <Dispatch as Untracked>::softmax_cross_entropy(
        input.logits.into_dispatch(),
        input.targets.into_dispatch(),
        input.own.unwrap_or_else(|| empty.clone()).into_dispatch(),
        input.weights.into_dispatch(),
        input.bias.unwrap_or(empty).into_dispatch(),
    );
    let (loss, logits, own) = (Tensor::from_dispatch(loss), Tensor::from_dispatch(logits), Tensor::from_dispatch(own));
    kernel::softmax_cross_entropy::Output { loss, logits, own: apart.then_some(own) }
}

/// See [`crate::kernel::boosts::add`].
pub(in crate::kernel) fn boost(input: &Input, logits: Tensor<2>, own: Option<Tensor<1>>) -> Boosted {
    let ([_, dim], count) = (input.hidden.dims(), input.path.gates());
    let gate = view(input.weights.clone(), 0..count * dim).reshape([count, dim]);
    let bias = (input.path == Path::Transitions)
        .then(|| view(input.weights.clone(), count * dim..count * dim + count).reshape([1, count]));
    let gates = linear(input.hidden.clone(), gate, bias);
    let apart = own.is_some();
    let own = own.unwrap_or_else(|| Tensor::empty([0], &input.weights.device()));
    let (logits, own) = <Dispatch as Untracked>::boost(
        input.path,
        input.weights.clone().into_dispatch(),
        gates.clone().into_dispatch(),
        input.records.clone().into_dispatch(),
        input.slots,
        logits.into_dispatch(),
        own.into_dispatch(),
    );
    let own = Tensor::from_dispatch(own);
    Boosted { logits: Tensor::from_dispatch(logits), own: apart.then_some(own), gates }
}

/// See [`crate::kernel::boosts::gradients`].
pub(in crate::kernel) fn boost_gradients(
    input: &Input,
    gates: Tensor<2>,
    [d_logits, d_hidden]: [Tensor<2>; 2],
    d_own: Option<Tensor<1>>,
) -> (Tensor<2>, Tensor<1>) {
    let d_own = d_own.unwrap_or_else(|| Tensor::empty([0], &input.weights.device()));
    let (d_hidden, d_weights) = <Dispatch as Untracked>::boost_gradients(
        input.path,
        input.weights.clone().into_dispatch(),
        gates.into_dispatch(),
        input.records.clone().into_dispatch(),
        input.slots,
        input.hidden.clone().into_dispatch(),
        d_logits.into_dispatch(),
        d_own.into_dispatch(),
        d_hidden.into_dispatch(),
    );
    (Tensor::from_dispatch(d_hidden), Tensor::from_dispatch(d_weights))
}

/// See [`crate::kernel::join::join`].
pub(in crate::kernel) fn join(parts: Vec<Tensor<1>>) -> Tensor<1> {
    let device = parts[0].device();
    let sizes: Vec<usize> = parts.iter().map(|part| part.dims()[0]).collect();
    let mut whole = Tensor::<1>::empty([sizes.iter().sum::<usize>()], &device);
    let mut start = 0;
    for (parts, sizes) in parts.chunks(PARTS).zip(sizes.chunks(PARTS)) {
        let mut parts = parts.iter().cloned();
        let mut part = || parts.next().unwrap_or_else(|| Tensor::empty([0], &device)).into_dispatch();
        let [a, b, c, d, e, f] = std::array::from_fn(|_| part());
        whole = Tensor::from_dispatch(<Dispatch as Untracked>::lay(whole.into_dispatch(), a, b, c, d, e, f, start));
        start += sizes.iter().sum::<usize>();
    }
    whole
}

/// See [`crate::kernel::row_dots::row_dots`].
pub(in crate::kernel) fn row_dots(a: Tensor<2>, b: Tensor<2>) -> Tensor<1> {
    Tensor::from_dispatch(<Dispatch as Untracked>::row_dots(a.into_dispatch(), b.into_dispatch()))
}

/// See [`crate::kernel::row_dots::gradients`].
pub(in crate::kernel) fn row_dot_gradients(
    [a, b]: [Tensor<2>; 2],
    slopes: Tensor<1>,
    d_a: Tensor<2>,
) -> [Tensor<2>; 2] {
    let (d_a, d_b) = <Dispatch as Untracked>::row_dot_gradients(
        a.into_dispatch(),
        b.into_dispatch(),
        slopes.into_dispatch(),
        d_a.into_dispatch(),
    );
    [Tensor::from_dispatch(d_a), Tensor::from_dispatch(d_b)]
}

/// See [`crate::kernel::matmul::product`].
pub(in crate::kernel) fn product(a: Tensor<2>, b: Tensor<2>, transposed: [bool; 2]) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as Untracked>::product(a.into_dispatch(), b.into_dispatch(), transposed))
}

/// See [`crate::kernel::rows::gather`].
pub(in crate::kernel) fn gather(table: &Shards, rows: Tensor<1>) -> Tensor<2> {
    let ([_, width], [count]) = (table.dims(), rows.dims());
    let empty = Tensor::<2>::empty([count, width], &rows.device());
    table.parts().fold(empty, |out, (first, shard)| {
        Tensor::from_dispatch(<Dispatch as Untracked>::gather(
            out.into_dispatch(),
            shard.clone().into_dispatch(),
            rows.clone().into_dispatch(),
            first,
        ))
    })
}

/// See [`crate::kernel::rows::put`].
pub(in crate::kernel) fn put(table: &mut Shards, rows: Tensor<1>, numbers: Tensor<2>) {
    for (first, shard) in table.parts_mut() {
        *shard = Tensor::from_dispatch(<Dispatch as Untracked>::put(
            take(shard).into_dispatch(),
            rows.clone().into_dispatch(),
            numbers.clone().into_dispatch(),
            first,
        ));
    }
}

/// How many numbers a device binds at once.
pub(in crate::kernel) fn most_numbers(device: &Device) -> usize {
    let probe = Tensor::<1>::empty([0], device).try_into_primitive::<CubeBackend>();
    probe.map_or(usize::MAX, |probe| (probe.client.properties().memory.max_page_size / 4) as usize)
}

/// See [`crate::kernel::rows::sum`].
pub(in crate::kernel) fn sum_rows(
    first: Option<Tensor<2>>,
    groups: kernel::rows::Groups,
    gradients: Tensor<2>,
    more: Option<Tensor<2>>,
) -> Tensor<2> {
    let empty = Tensor::empty([0, 0], &gradients.device());
    let (first, more) = (first.unwrap_or_else(|| empty.clone()), more.unwrap_or(empty));
    Tensor::from_dispatch(<Dispatch as Untracked>::sum_rows(
        first.into_dispatch(),
        groups.offsets.into_dispatch(),
        groups.order.into_dispatch(),
        gradients.into_dispatch(),
        more.into_dispatch(),
    ))
}

/// See [`crate::kernel::adam_step`].
pub(in crate::kernel) fn adam_step(
    input: kernel::adam_step::Input,
    rows: Option<(Tensor<1>, usize)>,
) -> (Tensor<2>, Tensor<2>, Tensor<2>) {
    let (rows, start) = rows.unwrap_or_else(|| (Tensor::empty([0], &input.scalars.device()), 0));
    let (weights, first, second) = <Dispatch as Untracked>::adam(
        input.weights.into_dispatch(),
        input.first.into_dispatch(),
        input.second.into_dispatch(),
        rows.into_dispatch(),
        start,
        input.gradient.into_dispatch(),
        input.scalars.into_dispatch(),
    );
    (Tensor::from_dispatch(weights), Tensor::from_dispatch(first), Tensor::from_dispatch(second))
}

/// See [`crate::kernel::clip::scalars`].
pub(in crate::kernel) fn clipped_scalars(gradients: [Tensor<2>; 2], scalars: Tensor<1>, clip: f32) -> [Tensor<1>; 2] {
    let [a, b] = gradients;
    let both = Tensor::<2>::from_dispatch(<Dispatch as Untracked>::clipped_scalars(
        a.into_dispatch(),
        b.into_dispatch(),
        scalars.into_dispatch(),
        clip,
    ));
    let both = both.reshape([2 * ALIGNED]);
    [0, ALIGNED].map(|start| view(both.clone(), start..start + 4))
}

/// See [`crate::kernel::view::view`].
pub(in crate::kernel) fn view(whole: Tensor<1>, part: std::ops::Range<usize>) -> Tensor<1> {
    Tensor::from_dispatch(<Dispatch as Untracked>::view(whole.into_dispatch(), part.start, part.end))
}
