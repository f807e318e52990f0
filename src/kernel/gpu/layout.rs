//! How tensors lie, and how units are laid over them.

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::Ops;
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::tensor::Shape;
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use cubecl::prelude::{CubeCount, CubeDim};

use super::Gpu;

/// Units of a workgroup where each works alone.
pub(super) const ALONE: usize = 64;
/// Workgroups along one axis: WebGPU's limit.
const MOST_CUBES: usize = 65_535;

/// How a recurrence is laid out: a unit for four hidden units of `lanes` lanes, `groups` of such units in a workgroup.
pub(super) struct Scan {
    pub(super) hidden: usize,
    pub(super) batch: usize,
    pub(super) groups: usize,
    pub(super) lanes: usize,
}

impl Scan {
    /// Lanes that a unit takes at most: each weight that it loads serves as many.
    const LANES: usize = 4;
    /// With fewer workgroups a GPU idles.
    const WORKGROUPS: usize = 32;
    const MOST_UNITS: usize = 256;
    /// WebGPU's default, in numbers.
    const WORKGROUP_MEMORY: usize = 16 * 1024 / 4;

    /// Can this width be scanned?
    pub(super) fn fits(hidden: usize) -> bool {
        hidden.is_multiple_of(4) && hidden / 4 <= Self::MOST_UNITS && 4 * hidden <= Self::WORKGROUP_MEMORY
    }

    /// `shared`: numbers in workgroup memory for each hidden unit of a lane.
    pub(super) fn new(hidden: usize, batch: usize, shared: usize) -> Self {
        let groups = (ALONE / (hidden / 4)).max(1);
        let room = Self::WORKGROUP_MEMORY / (shared * hidden);
        let groups = groups.min(batch).min(room);
        let lanes = (batch / (groups * Self::WORKGROUPS)).clamp(1, Self::LANES).min(room / groups);
        Self { hidden, batch, groups, lanes }
    }

    pub(super) fn count(&self) -> CubeCount {
        CubeCount::Static(self.batch.div_ceil(self.groups * self.lanes) as u32, 1, 1)
    }

    pub(super) fn dim(&self) -> CubeDim {
        CubeDim::new_2d((self.hidden / 4) as u32, self.groups as u32)
    }
}

/// Workgroups for so many units that work alone.
pub(super) fn grid(units: usize) -> (CubeCount, CubeDim) {
    (spread(units.div_ceil(ALONE)), CubeDim::new_1d(ALONE as u32))
}

/// So many workgroups (or a few more), along as many axes as it takes.
pub(super) fn spread(cubes: usize) -> CubeCount {
    let rows = cubes.div_ceil(MOST_CUBES).max(1);
    CubeCount::Static(cubes.div_ceil(rows) as u32, rows as u32, 1)
}

pub(super) fn present(tensor: Gpu) -> Option<Gpu> {
    (tensor.meta.num_elements() > 0).then_some(tensor)
}

/// An uninitialised tensor.
pub(super) fn new(like: &Gpu, shape: impl Into<Shape>) -> Gpu {
    empty_device_contiguous_dtype(like.client.clone(), like.device.clone(), shape.into(), like.dtype)
}

pub(super) fn contiguous(tensor: Gpu) -> Gpu {
    into_contiguous(tensor)
}

/// Rows that lie one after another, perhaps with gaps.
pub(super) fn into_rows(tensor: Gpu) -> Gpu {
    let strides = tensor.meta.strides();
    let dense = strides[strides.len() - 1] == 1 && (strides.len() == 1 || strides[0] >= tensor.meta.shape()[1]);
    if dense { tensor } else { contiguous(tensor) }
}

/// Part of a vector, where its bytes lie if a binding may begin there.
pub(super) fn part(whole: Gpu, start: usize, end: usize) -> Gpu {
    const BYTES: u64 = 4;
    let length = whole.meta.num_elements();
    let mut part = contiguous(whole);
    let bytes = part.client.properties().memory.alignment;
    if !(start as u64 * BYTES).is_multiple_of(bytes) {
        return CubeBackend::float_slice(part, &[(start..end).into()]);
    }
    part.handle = part.handle.offset_start(start as u64 * BYTES).offset_end((length - end) as u64 * BYTES);
    part.meta.shape = Shape::new([end - start]);
    part
}

/// The same numbers, which nobody else holds.
pub(super) fn owned(tensor: Gpu) -> Gpu {
    if tensor.handle.can_mut() { tensor } else { tensor.copy() }
}

pub(super) fn transposed(tensor: Gpu) -> Gpu {
    contiguous(CubeBackend::float_swap_dims(tensor, 0, 1))
}

pub(super) fn reshaped(tensor: Gpu, shape: impl Into<Shape>) -> Gpu {
    CubeBackend::float_reshape(tensor, shape.into())
}

/// A tracked tensor's numbers.
pub(super) fn numbers<C: CheckpointStrategy>(tensor: FloatTensor<Autodiff<CubeBackend, C>>) -> Gpu {
    tensor.into_parts().0
}

/// Hands each tracked parent its gradient.
pub(super) fn register<S, const N: usize>(ops: Ops<S, N>, gradients: [Gpu; N], grads: &mut Gradients) {
    for (parent, gradient) in ops.parents.into_iter().zip(gradients) {
        if let Some(node) = parent {
            grads.register::<CubeBackend>(node.id, gradient);
        }
    }
}
