//! Vectors laid one after another: as many in one dispatch as can be bound.

use cubecl::prelude::*;

use super::Gpu;
use super::layout::{contiguous, grid};

/// Parts of one dispatch; the vector itself takes one binding more.
pub(super) const PARTS: usize = 6;

/// Writes the parts into `whole`, from `start` on.
pub(super) fn lay(whole: &Gpu, parts: [Option<Gpu>; PARTS], start: usize) {
    let mut end = 0;
    let ends = parts.each_ref().map(|part| {
        end += part.as_ref().map_or(0, |part| part.meta.num_elements());
        end
    });
    let [a, b, c, d, e, f] = parts.map(|part| part.map(contiguous).map(Gpu::into_buffer_arg));
    let (cubes, dim) = grid(end);
    // SAFETY: the kernel checks its bounds.
    unsafe {
        kernel::launch_unchecked(
            &whole.client,
            cubes,
            dim,
            a.into(),
            b.into(),
            c.into(),
            d.into(),
            e.into(),
            f.into(),
            whole.clone().into_buffer_arg(),
            start,
            ends[0],
            ends[1],
            ends[2],
            ends[3],
            ends[4],
            ends[5],
        );
    }
}

#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its bindings")]
#[cube(launch_unchecked)]
fn kernel(
    a: ComptimeOption<&[f32]>,
    b: ComptimeOption<&[f32]>,
    c: ComptimeOption<&[f32]>,
    d: ComptimeOption<&[f32]>,
    e: ComptimeOption<&[f32]>,
    f: ComptimeOption<&[f32]>,
    whole: &mut [f32],
    start: usize,
    end_a: usize,
    end_b: usize,
    end_c: usize,
    end_d: usize,
    end_e: usize,
    end_f: usize,
) {
    let at = ABSOLUTE_POS;
    if at >= end_f {
        terminate!();
    }
    if at < end_a {
        copy(&a, at, whole, start + at);
    } else if at < end_b {
        copy(&b, at - end_a, whole, start + at);
    } else if at < end_c {
        copy(&c, at - end_b, whole, start + at);
    } else if at < end_d {
        copy(&d, at - end_c, whole, start + at);
    } else if at < end_e {
        copy(&e, at - end_d, whole, start + at);
    } else {
        copy(&f, at - end_e, whole, start + at);
    }
}

#[cube]
fn copy(part: &ComptimeOption<&[f32]>, from: usize, whole: &mut [f32], to: usize) {
    #[comptime]
    match part {
        ComptimeOption::Some(part) => whole[to] = part[from],
        ComptimeOption::None => {}
    }
}
