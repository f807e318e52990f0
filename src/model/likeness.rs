//! How alike an item's text is to those of the items just viewed, and how much that tells.

use homebody_simd::axpy;

use super::{Model, Reading};
use crate::catalogue::ItemIndex;
use crate::embedding::content::{BUCKETS, Features};
use crate::error::Result;
use crate::sequences::{Case, Context, Sequences};

/// Items of a context that are read: the last ones.
const CONTEXT: usize = 10;
/// Steps that tell how much likeness tells.
const SAMPLE: usize = 200;
/// Standard deviation of a weight before anything is known. About what it comes to on logs with telling titles.
const SPREAD: f64 = 10.0;
/// Contexts that are scored together.
const CHUNK: usize = 16;
/// Of a large catalogue fewer steps are asked, so that no more numbers than this are held: 8 MiB, and as much twice over. But never fewer steps
/// than [`FEWEST`].
const HELD: usize = 1 << 21;
/// Fewer steps tell nothing.
const FEWEST: usize = 20;
/// What a model's scores may count beside likeness: less than they say, where the model is too sure.
const SCALES: [f32; 6] = [0.2, 0.3, 0.45, 0.65, 0.8, 1.0];
/// Halvings of the range in which the weight is sought: to a hundredth.
const HALVINGS: usize = 12;

/// Likenesses to single items that are kept, over all items: 8 MiB.
const KEPT: usize = 1 << 21;

/// How like the single items that contexts lately ended in all items are: contexts that differ in an item, or by an event, share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Likenesses(Vec<(ItemIndex, Vec<f32>)>);

/// Texts, made to be compared. The likeness of item i to a context is `q · x_i`, of the texts' [features](crate::embedding::content): x of
/// the item, q the mean over the context's last 10 items, weighted 1 / steps from the end.
#[derive(Debug, Clone)]
pub(crate) struct Likeness {
    features: Features,
    count: usize,
}

impl Likeness {
    /// Of the items with these features.
    pub(crate) fn new(features: Features) -> Self {
        let count = features.len();
        Self { features, count }
    }

    /// Of all items; 0 for those of the context that are read: a text is most like itself, which says nothing. `[n_items]`
    pub(crate) fn to(&self, context: &[ItemIndex]) -> Vec<f32> {
        let latest = latest(context);
        let mut likeness = self.of_query(weighted(&latest));
        latest.iter().for_each(|item| likeness[item.index()] = 0.0);
        likeness
    }

    /// [`Self::to`] of contexts that have most of their items in common, once for those that end alike: which row is each context's, and the
    /// rows.
    pub(crate) fn to_each(&self, contexts: &[&[ItemIndex]], known: &mut Likenesses) -> (Vec<usize>, Vec<Vec<f32>>) {
        let mut ends: Vec<Vec<ItemIndex>> = Vec::new();
        let row = |context: &&[ItemIndex]| {
            let latest = latest(context);
            ends.iter().position(|end| *end == latest).unwrap_or_else(|| {
                ends.push(latest);
                ends.len() - 1
            })
        };
        let rows = contexts.iter().map(row).collect();
        known.0.retain(|(item, _)| ends.iter().any(|end| end.contains(item)));
        (rows, ends.iter().map(|end| self.to_end(end, known)).collect())
    }

    /// [`Self::to`] of items, each once, latest first.
    fn to_end(&self, end: &[ItemIndex], known: &mut Likenesses) -> Vec<f32> {
        if (CONTEXT + 1) * self.count > KEPT {
            return self.to(&end.iter().rev().copied().collect::<Vec<_>>());
        }
        let mut likeness = vec![0.0; self.count];
        for (item, weight) in weighted(end) {
            let at = known.0.iter().position(|(other, _)| *other == item).unwrap_or_else(|| {
                known.0.push((item, self.of_query(std::iter::once((item, 1.0)))));
                known.0.len() - 1
            });
            axpy(weight, &known.0[at].1, &mut likeness);
        }
        end.iter().for_each(|item| likeness[item.index()] = 0.0);
        likeness
    }

    /// All items' `q · x_i`, where q is the weighted sum of these items' x.
    fn of_query(&self, items: impl Iterator<Item = (ItemIndex, f32)>) -> Vec<f32> {
        let mut items = items.peekable();
        if items.peek().is_none() {
            return vec![0.0; self.count];
        }
        let mut query = vec![0.0; BUCKETS];
        for (item, weight) in items {
            self.features.of(item).for_each(|(bucket, x)| query[bucket] += weight * x);
        }
        let like = |item| self.features.of(ItemIndex(item)).map(|(bucket, x)| query[bucket] * x).sum();
        (0..self.count as u32).map(like).collect()
    }

    /// Of two items, -1 to 1.
    pub(crate) fn between(&self, a: ItemIndex, b: ItemIndex) -> f32 {
        // Both in the order of their buckets.
        let mut others = self.features.of(b).peekable();
        let mut sum = 0.0;
        for (bucket, x) in self.features.of(a) {
            while others.next_if(|(other, _)| *other < bucket).is_some() {}
            sum += others.next_if(|(other, _)| *other == bucket).map_or(0.0, |(_, y)| x * y);
        }
        sum
    }

    /// How much likeness tells where nothing else is known of an item: the t at which `views_i · exp(t · likeness_i)`, as a share of all
    /// items', makes the sessions' steps likeliest. 0 where what comes next reads no more like what was viewed than anything popular
    /// does. `views`: `[n_items]`
    pub(crate) fn alone(&self, learned: &Sequences, views: &[u32]) -> f32 {
        let popularity: Vec<f32> = views.iter().map(|&views| (views as f32).ln()).collect();
        let steps =
            steps_of(learned, self.sample()).map(|(context, target)| Step::new(&self.to(context), target, &popularity));
        likeliest(&steps.collect::<Vec<_>>())
    }

    /// How much it tells beside a model's scores, and what those count: the b and s at which a softmax of `s · score_i + b · likeness_i` makes the
    /// cases likeliest. To be asked of cases that the model did not learn from: it is too sure of the others. `views`: as above; new items
    /// are left out. `(0, 1)` where there are no cases.
    ///
    /// # Errors
    /// [`Error::Checkpoint`](crate::error::Error::Checkpoint) where weights are missing.
    pub(super) fn beside(&self, model: &Model, cases: &[Case], views: &[u32]) -> Result<(f32, f32)> {
        let apart = cases.len().div_ceil(self.sample()).max(1);
        let told = |case: &&Case| views[case.target.index()] > 0 && is_told(&case.context, case.target);
        let cases: Vec<&Case> = cases.iter().step_by(apart).filter(told).collect();
        let mut scores = Vec::new();
        for cases in cases.chunks(CHUNK) {
            let contexts: Vec<_> =
                cases.iter().map(|case| Context { items: &case.context, times: &case.times }).collect();
            let data = model.scores_timed(&contexts)?.into_data();
            scores.extend(data.try_into_vec::<f32>().expect("scores are f32, read where they are made"));
        }
        let is_new = |at: usize| views[at % self.count] == 0;
        scores.iter_mut().enumerate().filter(|(at, _)| is_new(*at)).for_each(|(_, score)| *score = f32::NEG_INFINITY);
        let likeness: Vec<Vec<f32>> = cases.iter().map(|case| self.to(&case.context)).collect();
        let fitted = |scale: f32| {
            let rows = cases.iter().zip(&likeness).zip(scores.chunks_exact(self.count));
            let scaled = |row: &[f32]| row.iter().map(|score| scale * score).collect::<Vec<_>>();
            let steps: Vec<_> = rows.map(|((case, like), row)| Step::new(like, case.target, &scaled(row))).collect();
            let weight = likeliest(&steps);
            let before = (f64::from(weight) / SPREAD).powi(2) / 2.0 + f64::from(scale).ln().powi(2) / 2.0;
            let likelihood = steps.iter().map(|step| step.log_likelihood(weight)).sum::<f64>();
            (likelihood - before, (weight, scale))
        };
        let best = SCALES.into_iter().map(fitted).max_by(|a, b| a.0.total_cmp(&b.0));
        Ok(best.filter(|_| !cases.is_empty()).map_or((0.0, 1.0), |(_, fit)| fit))
    }

    /// How many steps are asked.
    fn sample(&self) -> usize {
        (HELD / self.count.max(1)).clamp(FEWEST, SAMPLE)
    }
}

/// The items of a context that are read, each once, latest first.
fn latest(context: &[ItemIndex]) -> Vec<ItemIndex> {
    let mut latest = Vec::with_capacity(CONTEXT);
    for item in context.iter().rev() {
        if latest.len() < CONTEXT && !latest.contains(item) {
            latest.push(*item);
        }
    }
    latest
}

/// What each of them weighs: 1 / steps from the end, as a share.
fn weighted(latest: &[ItemIndex]) -> impl Iterator<Item = (ItemIndex, f32)> + '_ {
    let total: f32 = (1..=latest.len()).map(|step| 1.0 / step as f32).sum();
    latest.iter().zip(1_u16..).map(move |(item, step)| (*item, 1.0 / (f32::from(step) * total)))
}

/// Steps back to an item that is read tell nothing.
fn is_told(context: &[ItemIndex], target: ItemIndex) -> bool {
    !context[context.len().saturating_sub(CONTEXT)..].contains(&target)
}

/// Steps of sessions, evenly spread over all of them.
fn steps_of(learned: &Sequences, count: usize) -> impl Iterator<Item = (&[ItemIndex], ItemIndex)> {
    let apart = learned.targets().div_ceil(count).max(1);
    let steps = learned.sessions.iter().flat_map(|s| (1..s.len()).map(move |at| (&s[..at], s[at])));
    steps.skip(apart / 2).step_by(apart).filter(|(context, target)| is_told(context, *target))
}

/// A step of a session: its target's likeness and logarithm of weight, the likeness of the items with any, with what they weigh, and what all
/// others weigh.
struct Step {
    target: (f32, f64),
    alike: Vec<(f32, f32)>,
    unlike: f64,
}

impl Step {
    /// `logits`: what is known of the items without their texts. Both `[n_items]`.
    fn new(likeness: &[f32], target: ItemIndex, logits: &[f32]) -> Self {
        let peak = logits.iter().copied().fold(f32::MIN, f32::max);
        let own = f64::from(logits[target.index()] - peak);
        let mut step = Self { target: (likeness[target.index()], own), alike: Vec::new(), unlike: 0.0 };
        for (&like, logit) in likeness.iter().zip(logits) {
            let share = (logit - peak).exp();
            if like == 0.0 { step.unlike += f64::from(share) } else { step.alike.push((like, share)) }
        }
        step
    }

    /// What all items weigh, and the sum of their likenesses, so weighed.
    fn totals(&self, t: f32) -> (f64, f64) {
        let add = |(total, sum), &(like, share): &(f32, f32)| {
            let weight = f64::from(share) * f64::from((t * like).exp());
            (total + weight, sum + weight * f64::from(like))
        };
        self.alike.iter().fold((self.unlike, 0.0), add)
    }

    /// The logarithm of the step's probability.
    fn log_likelihood(&self, t: f32) -> f64 {
        self.target.1 + f64::from(t * self.target.0) - self.totals(t).0.max(f64::MIN_POSITIVE).ln()
    }

    /// How it changes with t.
    fn slope(&self, t: f32) -> f64 {
        let (total, sum) = self.totals(t);
        f64::from(self.target.0) - sum / total.max(f64::MIN_POSITIVE)
    }
}

/// The t that the steps make likeliest, if before them t was normally distributed about 0: few steps move it little. Its logarithm is concave in t: the
/// slope changes sign once.
fn likeliest(steps: &[Step]) -> f32 {
    let (mut low, mut high) = (0.0, Reading::MOST_WEIGHT);
    for _ in 0..HALVINGS {
        let middle = f32::midpoint(low, high);
        let slope = steps.iter().map(|step| step.slope(middle)).sum::<f64>();
        let rises = slope > f64::from(middle) / SPREAD.powi(2);
        *(if rises { &mut low } else { &mut high }) = middle;
    }
    if low == 0.0 { 0.0 } else { f32::midpoint(low, high) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likeness(titles: &[&str]) -> Likeness {
        Likeness::new(Features::new(&titles.iter().map(|&title| title.to_owned()).collect::<Vec<_>>()))
    }

    fn walks(sessions: &[&[u32]], items: usize) -> Sequences {
        let sessions = sessions.iter().map(|session| session.iter().copied().map(ItemIndex).collect());
        Sequences { items, sessions: sessions.collect() }
    }

    const TITLES: [&str; 4] = ["red wine", "red grapes", "blue moon", "blue cheese"];

    #[test]
    fn later_items_tell_more_and_an_items_own_text_nothing() {
        let like = likeness(&TITLES).to(&[ItemIndex(0), ItemIndex(2)]);
        assert!(like[3] > 1.5 * like[1] && like[1] > 0.0, "{like:?}");
        assert_eq!((like[0], like[2]), (0.0, 0.0));
        assert_eq!(likeness(&TITLES).to(&[]), [0.0; 4]);
    }

    #[test]
    fn contexts_that_differ_in_an_item_share_what_their_others_are_like() {
        let titles: Vec<String> = (0..14).map(|i| format!("{} {}", TITLES[i % 4], TITLES[i / 4 % 4])).collect();
        let likeness = likeness(&titles.iter().map(String::as_str).collect::<Vec<_>>());
        let whole: Vec<ItemIndex> = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 3, 11].map(ItemIndex).to_vec();
        let without = |gone: u32| whole.iter().copied().filter(|item| item.0 != gone).collect::<Vec<_>>();
        let contexts: Vec<Vec<ItemIndex>> = (0..12).map(without).chain([whole.clone(), Vec::new()]).collect();
        let contexts: Vec<&[ItemIndex]> = contexts.iter().map(Vec::as_slice).collect();
        let mut known = Likenesses::default();
        for contexts in [&contexts[..], &contexts[3..], &contexts] {
            let (rows, all) = likeness.to_each(contexts, &mut known);
            // Without the oldest two it ends as it is.
            assert_eq!(all.len(), if contexts.len() == 14 { 12 } else { contexts.len() });
            for (row, context) in rows.into_iter().zip(contexts) {
                let near = |(a, b): (&f32, f32)| (a - b).abs() < 1e-6;
                assert!(all[row].iter().zip(likeness.to(context)).all(near), "{context:?}");
            }
        }
    }

    #[test]
    fn the_weight_of_texts_alone_is_the_likeliest_and_none_where_texts_mislead() {
        let alike = walks(&[&[0, 1], &[1, 0], &[2, 3], &[3, 2], &[0, 2]], 4);
        let likeness = likeness(&TITLES);
        let weight = likeness.alone(&alike, &alike.counts());
        let log_posterior = |t: f32| -> f32 {
            let step = |session: &Vec<ItemIndex>| {
                let like = likeness.to(&session[..1]);
                let shares: Vec<f32> = like.iter().zip(alike.counts()).map(|(l, v)| v as f32 * (t * l).exp()).collect();
                (shares[session[1].index()] / shares.iter().sum::<f32>()).ln()
            };
            alike.sessions.iter().map(step).sum::<f32>() - (t / SPREAD as f32).powi(2) / 2.0
        };
        assert!(weight > 0.5 && weight < Reading::MOST_WEIGHT, "{weight}");
        assert!([0.9, 1.1].iter().all(|off| log_posterior(off * weight) < log_posterior(weight)), "{weight}");
        let unlike = walks(&[&[0, 2], &[1, 3], &[2, 1], &[3, 0]], 4);
        assert_eq!(likeness.alone(&unlike, &unlike.counts()), 0.0);
        assert_eq!(likeness.alone(&walks(&[&[0]], 4), &[1, 0, 0, 0]), 0.0, "no step, nothing told");
    }
}
