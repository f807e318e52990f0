//! What somebody is likely to return to next: all experts, the learned ones among them, and their mixture.

use super::calibration::Calibration;
use super::experts::EXPERTS;
use super::features::{ROW, describe, moment};
use super::mixture::Mixture;
use super::novelty::Novelty;
use super::past::{Past, Request, Visit};
use super::ranker::{Ranker, Start};
use super::scene::Candidates;
use super::sequence::Sequence;
use super::words::Words;

/// The learned experts: a small step size for short histories, a large one for long ones or those that change; and one for baskets.
const LEARNED: [(&str, Start, f32); 3] = [
    ("learned-slow", Start::General, 0.01),
    ("learned-fast", Start::General, 0.05),
    ("learned-baskets", Start::Baskets, 0.03),
];
/// The simple experts, the sequence model, then the learned ones.
pub const ALL: usize = EXPERTS.len() + 1 + LEARNED.len();
/// Where the sequence model stands among them.
pub const SEQUENCE: usize = EXPERTS.len();
/// How much more a learned expert is trusted than a simple one before anything is known: most people are told best by one.
const LEARNED_TRUST: f32 = 5.0;
/// The share of each expert's probability that is spread over all items, so that no surprise can ruin it.
const SPREAD: f32 = 0.01;

/// The name of an expert among [`ALL`].
#[must_use]
pub fn name(expert: usize) -> &'static str {
    match expert.checked_sub(EXPERTS.len()) {
        None => EXPERTS[expert].name,
        Some(0) => "sequence",
        Some(learned) => LEARNED[learned - 1].0,
    }
}

/// Predicts each visit, then learns it.
#[derive(Debug, Clone)]
pub struct Next {
    /// What is counted.
    pub past: Past,
    /// Who is trusted how much.
    pub mixture: Mixture,
    candidates: Candidates,
    /// Probabilities of the candidates, given that the visit is of something known, each `[candidates]`.
    experts: Vec<Vec<f32>>,
    mixed: Vec<f32>,
    features: Vec<f32>,
    rankers: [Ranker; LEARNED.len()],
    sequence: Sequence,
    novelty: Novelty,
    new: f32,
    calibration: Calibration,
    moment: usize,
    asked: Option<Request>,
}

/// How much each expert is trusted at first.
fn trust() -> [f32; ALL] {
    std::array::from_fn(|expert| if expert > SEQUENCE { LEARNED_TRUST } else { 1.0 })
}

impl Default for Next {
    fn default() -> Self {
        Self {
            past: Past::default(),
            mixture: Mixture::new(&trust()),
            candidates: Candidates::default(),
            experts: vec![Vec::new(); ALL],
            mixed: Vec::new(),
            features: Vec::new(),
            rankers: LEARNED.map(|(_, start, rate)| Ranker::new(start, rate)),
            sequence: Sequence::default(),
            novelty: Novelty::default(),
            new: 0.0,
            calibration: Calibration::default(),
            moment: 0,
            asked: None,
        }
    }
}

impl Next {
    /// Predicts the visit that a request will turn out to be; nothing before the first visit.
    pub fn predict(&mut self, request: Request, words: &Words) {
        if self.past.visits.is_empty() {
            return;
        }
        let scene = self.candidates.gather(&self.past, request, words);
        let size = scene.candidates.len();
        for (expert, out) in EXPERTS.iter().zip(&mut self.experts) {
            out.resize(size, 0.0);
            (expert.weigh)(&scene, out);
            let all: f32 = out.iter().sum();
            let (scale, even) = if all > 0.0 { (1.0 / all, 0.0) } else { (0.0, 1.0 / size as f32) };
            out.iter_mut().for_each(|weight| *weight = *weight * scale + even);
        }
        self.experts[SEQUENCE].resize(size, 0.0);
        self.sequence.weigh(&scene, &mut self.experts[SEQUENCE]);
        describe(&scene, &self.experts, &mut self.features);
        self.moment = moment(&scene);
        for (ranker, out) in self.rankers.iter().zip(&mut self.experts[SEQUENCE + 1..]) {
            out.resize(size, 0.0);
            ranker.weigh(&self.features, self.moment, out);
        }
        self.mixed.resize(size, 0.0);
        self.mixture.mix(&self.experts, &mut self.mixed);
        self.new = self.novelty.probability(&self.past, request);
        self.asked = Some(request);
    }

    /// Takes a visit in, and learns from how it had been predicted, if it was.
    pub fn learn(&mut self, visit: Visit, site: u32, words: &Words) {
        let known = (visit.item as usize) < self.past.items.len();
        let asked = self.asked.take();
        if asked.is_some_and(|asked| asked == visit.into()) {
            self.judge(visit, known);
        }
        self.novelty.learn(&self.past, visit.into(), !known);
        let pause = self.past.pause(visit.into());
        self.past.learn(visit, site);
        if !known {
            self.past.texts.add(visit.item, words);
        }
        // Of visits before the first that is predicted, it reads nothing: counting is what they are for.
        if asked.is_some() || self.sequence.has_begun() {
            self.sequence.learn(&self.past, visit, pause);
        }
    }

    fn judge(&mut self, visit: Visit, known: bool) {
        let place = self.candidates.place(visit.item);
        if let Some((first, probability)) = self.first() {
            self.calibration.learn(probability, visit.starts, place == Some(first));
        }
        if !known {
            return;
        }
        let spread = SPREAD / self.past.items.len() as f32;
        let likelihoods =
            self.experts.iter().map(|expert| place.map_or(0.0, |at| (1.0 - SPREAD) * expert[at]) + spread);
        self.mixture.learn(likelihoods);
        if let Some(place) = place {
            for (ranker, probabilities) in self.rankers.iter_mut().zip(&self.experts[SEQUENCE + 1..]) {
                ranker.learn(&self.features, self.moment, probabilities, place);
            }
        }
    }

    /// Place and probability, not yet calibrated, of the likeliest candidate.
    fn first(&self) -> Option<(usize, f32)> {
        let best = (0..self.mixed.len()).max_by(|&a, &b| self.mixed[a].total_cmp(&self.mixed[b]))?;
        Some((best, (1.0 - self.new) * self.mixed[best]))
    }

    /// The candidates of the last prediction.
    #[must_use]
    pub fn candidates(&self) -> &[u32] {
        self.candidates.items()
    }

    /// The mixture's probabilities in the last prediction, given that the visit is of something known. `[candidates]`
    #[must_use]
    pub fn mixed(&self) -> &[f32] {
        &self.mixed
    }

    /// An expert's probabilities in the last prediction, given that the visit is of something known. `[candidates]`
    #[must_use]
    pub fn expert(&self, expert: usize) -> &[f32] {
        &self.experts[expert]
    }

    /// The probability, in the last prediction, that the visit is of something new.
    #[must_use]
    pub fn new_share(&self) -> f32 {
        self.new
    }

    /// The mixture's calibrated probability, in the last prediction, that the visit is of the candidate at a place.
    #[must_use]
    pub fn probability(&self, place: usize) -> f32 {
        self.calibration.calibrated((1.0 - self.new) * self.mixed[place], self.moment > 0)
    }

    /// The place, from 1, that the candidate at a place would have for the learned expert, if some features told nothing.
    #[must_use]
    pub fn place_without(&self, place: usize, features: &[usize]) -> usize {
        let weights = self.rankers[1].weights(self.moment);
        let score = |row: &[f32]| -> f32 {
            row.iter().zip(&weights).enumerate().filter(|(at, _)| !features.contains(at)).map(|(_, (x, w))| x * w).sum()
        };
        let scores: Vec<f32> = self.features.chunks_exact(ROW).map(score).collect();
        1 + scores.iter().filter(|&&other| other > scores[place]).count()
    }

    /// The rank, from 1, of an item by some probabilities of the candidates; none where it is not a candidate. Of equal ones, the item that
    /// was visited last comes first.
    #[must_use]
    pub fn rank(&self, probabilities: &[f32], item: u32) -> Option<usize> {
        let own = probabilities[self.candidates.place(item)?];
        let last = |item: u32| self.past.items[item as usize].last;
        let before =
            |(&other, &probability): (&u32, &f32)| probability > own || probability == own && last(other) > last(item);
        Some(1 + self.candidates().iter().zip(probabilities).filter(|&pair| before(pair)).count())
    }
}
