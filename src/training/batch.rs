//! What a step sends to the device, in one upload: inputs, targets, candidates, masks, step sizes.

use std::sync::Arc;

use rand::seq::SliceRandom;

use super::dropout;
use super::options::NegativeSource;
use super::settings::SequenceConfig;
use crate::catalogue::ItemIndex;
use crate::encoder::pointers::Pointers;
use crate::encoder::{copy, time_bias, transitions};
use crate::kernel::adam_step;
use crate::negatives::Sampler;
use crate::rng::{Stream, generator};
use crate::sequences::{Lanes, Moment, Transitions, Window};
use crate::table::{GroupParts, Part, RowSet, Upload};

/// The column bias of a candidate that is not a negative: it takes part only where it is the target or pointed at. Small enough to be
/// taken back by a pointer without losing digits.
const NOT_A_NEGATIVE: f32 = -1e4;

/// One item in this many is hidden from a bidirectional model (`BERT4Rec` hides a fifth on `MovieLens`).
pub(super) const HIDDEN_SHARE: usize = 5;

/// Where a step's data lies in its upload.
pub(super) struct Parts {
    /// The rows of the item table that the step reads: the inputs' and, where candidates are sampled, the targets' and the candidates'.
    pub(super) read: Part,
    /// How many inputs there are.
    pub(super) inputs: usize,
    /// The inputs and, where candidates are sampled, then the targets by their rows: of `SampledParts::rows` or, where all items are
    /// candidates, of the table.
    pub(super) by_row: GroupParts,
    pub(super) keep: Part,
    pub(super) sessions: Part,
    pub(super) places: Part,
    /// `[2 · T · B]`, for an encoder that heeds times.
    pub(super) times: Option<Part>,
    /// `[dropouts · T · B · d]`
    pub(super) dropout: Option<Part>,
    /// Of the item table and the encoder: `[rate, scale, decay]` each.
    pub(super) scalars: Part,
    pub(super) rows: Rows,
    /// `None`: all items are candidates.
    pub(super) sampled: Option<SampledParts>,
    pub(super) copy: Option<PointerParts>,
    pub(super) transitions: Option<PointerParts>,
}

/// The rows that have a target.
pub(super) struct Rows {
    pub(super) count: usize,
    /// Bidirectional models: which steps, and the indicator of hidden items. `None`: all steps.
    pub(super) hidden: Option<[Part; 2]>,
    /// Each target's column; where candidates are sampled, the column that it must not be a negative in, or as many as there are.
    pub(super) columns: Part,
    pub(super) weights: Part,
}

/// Candidates that are not all items.
pub(super) struct SampledParts {
    pub(super) bias: Part,
    /// 1 where a candidate is a negative.
    pub(super) negatives: Part,
    /// How many are.
    pub(super) count: usize,
    /// The distinct items of the step, candidates first.
    pub(super) rows: Part,
}

/// Where a path points.
pub(super) struct PointerParts {
    pub(super) slots: usize,
    /// See [`boosts::Input::records`](crate::kernel::boosts::Input::records).
    pub(super) records: Part,
    /// Numbers of a row's records.
    pub(super) row: usize,
}

/// Columns come in as many: padded, they can be read in fours.
const ALIGNED_COLUMNS: usize = 8;

/// Makes batches.
#[derive(Debug)]
pub(super) struct Batches {
    config: SequenceConfig,
    seed: u64,
    total_steps: usize,
    /// V.
    items: usize,
    lanes: Lanes,
    /// The moments of the sessions' events; empty where nobody knows them.
    times: Arc<Vec<Vec<Moment>>>,
    /// The steps between items, for an encoder that heeds them: with those of the sessions that are walked.
    pub(super) transitions: Option<Arc<Transitions>>,
    sampler: Sampler,
    popularity: Sampler,
    candidates: RowSet,
    rows: RowSet,
}

impl Batches {
    pub(super) fn new(config: SequenceConfig, seed: u64, lanes: Lanes, counts: &[u32], total_steps: usize) -> Self {
        Self {
            config,
            seed,
            total_steps,
            items: counts.len(),
            lanes,
            times: Arc::default(),
            transitions: None,
            sampler: Sampler::new(counts, config.negative_alpha),
            popularity: Sampler::new(counts, 1.0),
            candidates: RowSet::new(counts.len()),
            rows: RowSet::new(counts.len()),
        }
    }

    /// With the moments of the sessions' events.
    pub(super) fn timed(self, times: Arc<Vec<Vec<Moment>>>) -> Self {
        Self { times, ..self }
    }

    /// With the steps between items, for an encoder that heeds them.
    pub(super) fn heeding(self, transitions: Option<Arc<Transitions>>) -> Self {
        Self { transitions, ..self }
    }

    /// Moves to where `steps` steps lead.
    pub(super) fn skip(&mut self, steps: usize) {
        self.lanes.skip(steps, self.config.steps);
    }

    /// The next batch.
    pub(super) fn next(&mut self, upload: &mut Upload, step: usize) -> Parts {
        let window = self.lanes.window(self.config.steps);
        let hidden = self.config.encoder.is_bidirectional().then(|| self.hide(&window, step));
        let targets: Vec<u32> = match &hidden {
            None => window.targets.clone(),
            Some(rows) => rows.iter().map(|&row| window.inputs[row as usize]).collect(),
        };
        let pointers =
            self.config.encoder.copy.then(|| copy::pointers(self.lanes.contexts(&window), self.config.encoder.window));
        let (columns, bias) = self.choose_candidates(&targets, pointers.as_ref(), step);
        let count = targets.len();
        let read = match &bias {
            None => upload.push_indices(&window.inputs),
            Some(bias) => {
                let filling = bias.len() - self.candidates.rows().len();
                let candidates = self.candidates.rows().iter().chain(std::iter::repeat_n(&0, filling));
                upload.push_indices(window.inputs.iter().chain(&targets).chain(candidates))
            }
        };
        let keep = upload.push(window.places.iter().map(|&place| if place == 0 { 0.0 } else { 1.0 }));
        let sessions = upload.push_indices(&window.serials);
        let places = upload.push_indices(&window.places);
        let rows = Rows {
            count,
            hidden: hidden.map(|rows| push_hidden(upload, &rows, window.inputs.len())),
            columns: upload.push_indices(&columns),
            weights: upload.push(std::iter::repeat_n(1.0 / count as f32, count)),
        };
        Parts {
            read,
            inputs: window.inputs.len(),
            keep,
            sessions,
            places,
            times: self.push_times(upload, &window),
            dropout: self.drop_out(upload, step),
            scalars: self.push_scalars(upload, step),
            copy: pointers.map(|pointers| self.push_copy(upload, pointers, (&targets, &columns), bias.as_deref())),
            transitions: self.push_transitions(upload, &window, bias.is_some()),
            by_row: self.push_groups(upload, &window.inputs, &targets, bias.is_some()),
            sampled: bias.map(|bias| self.push_sampled(upload, &bias)),
            rows,
        }
    }

    /// The steps whose items are hidden, in order: up to half of them where a session ends (or leaves the window), which is what the
    /// model is asked for when it recommends.
    fn hide(&self, window: &Window, step: usize) -> Vec<u32> {
        let mut random = generator(self.seed, Stream::Hidden, step as u64);
        let lanes = window.lanes;
        let ends = |&at: &u32| window.places.get(at as usize + lanes).is_none_or(|&next| next == 0);
        let (mut last, mut others): (Vec<u32>, Vec<u32>) = (0..window.inputs.len() as u32).partition(ends);
        last.shuffle(&mut random);
        let count = window.inputs.len().div_ceil(HIDDEN_SHARE);
        others.extend(last.split_off(last.len().min(count / 2)));
        others.shuffle(&mut random);
        last.extend(others.into_iter().take(count - last.len()));
        last.sort_unstable();
        last
    }

    /// The moments of the window's inputs.
    fn push_times(&self, upload: &mut Upload, window: &Window) -> Option<Part> {
        let moment = |(&session, &place): (&u32, &u32)| *self.times.get(session as usize)?.get(place as usize)?;
        self.config.encoder.time_bias.then(|| {
            let moments: Vec<Moment> = window.origins.iter().zip(&window.places).map(moment).collect();
            upload.push(time_bias::numbers(&moments))
        })
    }

    fn drop_out(&self, upload: &mut Upload, step: usize) -> Option<Part> {
        let SequenceConfig { steps, lanes, encoder, .. } = self.config;
        let count = encoder.dropouts() * steps * lanes * encoder.dim;
        let mut random = generator(self.seed, Stream::Dropout, step as u64);
        (self.config.dropout > 0.0).then(|| upload.push(dropout::mask(self.config.dropout, count, &mut random)))
    }

    fn push_scalars(&self, upload: &mut Upload, step: usize) -> Part {
        let rate = self.config.learning_rate * schedule(step, self.total_steps);
        let [scaled, scale, ..] = adam_step::scalars(rate, step + 1);
        upload.push([scaled, scale, 0.0, scaled, scale, rate * self.config.weight_decay])
    }

    /// Each target's column (see [`Rows::columns`]) and, where candidates are sampled, each column's bias: negatives first, then items
    /// pointed at, then columns that only fill up.
    fn choose_candidates(
        &mut self,
        targets: &[u32],
        pointers: Option<&Pointers>,
        step: usize,
    ) -> (Vec<u32>, Option<Vec<f32>>) {
        let (drawn, source) = (self.config.negatives, self.config.negative_source);
        if drawn == 0 && source == NegativeSource::Drawn {
            return (targets.to_vec(), None);
        }
        let mut random = generator(self.seed, Stream::Negatives, step as u64);
        self.candidates.clear();
        if source != NegativeSource::InBatch {
            for _ in 0..drawn {
                self.candidates.insert(self.sampler.draw(&mut random));
            }
        }
        if source != NegativeSource::Drawn {
            targets.iter().for_each(|&target| {
                self.candidates.insert(target);
            });
        }
        let negatives = self.candidates.rows().len();
        let expected = |item: u32| {
            let by_draw = drawn as f32 * self.sampler.log_probability(item).exp();
            let by_batch = targets.len() as f32 * self.popularity.log_probability(item).exp();
            match source {
                NegativeSource::Drawn => by_draw,
                NegativeSource::InBatch => by_batch,
                NegativeSource::Mixed => by_draw + by_batch,
            }
        };
        let mut bias: Vec<f32> = self.candidates.rows()[..negatives].iter().map(|&c| -expected(c).ln()).collect();
        if let Some(pointers) = pointers {
            pointers.columns.iter().for_each(|&item| {
                self.candidates.insert(item);
            });
        }
        bias.resize(self.candidates.rows().len().next_multiple_of(ALIGNED_COLUMNS), NOT_A_NEGATIVE);
        let none = bias.len() as u32;
        (targets.iter().map(|&target| self.candidates.find(target).unwrap_or(none)).collect(), Some(bias))
    }

    /// What followed the inputs elsewhere, by column. Successors that are no candidates have none.
    fn push_transitions(&self, upload: &mut Upload, window: &Window, sampled: bool) -> Option<PointerParts> {
        let transitions = self.transitions.as_ref()?;
        let rows = window.inputs.iter().zip(&window.targets);
        let mut successors: Vec<_> = rows
            .map(|(&input, &target)| transitions::successors(transitions, ItemIndex(input), Some(ItemIndex(target))))
            .collect();
        let mut own = None;
        if sampled {
            own = Some(of_targets(successors.iter().map(Vec::as_slice), &window.targets));
            let column = |(item, features)| self.candidates.find(item).map(|column| (column, features));
            for row in &mut successors {
                *row = std::mem::take(row).into_iter().filter_map(column).collect();
            }
        }
        Some(push_pointers(upload, &Pointers::new(&successors), None, own.as_deref()))
    }

    /// Items pointed at are candidates by now.
    fn push_copy(
        &mut self,
        upload: &mut Upload,
        mut pointers: Pointers,
        (targets, columns): (&[u32], &[u32]),
        bias: Option<&[f32]>,
    ) -> PointerParts {
        let Some(bias) = bias else {
            let none = vec![0.0; pointers.columns.len()];
            return push_pointers(upload, &pointers, Some(&none), None);
        };
        let own = pointers.of(targets);
        pointers.columns.iter_mut().for_each(|item| *item = self.candidates.insert(*item));
        let row = |slot: usize| columns[slot / pointers.slots];
        let offset = |(slot, (&column, &used)): (usize, (&u32, &bool))| {
            if !used || column == row(slot) { 0.0 } else { -bias[column as usize] }
        };
        let offsets: Vec<f32> = pointers.columns.iter().zip(&pointers.used).enumerate().map(offset).collect();
        push_pointers(upload, &pointers, Some(&offsets), Some(&own))
    }

    /// The inputs and targets by their rows, which are the candidates, then the other inputs and targets.
    fn push_groups(&mut self, upload: &mut Upload, inputs: &[u32], targets: &[u32], sampled: bool) -> GroupParts {
        if !sampled {
            return upload.push_groups(self.items, inputs);
        }
        self.rows.clear();
        self.candidates.rows().iter().for_each(|&item| {
            self.rows.insert(item);
        });
        let rows: Vec<u32> = inputs.iter().chain(targets).map(|&item| self.rows.insert(item)).collect();
        upload.push_groups(self.rows.rows().len(), &rows)
    }

    /// After [`Self::push_groups`], which names the rows.
    fn push_sampled(&self, upload: &mut Upload, bias: &[f32]) -> SampledParts {
        SampledParts {
            bias: upload.push(bias.iter().copied()),
            count: bias.iter().filter(|&&b| b != NOT_A_NEGATIVE).count(),
            negatives: upload.push(bias.iter().map(|&b| if b == NOT_A_NEGATIVE { 0.0 } else { 1.0 })),
            rows: upload.push_indices(self.rows.rows()),
        }
    }
}

/// The features with which rows point at their own targets; 0 where they do not. By feature.
fn of_targets<'a, const F: usize>(rows: impl Iterator<Item = &'a [(u32, [f32; F])]>, targets: &[u32]) -> Vec<Vec<f32>> {
    let of = |(row, target): (&'a [(u32, [f32; F])], &u32)| {
        row.iter().find(|(item, _)| item == target).map_or([0.0; F], |(_, features)| *features)
    };
    let found: Vec<[f32; F]> = rows.zip(targets).map(of).collect();
    (0..F).map(|feature| found.iter().map(|features| features[feature]).collect()).collect()
}

/// `offsets` take a candidate's bias back where it is pointed at; `own` is what rows know of their own targets, by feature.
fn push_pointers(
    upload: &mut Upload,
    pointers: &Pointers,
    offsets: Option<&[f32]>,
    own: Option<&[Vec<f32>]>,
) -> PointerParts {
    let records = pointers.records(offsets, own);
    let rows = pointers.columns.len() / pointers.slots;
    PointerParts { slots: pointers.slots, row: records.len() / rows, records: upload.push(records) }
}

/// Which steps are hidden, and an indicator over all of them.
fn push_hidden(upload: &mut Upload, rows: &[u32], steps: usize) -> [Part; 2] {
    let mut indicator = vec![0.0; steps];
    rows.iter().for_each(|&row| indicator[row as usize] = 1.0);
    [upload.push_indices(rows), upload.push(indicator)]
}

/// The step size's factor: a rise over the first twentieth (at most 200 steps), then half a cosine down to a tenth.
fn schedule(step: usize, total: usize) -> f32 {
    const FLOOR: f32 = 0.1;
    let rise = (total / 20).clamp(1, 200);
    if step < rise {
        return (step + 1) as f32 / rise as f32;
    }
    let progress = (step - rise) as f32 / (total - rise).max(1) as f32;
    FLOOR + (1.0 - FLOOR) * 0.5 * (1.0 + (std::f32::consts::PI * progress.min(1.0)).cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_size_rises_then_falls_to_a_tenth() {
        assert!((schedule(0, 1000) - 0.02).abs() < 1e-6);
        assert!((schedule(49, 1000) - 1.0).abs() < 1e-6);
        assert!((schedule(525, 1000) - 0.55).abs() < 1e-2);
        assert!((schedule(1000, 1000) - 0.1).abs() < 1e-6);
        assert!((schedule(5000, 1000) - 0.1).abs() < 1e-6);
        assert!(schedule(0, 1) > 0.0);
    }
}
