//! Vectors of items that nobody has viewed yet, told from their texts.
//!
//! A text becomes hashed features (Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", 2009): the character n-grams of
//! its words (Bojanowski et al., "Enriching Word Vectors with Subword Information", 2017), the words, and the tags. A ridge regression
//! from features to trained vectors, by conjugate gradients, then predicts the missing ones:
//!
//! ```text
//! min Σ_i views_i / (views_i + 10) |v_i − a − b ln(1 + views_i) − B x_i|² + λ |B|²
//! ```
//!
//! a and b are fitted first, B to what they leave. A regression shrinks: a prediction is scaled to the length that trained vectors of few
//! views have, so that its item can surface, and not above it, so that it does not flood.
//!
//! **Cost:** one multiply-add per feature (about 70 a title), dimension and pass, twice 30 passes at most, over at most 8,192 items, however large
//! the catalogue is; nothing where every item was trained.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use crate::catalogue::ItemIndex;

/// Features are hashed to this many buckets.
pub const BUCKETS: usize = 1 << 15;
/// Lengths of the n-grams, the marks at a word's two ends counted.
const GRAMS: RangeInclusive<usize> = 3..=5;
/// What n-grams, words and tags make up of a text's squared length.
const SHARES: [f32; 3] = [0.4, 0.4, 0.2];
/// Characters of the words, and of the tags, that are read.
const LONGEST: usize = 300;
/// Vectors are learned from at most this many items, those viewed most.
const LEARNED_FROM: usize = 8192;
/// Views at which a trained vector counts half.
const HALF: f32 = 10.0;
/// λ. Chosen with [`HALF`] on validation cases.
const RIDGE: f32 = 0.4;
/// Passes of conjugate gradients, at most; it stops once the residual is a thousandth.
const PASSES: usize = 30;
/// Columns that are solved for together.
const BLOCK: usize = 16;

type Row = Vec<(u32, f32)>;
type Columns = [f32; BLOCK];

/// Each item's features: buckets in order, with weights whose squares add up to one; none where there is no text. Four bytes a feature: those of
/// 50,000 titles take some 12 MB.
#[derive(Debug, Clone)]
pub struct Features {
    starts: Vec<u32>,
    values: Vec<(u16, i16)>,
}

/// Weights are kept in steps of this.
const STEP: f32 = 1.0 / i16::MAX as f32;

impl Features {
    /// Features of texts, one an item: the first line is read as words, what follows as tags between `|`, `,` or line ends. A feature
    /// weighs its inverse document frequency, `ln(1 + texts / texts with it)`.
    #[must_use]
    pub fn new(texts: &[String]) -> Self {
        Self::read(texts.len(), |at| texts[at].as_str().into())
    }

    /// The same of `count` texts that are made when they are read, twice each: the texts of a large catalogue are large.
    pub fn read<'a>(count: usize, text: impl Fn(usize) -> Cow<'a, str>) -> Self {
        let mut texts_with = vec![0_u32; BUCKETS];
        let mut features = 0;
        for at in 0..count {
            hashed(&text(at)).iter().flatten().for_each(|&(bucket, _)| {
                texts_with[bucket as usize] += 1;
                features += 1;
            });
        }
        let idf = |bucket: u32| (count as f32 / texts_with[bucket as usize].max(1) as f32).ln_1p();
        let mut features = Self { starts: vec![0], values: Vec::with_capacity(features) };
        for at in 0..count {
            let mut row = Row::new();
            for (mut group, share) in hashed(&text(at)).into_iter().zip(SHARES) {
                group.iter_mut().for_each(|(bucket, weight)| *weight *= idf(*bucket));
                scale(&mut group, share.sqrt());
                row.append(&mut group);
            }
            let mut row = merged(row);
            scale(&mut row, 1.0);
            features.values.extend(row.iter().map(|&(bucket, weight)| (bucket as u16, (weight / STEP).round() as i16)));
            features.starts.push(features.values.len() as u32);
        }
        features
    }

    /// How many items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Is there no item?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// An item's features.
    pub fn of(&self, item: ItemIndex) -> impl Iterator<Item = (usize, f32)> + Clone + '_ {
        let row = &self.values[self.starts[item.index()] as usize..self.starts[item.index() + 1] as usize];
        row.iter().map(|&(bucket, weight)| (bucket as usize, f32::from(weight) * STEP))
    }

    /// Items that were never viewed and have a text.
    #[must_use]
    pub fn untrained(&self, views: &[u32]) -> Vec<ItemIndex> {
        self.items(|at| views[at] == 0)
    }

    /// Items that have a text and that `keep` keeps.
    fn items(&self, keep: impl Fn(usize) -> bool) -> Vec<ItemIndex> {
        let kept = (0..self.len()).filter(|&at| self.starts[at] < self.starts[at + 1] && keep(at));
        kept.map(|at| ItemIndex(at as u32)).collect()
    }
}

/// N-grams, words and tags of a text.
fn hashed(text: &str) -> [Row; 3] {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    let [line, rest] =
        [line, rest].map(|part| part.chars().take(LONGEST).flat_map(char::to_lowercase).collect::<String>());
    let [mut grams, mut words, mut tags] = [const { Row::new() }; 3];
    for word in line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        words.push(hash(1, word));
        let marked = format!("<{word}>");
        let mut ends: Vec<usize> = marked.char_indices().map(|(at, _)| at).collect();
        ends.push(marked.len());
        for length in GRAMS {
            grams.extend(ends.windows(length + 1).map(|gram| hash(0, &marked[gram[0]..gram[length]])));
        }
    }
    let parts = rest.split(['|', ',', '\n']).map(str::trim).filter(|tag| !tag.is_empty());
    tags.extend(parts.map(|tag| hash(2, tag)));
    [merged(grams), merged(words), merged(tags)]
}

/// A feature's bucket and sign (FNV-1a): signs let collisions cancel.
fn hash(kind: u8, feature: &str) -> (u32, f32) {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = std::iter::once(kind).chain(feature.bytes()).fold(0xcbf2_9ce4_8422_2325, step);
    let folded = hash ^ (hash >> 32);
    ((folded % BUCKETS as u64) as u32, if folded & (1 << 20) == 0 { 1.0 } else { -1.0 })
}

/// Buckets in order, each once; those that cancelled are left out.
fn merged(mut row: Row) -> Row {
    row.sort_by_key(|(bucket, _)| *bucket);
    row.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        kept.1 += if same { next.1 } else { 0.0 };
        same
    });
    row.retain(|(_, weight)| *weight != 0.0);
    row
}

fn scale(row: &mut Row, length: f32) {
    let now = row.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
    row.iter_mut().for_each(|(_, weight)| *weight *= length / now);
}

/// A regression's data: what is the same for every table of vectors.
#[derive(Debug)]
pub struct Regression<'a> {
    features: &'a Features,
    /// Items learned from, those viewed most first, with their logarithms of views and weights.
    learned: Vec<(ItemIndex, f32, f32)>,
}

impl<'a> Regression<'a> {
    /// From the items that were viewed and have a text; `None` where there is none. `views`: `[items]`
    #[must_use]
    pub fn new(features: &'a Features, views: &[u32]) -> Option<Self> {
        let mut items = features.items(|at| views[at] > 0);
        items.sort_by_key(|item| std::cmp::Reverse(views[item.index()]));
        items.truncate(LEARNED_FROM);
        let entry = |item: ItemIndex| {
            let views = views[item.index()] as f32;
            (item, views.ln_1p(), views / (views + HALF))
        };
        let learned: Vec<_> = items.into_iter().map(entry).collect();
        (!learned.is_empty()).then_some(Self { features, learned })
    }

    /// Vectors of items that have a text. An item is taken for one as little viewed as the least viewed quarter of those learned from, and
    /// gets a vector of their mean length. `vectors`: `[items, dim]`, flat; output `[of, dim]`, flat.
    #[must_use]
    pub fn predict(&self, vectors: &[f32], dim: usize, of: &[ItemIndex]) -> Vec<f32> {
        let mut predicted = vec![0.0; of.len() * dim];
        for start in (0..dim).step_by(BLOCK) {
            let width = BLOCK.min(dim - start);
            let column = |item: ItemIndex| {
                let mut columns = [0.0; BLOCK];
                columns[..width].copy_from_slice(&vectors[item.index() * dim + start..][..width]);
                columns
            };
            let mut targets: Vec<Columns> = self.learned.iter().map(|(item, ..)| column(*item)).collect();
            let base = self.take_base(&mut targets);
            let weights = self.solve(&targets);
            for (row, item) in predicted.chunks_exact_mut(dim).zip(of) {
                let mut sum = base;
                add_product(&mut sum, self.features.of(*item), &weights);
                row[start..start + width].copy_from_slice(&sum[..width]);
            }
        }
        let length = self.least().iter().map(|(item, ..)| norm(&vectors[item.index() * dim..][..dim])).sum::<f32>()
            / self.least().len() as f32;
        for row in predicted.chunks_exact_mut(dim) {
            let now = norm(row);
            row.iter_mut().for_each(|value| *value *= length / now.max(f32::MIN_POSITIVE));
        }
        predicted
    }

    /// The least viewed quarter.
    fn least(&self) -> &[(ItemIndex, f32, f32)] {
        &self.learned[self.learned.len() * 3 / 4..]
    }

    /// Takes a + b ln(1 + views) off the targets and gives its value for an item that is viewed as little as [`Self::least`].
    fn take_base(&self, targets: &mut [Columns]) -> Columns {
        let total: f64 = self.learned.iter().map(|(.., weight)| f64::from(*weight)).sum();
        let mean = |of: &dyn Fn(usize) -> f64| {
            let terms = self.learned.iter().enumerate().map(|(at, (.., weight))| f64::from(*weight) * of(at));
            terms.sum::<f64>() / total
        };
        let logs = |at: usize| f64::from(self.learned[at].1);
        let mean_log = mean(&logs);
        let variance = mean(&|at| (logs(at) - mean_log).powi(2));
        let few = self.least().iter().map(|(_, log, _)| f64::from(*log)).sum::<f64>() / self.least().len() as f64;
        let mut base = [0.0; BLOCK];
        for (column, base) in base.iter_mut().enumerate() {
            let centre = mean(&|at| f64::from(targets[at][column]));
            let slope = mean(&|at| (logs(at) - mean_log) * f64::from(targets[at][column])) / variance.max(1e-9);
            for (target, (_, log, _)) in targets.iter_mut().zip(&self.learned) {
                target[column] -= (centre + slope * (f64::from(*log) - mean_log)) as f32;
            }
            *base = (centre + slope * (few - mean_log)) as f32;
        }
        base
    }

    /// (Xᵀ W X + λ) B = Xᵀ W Y, by conjugate gradients, each column with step sizes of its own. `[BUCKETS, columns]`
    fn solve(&self, targets: &[Columns]) -> Vec<Columns> {
        let mut residual = vec![[0.0; BLOCK]; BUCKETS];
        for ((item, _, weight), target) in self.learned.iter().zip(targets) {
            add_outer(&mut residual, self.features.of(*item), &target.map(|value| value * weight));
        }
        let mut solution = vec![[0.0; BLOCK]; BUCKETS];
        let mut direction = residual.clone();
        let mut size = dots(&residual, &residual);
        let goal = size.map(|size| size * 1e-6);
        for _ in 0..PASSES {
            let image = self.image(&direction);
            let curvature = dots(&direction, &image);
            let step = ratios(size, curvature);
            add_scaled(&mut solution, &direction, step);
            add_scaled(&mut residual, &image, step.map(|step| -step));
            let next = dots(&residual, &residual);
            if next.iter().zip(goal).all(|(size, goal)| *size <= goal) {
                break;
            }
            let turn = ratios(next, size);
            for (direction, residual) in direction.iter_mut().zip(&residual) {
                for ((value, residual), turn) in direction.iter_mut().zip(residual).zip(turn) {
                    *value = residual + turn * *value;
                }
            }
            size = next;
        }
        solution
    }

    /// (Xᵀ W X + λ) times a direction.
    fn image(&self, direction: &[Columns]) -> Vec<Columns> {
        let mut image: Vec<Columns> = direction.iter().map(|columns| columns.map(|value| value * RIDGE)).collect();
        for (item, _, weight) in &self.learned {
            let mut product = [0.0; BLOCK];
            add_product(&mut product, self.features.of(*item), direction);
            add_outer(&mut image, self.features.of(*item), &product.map(|value| value * weight));
        }
        image
    }
}

fn add_product(sum: &mut Columns, row: impl Iterator<Item = (usize, f32)>, weights: &[Columns]) {
    for (bucket, x) in row {
        sum.iter_mut().zip(&weights[bucket]).for_each(|(sum, weight)| *sum += x * weight);
    }
}

fn add_outer(into: &mut [Columns], row: impl Iterator<Item = (usize, f32)>, columns: &Columns) {
    for (bucket, x) in row {
        into[bucket].iter_mut().zip(columns).for_each(|(into, value)| *into += x * value);
    }
}

fn add_scaled(into: &mut [Columns], other: &[Columns], factors: Columns) {
    for (into, other) in into.iter_mut().zip(other) {
        into.iter_mut().zip(other).zip(factors).for_each(|((into, value), factor)| *into += factor * value);
    }
}

fn dots(a: &[Columns], b: &[Columns]) -> [f64; BLOCK] {
    let mut dots = [0.0; BLOCK];
    for (a, b) in a.iter().zip(b) {
        dots.iter_mut().zip(a.iter().zip(b)).for_each(|(dot, (a, b))| *dot += f64::from(a * b));
    }
    dots
}

/// Column by column; 0 where there is nothing left to solve.
fn ratios(above: [f64; BLOCK], below: [f64; BLOCK]) -> Columns {
    std::array::from_fn(|at| if below[at] > 0.0 { (above[at] / below[at]) as f32 } else { 0.0 })
}

fn norm(vector: &[f32]) -> f32 {
    vector.iter().map(|value| value * value).sum::<f32>().sqrt()
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::rng::{Stream, generator};

    const GROUPS: usize = 6;
    const DIM: usize = 20;

    /// Items whose titles share a word with their group and whose vectors lie around their group's.
    fn planted(items: usize) -> (Vec<String>, Vec<f32>) {
        let mut random = generator(5, Stream::Order, 0);
        let mut draw = || random.random::<f32>() * 2.0 - 1.0;
        let centres: Vec<f32> = (0..GROUPS * DIM).map(|_| draw()).collect();
        let words = ["harbour", "violin", "glacier", "orchard", "lantern", "compass"];
        let texts = (0..items).map(|i| format!("The {} of {}\nkind {}|new", words[i % GROUPS], i * 7919, i % 2));
        let vectors = (0..items).flat_map(|i| (0..DIM).map(move |k| (i % GROUPS) * DIM + k));
        let vectors: Vec<f32> = vectors.map(|at| centres[at]).collect();
        (texts.collect(), vectors.into_iter().map(|value| value + 0.3 * draw()).collect())
    }

    fn cosine(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>() / (norm(a) * norm(b))
    }

    #[test]
    fn a_held_out_items_vector_is_nearest_its_own_group_and_as_long_as_trained_ones() {
        let (texts, vectors) = planted(240);
        let mut views: Vec<u32> = (0..240).map(|i| 1 + i % 9).collect();
        views[180..].fill(0);
        let features = Features::new(&texts);
        let untrained = features.untrained(&views);
        assert_eq!(untrained.len(), 60);
        let regression = Regression::new(&features, &views).unwrap();
        let predicted = regression.predict(&vectors, DIM, &untrained);
        let nearest = |row: &[f32]| {
            let rows = vectors[..180 * DIM].chunks_exact(DIM).enumerate();
            let best = rows.max_by(|a, b| cosine(row, a.1).total_cmp(&cosine(row, b.1)));
            best.map(|(at, _)| at % GROUPS).unwrap()
        };
        let rows = predicted.chunks_exact(DIM).zip(&untrained);
        let right = rows.filter(|(row, item)| nearest(row) == item.index() % GROUPS).count();
        assert!(right >= 54, "{right} of 60");
        let lengths: Vec<f32> = vectors[..180 * DIM].chunks_exact(DIM).map(norm).collect();
        let [low, high] = [f32::min, f32::max].map(|of| lengths.iter().copied().reduce(of).unwrap());
        assert!(predicted.chunks_exact(DIM).all(|row| (low..=high).contains(&norm(row))));
        assert_eq!(predicted, regression.predict(&vectors, DIM, &untrained), "the same every time");
    }

    #[test]
    fn conjugate_gradients_reach_the_minimum() {
        let (texts, vectors) = planted(60);
        let features = Features::new(&texts);
        let regression = Regression::new(&features, &[4; 60]).unwrap();
        let targets: Vec<Columns> = vectors.chunks_exact(DIM).map(|row| row[..BLOCK].try_into().unwrap()).collect();
        let solution = regression.solve(&targets);
        let mut gradient = regression.image(&solution);
        for ((item, _, weight), target) in regression.learned.iter().zip(&targets) {
            add_outer(&mut gradient, features.of(*item), &target.map(|value| -value * weight));
        }
        let left = dots(&gradient, &gradient).into_iter().fold(0.0, f64::max).sqrt();
        assert!(left < 0.01, "{left}");
    }

    #[test]
    fn texts_are_read_as_words_and_tags_whatever_the_case() {
        let same = Features::new(&["Toy STORY\nDrama|Film Noir".into(), "toy story\nfilm noir, drama".into()]);
        let row = |item: u32| same.of(ItemIndex(item)).collect::<Vec<_>>();
        assert_eq!(row(0), row(1));
        let [grams, words, tags] = hashed("ab cde\nx|y z");
        // <ab>: 2 + 1, <cde>: 3 + 2 + 1.
        assert_eq!((grams.len(), words.len(), tags.len()), (9, 2, 2));
        let length: f32 = row(0).iter().map(|(_, weight)| weight * weight).sum();
        assert!((length - 1.0).abs() < 1e-3);
    }

    #[test]
    fn hostile_and_empty_texts_do_no_harm() {
        let texts = ["", " – \n|,|", "\u{202e}İ\u{0}ﬃ\u{10ffff}", "a", "👩‍👩‍👧‍👦 ذ \n\n\n,", &"ß".repeat(100_000)];
        let texts: Vec<String> = texts.into_iter().map(str::to_owned).collect();
        let features = Features::new(&texts);
        let views = [0, 3, 1, 0, 0, 0];
        let untrained = features.untrained(&views);
        assert!(!untrained.contains(&ItemIndex(0)), "without a text there is nothing to tell");
        let vectors = vec![0.5; 6 * 3];
        let predicted = Regression::new(&features, &views).unwrap().predict(&vectors, 3, &untrained);
        assert!(predicted.iter().all(|value| value.is_finite()), "{predicted:?}");
        assert!(Regression::new(&features, &[0; 6]).is_none(), "nothing to learn from");
    }
}
