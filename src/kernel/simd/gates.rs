//! Gates of recurrent encoders, one lane at a time.

use crate::lanes::{Lanes, eights, load, splat, store};
use crate::math::{sigmoid, tanh};

/// One lane's gates: r, z, n, `U_n h⁻ + b_n` and the new state.
pub fn gru(x: [&[f32]; 3], u: [&[f32]; 3], b: [&[f32]; 3], before: &[f32], out: [&mut [f32]; 5]) {
    let hidden = before.len();
    let [r, z, n, recurrent_n, h] = out;
    for at in eights(hidden) {
        let [[x_r, x_z, x_n], [u_r, u_z, u_n], [b_r, b_z, b_n]] =
            [x, u, b].map(|gates| gates.map(|gate| load(gate, at)));
        let reset = sigmoid(x_r + u_r + b_r);
        let update = sigmoid(x_z + u_z + b_z);
        let from_before = u_n + b_n;
        let new = tanh(x_n + reset * from_before);
        store(reset, r, at);
        store(update, z, at);
        store(from_before, recurrent_n, at);
        store(new, n, at);
        store(new + update * (load(before, at) - new), h, at);
    }
}

/// One lane's gate gradients; `carry` goes in as ∂`loss/∂h_t` and comes out as its direct part in ∂loss/∂h⁻.
pub fn gru_gradients(
    [before, r, z]: [&[f32]; 3],
    [n, recurrent_n]: [&[f32]; 2],
    carry: &mut [f32],
    d_projected: &mut [f32],
    d_recurrent: &mut [f32],
) {
    let hidden = carry.len();
    let (p_r, rest) = d_projected.split_at_mut(hidden);
    let (p_z, p_n) = rest.split_at_mut(hidden);
    let (u_r, rest) = d_recurrent.split_at_mut(hidden);
    let (u_z, u_n) = rest.split_at_mut(hidden);
    let one = splat(1.0);
    for at in eights(hidden) {
        let [before, r, z, n, recurrent_n, dh] = [before, r, z, n, recurrent_n, &*carry].map(|of| load(of, at));
        let d_n = dh * (one - z) * (one - n * n);
        let d_z = dh * (before - n) * z * (one - z);
        let d_r = d_n * recurrent_n * r * (one - r);
        store(d_r, p_r, at);
        store(d_z, p_z, at);
        store(d_n, p_n, at);
        store(d_r, u_r, at);
        store(d_z, u_z, at);
        store(d_n * r, u_n, at);
        store(dh * z, carry, at);
    }
}

/// One lane's gates, cell, tanh(cell) and state.
pub fn lstm(x: &[f32], u: &[f32], b: &[f32], cell_before: &[f32], out: [&mut [f32]; 4]) {
    let width = cell_before.len();
    let [gates, cell, squashed, h] = out;
    let (i, rest) = gates.split_at_mut(width);
    let (f, rest) = rest.split_at_mut(width);
    let (g, o) = rest.split_at_mut(width);
    for (which, gate) in [&mut *i, &mut *f, &mut *o].into_iter().enumerate() {
        let at = [0, 1, 3][which] * width;
        activate(gate, &x[at..at + width], &u[at..at + width], &b[at..at + width], sigmoid);
    }
    let at = 2 * width;
    activate(g, &x[at..at + width], &u[at..at + width], &b[at..at + width], tanh);
    for at in eights(width) {
        let [i, f, g, o, before] = [&*i, &*f, &*g, &*o, cell_before].map(|of| load(of, at));
        let new = f * before + i * g;
        let activation = tanh(new);
        store(new, cell, at);
        store(activation, squashed, at);
        store(o * activation, h, at);
    }
}

#[allow(clippy::inline_always, reason = "vectors are passed in registers only where the call is inlined")]
#[inline(always)]
fn activate(gate: &mut [f32], x: &[f32], u: &[f32], b: &[f32], function: impl Fn(Lanes) -> Lanes) {
    for at in eights(gate.len()) {
        store(function(load(x, at) + load(u, at) + load(b, at)), gate, at);
    }
}

/// One lane's gate gradients; `cell_carry` goes in as the later steps' part of `∂loss/∂c_t` and comes out as `∂loss/∂c⁻`.
pub fn lstm_gradients(
    gates: &[f32],
    [cell_before, squashed]: [&[f32]; 2],
    carry: &[f32],
    cell_carry: &mut [f32],
    d_gates: &mut [f32],
) {
    let width = carry.len();
    let gate = |k: usize| &gates[k * width..(k + 1) * width];
    let (i, f, g, o) = (gate(0), gate(1), gate(2), gate(3));
    let (d_i, rest) = d_gates.split_at_mut(width);
    let (d_f, rest) = rest.split_at_mut(width);
    let (d_g, d_o) = rest.split_at_mut(width);
    let one = splat(1.0);
    for at in eights(width) {
        let [i, f, g, o] = [i, f, g, o].map(|of| load(of, at));
        let [before, squashed, d_h, later] = [cell_before, squashed, carry, &*cell_carry].map(|of| load(of, at));
        let d_cell = later + d_h * o * (one - squashed * squashed);
        store(d_cell * g * i * (one - i), d_i, at);
        store(d_cell * before * f * (one - f), d_f, at);
        store(d_cell * i * (one - g * g), d_g, at);
        store(d_h * squashed * o * (one - o), d_o, at);
        store(d_cell * f, cell_carry, at);
    }
}
