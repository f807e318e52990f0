//! Skip-gram's pairs, straight from the tables: no row is copied, and each gradient is added up in registers.

use crate::lanes::{eights, load, store};
use crate::math::{dot, sigmoid, softplus};
use crate::rows::{Members, weighted_sum};

/// Pairs, by the rows that they name.
#[derive(Debug, Clone, Copy)]
pub struct Pairs<'a> {
    /// Width of a row.
    pub width: usize,
    /// Input vectors, row by row.
    pub inputs: &'a [f32],
    /// Output vectors, row by row.
    pub outputs: &'a [f32],
    /// Rows of the centres.
    pub centres: &'a [u32],
    /// Rows of the contexts, each followed by its negatives.
    pub contexts: &'a [u32],
}

impl Pairs<'_> {
    /// How many outputs a pair has.
    fn each(&self) -> usize {
        self.contexts.len() / self.centres.len()
    }

    /// The weighted loss, and its slope by each output's score.
    #[must_use]
    pub fn loss(&self, weights: &[f32]) -> (f32, Vec<f32>) {
        let row = |at: u32| at as usize * self.width..(at as usize + 1) * self.width;
        let mut scores = vec![0.0; self.contexts.len()];
        let contexts = self.contexts.chunks_exact(self.each());
        for ((scores, contexts), &centre) in scores.chunks_exact_mut(self.each()).zip(contexts).zip(self.centres) {
            let centre = &self.inputs[row(centre)];
            for (score, &context) in scores.iter_mut().zip(contexts) {
                *score = dot(centre, &self.outputs[row(context)]);
            }
            // The loss of either side is softplus(u).
            scores[0] = -scores[0];
        }
        let loss = slopes(&mut scores, weights);
        scores.iter_mut().step_by(self.each()).for_each(|slope| *slope = -*slope);
        (loss, scores)
    }

    /// Gradients of the distinct centres' input vectors.
    #[must_use]
    pub fn centre_gradients(&self, slopes: &[f32], by_centre: &Members) -> Vec<f32> {
        let each = self.each();
        by_centre.map_sums(self.width, |pairs, sum| {
            let terms = pairs.iter().flat_map(|&pair| {
                let span = pair as usize * each..(pair as usize + 1) * each;
                slopes[span.clone()].iter().copied().zip(self.contexts[span].iter().copied())
            });
            weighted_sum(&terms, self.outputs, sum.len(), sum);
        })
    }

    /// Gradients of the distinct output vectors.
    #[must_use]
    pub fn output_gradients(&self, slopes: &[f32], by_output: &Members) -> Vec<f32> {
        let each = self.each();
        by_output.map_sums(self.width, |positions, sum| {
            let terms = positions.iter().map(|&at| (slopes[at as usize], self.centres[at as usize / each]));
            weighted_sum(&terms, self.inputs, sum.len(), sum);
        })
    }
}

/// The weighted loss of scores u; they become its slopes.
fn slopes(scores: &mut [f32], weights: &[f32]) -> f32 {
    let mut loss = 0.0_f64;
    for at in eights(scores.len()) {
        // Past the end, weights read as zeros.
        let (u, weight) = (load(scores, at), load(weights, at));
        store(weight * sigmoid(u), scores, at);
        loss += f64::from((weight * softplus(u)).reduce_add());
    }
    loss as f32
}
