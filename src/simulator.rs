//! Visitors who do not exist: seeded sessions over a catalogue, for the demo and for tests whose answer is known.
//!
//! # The model
//! - **Topics** lie on a ring in the catalogue's order, so a catalogue should list akin topics side by side. A topic's
//!   *neighbours* are the two beside it and one more, drawn by the seed.
//! - **Items** of a topic have a popularity that falls as 1 / rank (Zipf), and lie on a *trail*: a cyclic order in which
//!   they are commonly read. The seed draws both.
//! - **Interests**: a visitor has three, topics with weights. Before each session every weight takes a random step, and
//!   now and then the weakest interest gives way to a neighbour of the strongest.
//! - **A session** starts at a popular item of a topic drawn from the interests: its *home*. Within a topic the visitor
//!   mostly follows the trail, else jumps to a popular item. After [`STRETCH`] items they may digress, for [`STRETCH`]
//!   items, to a neighbour of home; then they mostly come home and take up the trail where they had left it, or else
//!   digress once more, again to a neighbour *of home*. Nothing is seen twice in a session while its topic has anything new.
//!
//! # What there is to learn
//! The last item alone tells the topic and the next item on the trail, which is all that a first-order Markov chain knows.
//! That a digression is over, where home was, and at which item it was left take a longer memory: two items, the session's
//! first, and one a few steps back. Popularity says little. Each visitor's next item has a known distribution, so the
//! best possible score is known too. Hit rates with the defaults, 25 topics of 20 items and 200 further visitors:
//!
//! | | @1 | @10 |
//! |---|---|---|
//! | popularity | 0.01 | 0.05 |
//! | last-item Markov | 0.49 | 0.59 |
//! | the model itself: no predictor does better | 0.65 | 0.88 |
//!
//! # Assumptions
//! Visitors are independent and share one taste in trails; there is no clock, no season, no news, and no item is liked for
//! what it is. People are not like this: a score on simulated sessions says that a predictor can learn order and memory,
//! and nothing about how well it serves people.

use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg32;
use std::collections::BTreeMap;

/// Items in the shortest session.
pub const MIN_LENGTH: usize = 4;
/// Items in the longest session.
pub const MAX_LENGTH: usize = 25;
/// Items of a topic that a visitor looks at before moving on to another: at home at least, elsewhere exactly.
pub const STRETCH: usize = 2;

const INTERESTS: usize = 3;

/// What the simulator needs to know of the catalogue: which items each topic holds.
#[derive(Clone, Debug)]
pub struct World {
    /// Item indices by topic, in the catalogue's order; no topic is empty.
    topics: Vec<Vec<u32>>,
    /// By item: its topic, an index into `topics`.
    topic_of: Vec<usize>,
}

impl World {
    /// The world in which item `i` belongs to topic `topics[i]`. Topic numbers may have gaps; their order is the ring's.
    #[must_use]
    pub fn new(topics: &[usize]) -> Self {
        let mut by_topic: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        for (item, &topic) in topics.iter().enumerate() {
            by_topic.entry(topic).or_default().push(item as u32);
        }
        let mut topic_of = vec![0; topics.len()];
        for (topic, items) in by_topic.values().enumerate() {
            for &item in items {
                topic_of[item as usize] = topic;
            }
        }
        Self { topics: by_topic.into_values().collect(), topic_of }
    }
}

/// How many visitors there are, and how they behave. A probability outside 0 to 1 counts as the nearer of the two.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulatorConfig {
    /// Number of visitors, any. The first `n` are the same however many follow. Default 600.
    pub visitors: usize,
    /// Draws the trails, the popularities, the third neighbours and every visitor. Any value. Default 0.
    pub seed: u64,
    /// Fewest sessions of a visitor, from 0. Default 3.
    pub min_sessions: u32,
    /// Most sessions of a visitor, from `min_sessions`, which counts if it is the greater. Default 8.
    pub max_sessions: u32,
    /// Probability that a session of at least [`MIN_LENGTH`] items goes on to one more, up to [`MAX_LENGTH`]; 0 to 1.
    /// Higher: longer sessions. Default 0.88, about 10 items.
    pub persistence: f32,
    /// Probability that the next item within a topic is the next on its trail, not a popular one; 0 to 1.
    /// Higher: more order to learn. Default 0.85.
    pub fidelity: f32,
    /// Probability, at home and after [`STRETCH`] items of it, of digressing next; 0 to 1.
    /// Higher: more digressions, so that memory matters more. Default 0.7.
    pub restlessness: f32,
    /// Probability that a digression ends at home, not in another one; 0 to 1.
    /// Higher: the session's first topic tells more. Default 0.95.
    pub homing: f32,
    /// Probability, from one session to the next, that the weakest interest is replaced; 0 to 1. Default 0.25.
    pub drift: f32,
}

impl Default for SimulatorConfig {
    fn default() -> Self {
        Self {
            visitors: 600,
            seed: 0,
            min_sessions: 3,
            max_sessions: 8,
            persistence: 0.88,
            fidelity: 0.85,
            restlessness: 0.7,
            homing: 0.95,
            drift: 0.25,
        }
    }
}

/// Sessions of simulated visitors: for each visitor, in order, sessions of item indices in order.
///
/// The same world and config give the same sessions on every platform. A world without items has visitors without sessions.
#[must_use]
pub fn simulate(world: &World, config: &SimulatorConfig) -> Vec<Vec<Vec<u32>>> {
    if world.topics.is_empty() {
        return vec![Vec::new(); config.visitors];
    }
    let customs = Customs::new(world, config);
    (0..config.visitors).map(|visitor| Visitor::new(&customs, visitor as u64).sessions()).collect()
}

/// The generator of one key under a seed: key 0 for the customs, key `v + 1` for visitor `v`.
fn keyed(seed: u64, key: u64) -> Pcg32 {
    const GOLDEN_RATIO: u64 = 0x9E37_79B9_7F4A_7C15;
    Pcg32::seed_from_u64(seed ^ key.wrapping_mul(GOLDEN_RATIO))
}

fn happens(probability: f32, rng: &mut Pcg32) -> bool {
    rng.random::<f32>() < probability
}

/// One of `choices`, which are not empty, in proportion to their weights.
fn draw<T: Copy>(choices: &[(T, f32)], rng: &mut Pcg32) -> T {
    let mut left = rng.random::<f32>() * choices.iter().map(|&(_, weight)| weight).sum::<f32>();
    for &(choice, weight) in choices {
        left -= weight;
        if left < 0.0 {
            return choice;
        }
    }
    // Rounding can leave a remainder.
    choices[choices.len() - 1].0
}

/// What all visitors share: the hidden structure, and from it the distribution of what comes next.
struct Customs<'a> {
    world: &'a World,
    config: &'a SimulatorConfig,
    /// By topic: its items, the most popular first.
    popular: Vec<Vec<u32>>,
    /// By item: the next one on the trail of its topic.
    successor: Vec<u32>,
    /// By topic: the topics that visitors digress to from it, never itself.
    neighbours: Vec<Vec<usize>>,
}

impl<'a> Customs<'a> {
    fn new(world: &'a World, config: &'a SimulatorConfig) -> Self {
        let rng = &mut keyed(config.seed, 0);
        let mut successor = vec![0; world.topic_of.len()];
        let mut popular = world.topics.clone();
        for items in &mut popular {
            items.shuffle(rng);
            for (place, &item) in items.iter().enumerate() {
                successor[item as usize] = items[(place + 1) % items.len()];
            }
            items.shuffle(rng);
        }
        let neighbours = neighbours(world.topics.len(), rng);
        Self { world, config, popular, successor, neighbours }
    }

    fn topic(&self, item: u32) -> usize {
        self.world.topic_of[item as usize]
    }

    /// The distribution of the topic after `path`, a session's items so far, at least one.
    fn next_topics(&self, path: &[u32]) -> Vec<(usize, f32)> {
        let home = self.topic(path[0]);
        let here = self.topic(path[path.len() - 1]);
        let stretch = path.iter().rev().take_while(|&&item| self.topic(item) == here).count();
        if stretch < STRETCH {
            return vec![(here, 1.0)];
        }
        let elsewhere = || self.neighbours[home].iter().filter(|&&topic| topic != here);
        let away = match elsewhere().count() {
            0 => 0.0,
            _ if here == home => self.config.restlessness.clamp(0.0, 1.0),
            _ => 1.0 - self.config.homing.clamp(0.0, 1.0),
        };
        let each = away / elsewhere().count().max(1) as f32;
        elsewhere().map(|&topic| (topic, each)).chain([(home, 1.0 - away)]).collect()
    }

    /// The distribution of the item of `topic` that comes after `path`.
    fn next_items(&self, topic: usize, path: &[u32]) -> Vec<(u32, f32)> {
        let mut items = self.open_items(topic, path);
        let left_at = path.iter().rev().copied().find(|&item| self.topic(item) == topic);
        if let Some(next) = left_at.and_then(|item| self.along_trail(item, &items)) {
            let fidelity = self.config.fidelity.clamp(0.0, 1.0);
            for (_, probability) in &mut items {
                *probability *= 1.0 - fidelity;
            }
            items[next].1 += fidelity;
        }
        items
    }

    /// What `path` has left to see of `topic`, by popularity. A topic seen whole opens again, but for the last item.
    fn open_items(&self, topic: usize, path: &[u32]) -> Vec<(u32, f32)> {
        let popular = &self.popular[topic];
        let open_but_for = |closed: &[u32]| -> Vec<(u32, f32)> {
            let ranked = popular.iter().enumerate().filter(|(_, item)| !closed.contains(item));
            ranked.map(|(rank, &item)| (item, 1.0 / (rank + 1) as f32)).collect()
        };
        let mut items = open_but_for(path);
        if items.is_empty() {
            items = open_but_for(&path[path.len() - 1..]);
        }
        if items.is_empty() {
            items = open_but_for(&[]);
        }
        let total: f32 = items.iter().map(|&(_, weight)| weight).sum();
        for (_, weight) in &mut items {
            *weight /= total;
        }
        items
    }

    /// The place in `open` of the first of them that the trail meets after `item`.
    fn along_trail(&self, item: u32, open: &[(u32, f32)]) -> Option<usize> {
        let next = |&item: &u32| Some(self.successor[item as usize]);
        std::iter::successors(next(&item), next)
            .take(self.popular[self.topic(item)].len())
            .find_map(|next| open.iter().position(|&(item, _)| item == next))
    }
}

/// For each topic the two beside it on the ring, and a third anywhere.
fn neighbours(topics: usize, rng: &mut Pcg32) -> Vec<Vec<usize>> {
    (0..topics)
        .map(|topic| {
            let mut others = vec![(topic + topics - 1) % topics, (topic + 1) % topics, rng.random_range(0..topics)];
            others.sort_unstable();
            others.dedup();
            others.retain(|&other| other != topic);
            others
        })
        .collect()
}

struct Visitor<'a> {
    customs: &'a Customs<'a>,
    rng: Pcg32,
    /// Topics with weights; a topic may be there twice.
    interests: [(usize, f32); INTERESTS],
}

impl<'a> Visitor<'a> {
    fn new(customs: &'a Customs<'a>, visitor: u64) -> Self {
        let mut rng = keyed(customs.config.seed, visitor + 1);
        let topics = customs.popular.len();
        let interests = std::array::from_fn(|_| (rng.random_range(0..topics), rng.random_range(0.2..1.0)));
        Self { customs, rng, interests }
    }

    fn sessions(mut self) -> Vec<Vec<u32>> {
        let SimulatorConfig { min_sessions, max_sessions, .. } = *self.customs.config;
        let sessions = self.rng.random_range(min_sessions..=max_sessions.max(min_sessions));
        (0..sessions)
            .map(|_| {
                self.drift();
                self.session()
            })
            .collect()
    }

    fn drift(&mut self) {
        for (_, weight) in &mut self.interests {
            // Bounded, so that in a long life no interest dies out or drowns the others.
            *weight = (*weight * self.rng.random_range(0.7..1.4)).clamp(0.1, 10.0);
        }
        self.interests.sort_by(|a, b| b.1.total_cmp(&a.1));
        if happens(self.customs.config.drift, &mut self.rng) {
            let (strongest, weight) = self.interests[0];
            if let Some(&topic) = self.customs.neighbours[strongest].choose(&mut self.rng) {
                self.interests[INTERESTS - 1] = (topic, weight / 2.0);
            }
        }
    }

    fn session(&mut self) -> Vec<u32> {
        let home = draw(&self.interests, &mut self.rng);
        let mut path = vec![draw(&self.customs.next_items(home, &[]), &mut self.rng)];
        while path.len() < MIN_LENGTH
            || path.len() < MAX_LENGTH && happens(self.customs.config.persistence, &mut self.rng)
        {
            let topic = draw(&self.customs.next_topics(&path), &mut self.rng);
            path.push(draw(&self.customs.next_items(topic, &path), &mut self.rng));
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Twenty items in each of `topics` topics.
    fn world(topics: usize) -> World {
        World::new(&(0..20 * topics).map(|item| item / 20).collect::<Vec<_>>())
    }

    fn visitors(visitors: usize, seed: u64) -> SimulatorConfig {
        SimulatorConfig { visitors, seed, ..SimulatorConfig::default() }
    }

    #[test]
    fn a_seed_fixes_everything() {
        let world = world(25);
        assert_eq!(simulate(&world, &visitors(20, 1)), simulate(&world, &visitors(20, 1)));
        assert_ne!(simulate(&world, &visitors(20, 1)), simulate(&world, &visitors(20, 2)));
    }

    #[test]
    fn every_platform_draws_these() {
        let sessions = simulate(&world(25), &visitors(1, 7));
        assert_eq!(sessions[0][0], [87, 92, 101, 100, 81, 90, 85]);
    }

    #[test]
    fn the_first_visitors_do_not_depend_on_the_rest() {
        let world = world(25);
        assert_eq!(simulate(&world, &visitors(30, 3))[..10], simulate(&world, &visitors(10, 3)));
    }

    #[test]
    fn sessions_stay_within_their_bounds() {
        let config = visitors(300, 4);
        for sessions in simulate(&world(25), &config) {
            assert!((config.min_sessions..=config.max_sessions).contains(&(sessions.len() as u32)));
            for session in sessions {
                assert!((MIN_LENGTH..=MAX_LENGTH).contains(&session.len()));
                assert!(session.iter().all(|&item| item < 500));
            }
        }
    }

    #[test]
    fn nothing_is_seen_twice_while_the_topic_has_anything_new() {
        // Visitors this restless never stay for twenty items, so no topic is seen whole.
        for session in simulate(&world(25), &visitors(300, 5)).concat() {
            let distinct: BTreeSet<_> = session.iter().collect();
            assert_eq!(distinct.len(), session.len());
        }
    }

    #[test]
    fn tiny_worlds_have_visitors_too() {
        assert_eq!(simulate(&World::new(&[]), &visitors(3, 0)), vec![Vec::<Vec<u32>>::new(); 3]);
        for topics in [&[0][..], &[9, 9], &[3, 8]] {
            for session in simulate(&World::new(topics), &visitors(20, 0)).concat() {
                assert!(session.len() >= MIN_LENGTH);
                assert!(session.iter().all(|&item| (item as usize) < topics.len()));
                assert!(
                    topics.len() == 1 || topics[0] != topics[1] || session.windows(2).all(|pair| pair[0] != pair[1])
                );
            }
        }
    }

    #[test]
    fn absurd_settings_are_survived() {
        let config = SimulatorConfig {
            visitors: 10,
            seed: 0,
            min_sessions: 5,
            max_sessions: 2,
            persistence: 7.0,
            fidelity: -1.0,
            restlessness: f32::NAN,
            homing: 3.0,
            drift: f32::INFINITY,
        };
        for sessions in simulate(&world(3), &config) {
            assert_eq!(sessions.len(), 5);
            assert!(sessions.iter().all(|session| session.len() == MAX_LENGTH));
        }
    }

    /// Hit rates at 1 and at 10 of what `score` says of every item that follows a session's first.
    fn hit_rates(sessions: &[Vec<u32>], score: impl Fn(&[u32]) -> Vec<f32>) -> [f32; 2] {
        let (mut hits, mut events) = ([0, 0], 0);
        for session in sessions {
            for end in 1..session.len() {
                let scores = score(&session[..end]);
                let rank = scores.iter().filter(|&&other| other > scores[session[end] as usize]).count();
                events += 1;
                hits[0] += usize::from(rank < 1);
                hits[1] += usize::from(rank < 10);
            }
        }
        hits.map(|hits| hits as f32 / events as f32)
    }

    #[test]
    fn markov_beats_popularity_and_memory_beats_markov() {
        let world = world(25);
        let config = visitors(800, 0);
        let mut past = simulate(&world, &config);
        let test = past.split_off(600).concat();
        let past = past.concat();

        let mut popularity = vec![0.0; 500];
        let mut markov = vec![vec![0.0; 500]; 500];
        for &item in past.iter().flatten() {
            popularity[item as usize] += 1.0;
        }
        for pair in past.iter().flat_map(|session| session.windows(2)) {
            markov[pair[0] as usize][pair[1] as usize] += 1.0;
        }
        // What never followed is ranked by popularity, too small a share to reorder what did.
        for scores in &mut markov {
            for (score, seen) in scores.iter_mut().zip(&popularity) {
                *score += 1e-6 * seen;
            }
        }
        let customs = Customs::new(&world, &config);
        let ceiling = |path: &[u32]| {
            let mut scores = vec![0.0; 500];
            for (topic, chance) in customs.next_topics(path) {
                for (item, probability) in customs.next_items(topic, path) {
                    scores[item as usize] += chance * probability;
                }
            }
            scores
        };

        let popularity = hit_rates(&test, |_| popularity.clone());
        let markov = hit_rates(&test, |path| markov[path[path.len() - 1] as usize].clone());
        let ceiling = hit_rates(&test, ceiling);
        println!("popularity {popularity:?}, Markov {markov:?}, model {ceiling:?}");
        for at in 0..2 {
            assert!(markov[at] > 5.0 * popularity[at]);
            assert!(ceiling[at] > 1.2 * markov[at]);
        }
    }
}
