//! The network: weights, a step, and back-propagation through a chunk.

use std::ops::Range;

use homebody_simd::attention::softmax;
use homebody_simd::gates::{gru, gru_gradients};
use homebody_simd::optimizer::adagrad;
use homebody_simd::{add, axpy, dot, ln_each};
use rand::RngExt;
use rand_pcg::Pcg32;

use super::parts::{DISTANCES, Moment, PAUSE_KINDS, distance};
use crate::own::past::Past;
use crate::rng::{Stream, generator};

/// Width of vectors and states.
pub(super) const WIDTH: usize = 32;
const GATES: usize = 3 * WIDTH;
/// Items beside the visited one that a softmax in training is over.
const NEGATIVES: usize = 48;
const RATE: f32 = 0.1;
const EPSILON: f32 = 1e-6;

/// Where the parts of the dense weights begin.
mod part {
    use super::{DISTANCES, GATES, PAUSE_KINDS, WIDTH};
    pub(super) const INPUT: usize = 0;
    pub(super) const RECURRENT: usize = INPUT + GATES * WIDTH;
    pub(super) const BIAS: usize = RECURRENT + GATES * WIDTH;
    /// Vectors of pauses, read.
    pub(super) const PAUSES_READ: usize = BIAS + GATES;
    /// Vectors of pauses, hours and days, asked.
    pub(super) const PAUSES: usize = PAUSES_READ + PAUSE_KINDS * WIDTH;
    pub(super) const HOURS: usize = PAUSES + PAUSE_KINDS * WIDTH;
    pub(super) const DAYS: usize = HOURS + 24 * WIDTH;
    pub(super) const GATE: usize = DAYS + 7 * WIDTH;
    pub(super) const RECENCY: usize = GATE + WIDTH;
    pub(super) const FREQUENCY: usize = RECENCY + DISTANCES;
    /// All, rounded up to whole registers.
    pub(super) const ALL: usize = (FREQUENCY + 1).next_multiple_of(8);
}

type State = [f32; WIDTH];

/// Weights with `AdaGrad`'s sums.
#[derive(Debug, Clone, Default)]
struct Table {
    weights: Vec<f32>,
    squares: Vec<f32>,
    gradient: Vec<f32>,
}

impl Table {
    fn row(&self, row: usize) -> &[f32] {
        &self.weights[row * WIDTH..(row + 1) * WIDTH]
    }

    fn descend(&mut self, range: Range<usize>) {
        let Self { weights, squares, gradient } = self;
        adagrad(RATE, EPSILON, &gradient[range.clone()], &mut weights[range.clone()], &mut squares[range.clone()]);
        gradient[range].fill(0.0);
    }
}

/// The weights.
#[derive(Debug, Clone)]
pub(super) struct Network {
    items: Table,
    dense: Table,
}

impl Default for Network {
    fn default() -> Self {
        let mut random = generator(3, Stream::Weights, 0);
        let mut weights = vec![0.0; part::ALL];
        let bound = (1.0 / WIDTH as f32).sqrt();
        weights[..part::BIAS].iter_mut().for_each(|weight| *weight = random.random_range(-bound..bound));
        weights[part::FREQUENCY] = 0.5;
        Self { items: Table::default(), dense: Table::new(weights) }
    }
}

impl Table {
    fn new(weights: Vec<f32>) -> Self {
        Self { squares: vec![0.1; weights.len()], gradient: vec![0.0; weights.len()], weights }
    }
}

/// An item that is scored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// The item.
    pub(super) item: u32,
    /// What the copy path knows of it.
    pub(super) distance: Option<usize>,
}

/// One step of a chunk, as the backward needs it.
struct Step {
    item: usize,
    moment: Moment,
    x: State,
    before: State,
    gates: [State; 4],
    after: State,
    /// ∂loss / ∂query.
    d_query: State,
}

impl Network {
    /// Makes room for items.
    pub(super) fn grow(&mut self, items: usize) {
        for item in self.items.weights.len() / WIDTH..items {
            let mut random = generator(3, Stream::Weights, item as u64 + 1);
            self.items.weights.extend((0..WIDTH).map(|_| random.random_range(-0.2..0.2_f32)));
        }
        self.items.squares.resize(items * WIDTH, 0.1);
        self.items.gradient.resize(items * WIDTH, 0.0);
    }

    fn dense(&self, from: usize, row: usize) -> &[f32] {
        &self.dense.weights[from + row * WIDTH..from + (row + 1) * WIDTH]
    }

    /// The state and the moment of a request as one query.
    pub(super) fn query(&self, state: &State, moment: Moment) -> State {
        let mut query = *state;
        add(&mut query, self.dense(part::PAUSES, moment.pause.into()));
        if let Some((hour, day)) = moment.clock {
            add(&mut query, self.dense(part::HOURS, hour.into()));
            add(&mut query, self.dense(part::DAYS, day.into()));
        }
        query
    }

    /// How far the copy path is open.
    pub(super) fn gate(&self, state: &State) -> f32 {
        dot(self.dense(part::GATE, 0), state)
    }

    /// An item's logit, given the logarithm of its visits.
    pub(super) fn score(&self, query: &State, Asked { item, distance }: Asked, visits: f32, gate: f32) -> f32 {
        let weights = &self.dense.weights;
        let copied = distance.map_or(0.0, |distance| weights[part::RECENCY + distance] + gate);
        dot(query, self.items.row(item as usize)) + copied + weights[part::FREQUENCY] * visits
    }

    /// The state after a visit.
    pub(super) fn read(&self, state: &State, item: u32, moment: Moment) -> State {
        self.step(state, item as usize, moment).after
    }

    fn step(&self, before: &State, item: usize, moment: Moment) -> Step {
        let mut x = [0.0; WIDTH];
        x.copy_from_slice(self.items.row(item));
        add(&mut x, self.dense(part::PAUSES_READ, moment.pause.into()));
        let product = |from: usize, vector: &State| -> [f32; GATES] {
            std::array::from_fn(|row| dot(self.dense(from, row), vector))
        };
        let (projected, recurrent) = (product(part::INPUT, &x), product(part::RECURRENT, before));
        let bias = &self.dense.weights[part::BIAS..part::BIAS + GATES];
        let [mut r, mut z, mut n, mut recurrent_n, mut after] = [[0.0; WIDTH]; 5];
        gru(
            thirds(&projected),
            thirds(&recurrent),
            thirds(bias),
            before,
            [&mut r, &mut z, &mut n, &mut recurrent_n, &mut after],
        );
        Step { item, moment, x, before: *before, gates: [r, z, n, recurrent_n], after, d_query: [0.0; WIDTH] }
    }

    /// Learns a range of visits, given the state before it; the state after it.
    pub(super) fn train(
        &mut self,
        past: &Past,
        visits: Range<usize>,
        moments: &[Moment],
        before: &State,
        random: &mut Pcg32,
    ) -> State {
        let mut steps = Vec::with_capacity(visits.len());
        let mut touched: Vec<usize> = Vec::new();
        let mut state = *before;
        for (number, &moment) in visits.zip(moments) {
            let item = past.visits[number] as usize;
            let d_query = self.ask(past, number, &state, moment, random, &mut touched);
            let mut step = self.step(&state, item, moment);
            step.d_query = d_query;
            state = step.after;
            steps.push(step);
        }
        self.backward(&steps, &mut touched);
        touched.sort_unstable();
        touched.dedup();
        touched.into_iter().for_each(|item| self.items.descend(item * WIDTH..(item + 1) * WIDTH));
        self.dense.descend(0..part::ALL);
        state
    }

    /// Adds the gradients of one prediction; that of the state it was made from.
    fn ask(
        &mut self,
        past: &Past,
        number: usize,
        state: &State,
        moment: Moment,
        random: &mut Pcg32,
        touched: &mut Vec<usize>,
    ) -> State {
        let target = past.visits[number];
        let (mut asked, mut visits) = (Vec::with_capacity(1 + NEGATIVES), Vec::with_capacity(1 + NEGATIVES));
        let mut ask = |item: u32| {
            let known = before(past, item, number);
            known.into_iter().for_each(|(since, count)| {
                asked.push(Asked { item, distance: distance(since) });
                visits.push(count as f32);
            });
            known.is_some()
        };
        if !ask(target) {
            return [0.0; WIDTH];
        }
        for _ in 0..NEGATIVES {
            let item = past.visits[random.random_range(0..number as u32) as usize];
            if item != target {
                ask(item);
            }
        }
        ln_each(&mut visits);
        let query = self.query(state, moment);
        let gate = self.gate(state);
        let drawn = (number as f32 / NEGATIVES as f32).ln();
        let mut errors: Vec<f32> =
            asked.iter().zip(&visits).map(|(&asked, &visits)| self.score(&query, asked, visits, gate)).collect();
        // Drawn in proportion to its visits.
        errors.iter_mut().zip(&visits).skip(1).for_each(|(score, visits)| *score += drawn - visits);
        softmax(&mut errors);
        errors[0] -= 1.0;
        let mut d_query = [0.0; WIDTH];
        let mut d_gate = 0.0;
        for ((&error, &Asked { item, distance }), visits) in errors.iter().zip(&asked).zip(visits) {
            let row = item as usize * WIDTH..(item as usize + 1) * WIDTH;
            axpy(error, &self.items.weights[row.clone()], &mut d_query);
            axpy(error, &query, &mut self.items.gradient[row]);
            touched.push(item as usize);
            self.dense.gradient[part::FREQUENCY] += error * visits;
            if let Some(distance) = distance {
                self.dense.gradient[part::RECENCY + distance] += error;
                d_gate += error;
            }
        }
        let dense = &mut self.dense.gradient;
        add(&mut dense[part::PAUSES + usize::from(moment.pause) * WIDTH..][..WIDTH], &d_query);
        if let Some((hour, day)) = moment.clock {
            add(&mut dense[part::HOURS + usize::from(hour) * WIDTH..][..WIDTH], &d_query);
            add(&mut dense[part::DAYS + usize::from(day) * WIDTH..][..WIDTH], &d_query);
        }
        axpy(d_gate, state, &mut dense[part::GATE..part::GATE + WIDTH]);
        axpy(d_gate, &self.dense.weights[part::GATE..part::GATE + WIDTH], &mut d_query);
        d_query
    }

    fn backward(&mut self, steps: &[Step], touched: &mut Vec<usize>) {
        let mut carry = [0.0; WIDTH];
        for step in steps.iter().rev() {
            let [mut d_projected, mut d_recurrent] = [[0.0; GATES]; 2];
            let [r, z, n, recurrent_n] = &step.gates;
            gru_gradients([&step.before, r, z], [n, recurrent_n], &mut carry, &mut d_projected, &mut d_recurrent);
            let mut d_x = [0.0; WIDTH];
            for gate in 0..GATES {
                let (input, recurrent) = (part::INPUT + gate * WIDTH, part::RECURRENT + gate * WIDTH);
                axpy(d_projected[gate], &self.dense.weights[input..input + WIDTH], &mut d_x);
                axpy(d_recurrent[gate], &self.dense.weights[recurrent..recurrent + WIDTH], &mut carry);
                axpy(d_projected[gate], &step.x, &mut self.dense.gradient[input..input + WIDTH]);
                axpy(d_recurrent[gate], &step.before, &mut self.dense.gradient[recurrent..recurrent + WIDTH]);
            }
            add(&mut self.dense.gradient[part::BIAS..part::BIAS + GATES], &d_recurrent);
            add(&mut self.dense.gradient[part::PAUSES_READ + usize::from(step.moment.pause) * WIDTH..][..WIDTH], &d_x);
            add(&mut self.items.gradient[step.item * WIDTH..(step.item + 1) * WIDTH], &d_x);
            touched.push(step.item);
            add(&mut carry, &step.d_query);
        }
    }
}

fn thirds(gates: &[f32]) -> [&[f32]; 3] {
    [&gates[..WIDTH], &gates[WIDTH..2 * WIDTH], &gates[2 * WIDTH..]]
}

/// How many visits before one an item had been visited last, and how often until then; none where it was not known then.
fn before(past: &Past, item: u32, number: usize) -> Option<(usize, usize)> {
    let visits = &past.occurrences[item as usize];
    let count = visits.partition_point(|&visit| (visit as usize) < number);
    let last = visits[count.checked_sub(1)?] as usize;
    Some((number - last, count))
}
