//! How alike two items are, the same for every row of a table: by the sessions that hold both.

use std::collections::HashMap;

use crate::baseline::sessions_of_items;
use crate::lists::Lists;
use crate::ranking::Ranked;
use crate::sequences::Sequences;

/// Sessions that similarities are counted over, at most: evenly spaced ones.
const SESSIONS: usize = 20_000;

/// Cosines of items over the sessions that hold them.
#[derive(Debug)]
pub(super) struct Overlap {
    sessions: Lists<u32>,
}

/// The pairs that were asked for: lists of recommendations repeat themselves.
pub(super) type Known = HashMap<(u32, u32), f64>;

impl Overlap {
    pub(super) fn new(train: &Sequences) -> Self {
        let stride = train.sessions.len().div_ceil(SESSIONS).max(1);
        let sessions = train.sessions.iter().step_by(stride).cloned().collect();
        Self { sessions: sessions_of_items(&Sequences { items: train.items, sessions }) }
    }

    /// 1 − the mean cosine of the pairs of a list; `None` where there is no pair.
    pub(super) fn diversity(&self, list: &[Ranked], known: &mut Known) -> Option<f64> {
        let (mut sum, mut pairs) = (0.0, 0);
        for (at, a) in list.iter().enumerate() {
            for b in &list[at + 1..] {
                let pair = (a.item.0.min(b.item.0), a.item.0.max(b.item.0));
                sum += *known.entry(pair).or_insert_with(|| self.cosine(pair));
                pairs += 1;
            }
        }
        (pairs > 0).then(|| 1.0 - sum / f64::from(pairs))
    }

    fn cosine(&self, (a, b): (u32, u32)) -> f64 {
        let (a, b) = (self.sessions.of(a as usize), self.sessions.of(b as usize));
        let together = shared(a, b);
        if together == 0 { 0.0 } else { together as f64 / (a.len() as f64 * b.len() as f64).sqrt() }
    }
}

/// How many numbers two ascending lists share.
fn shared(mut a: &[u32], mut b: &[u32]) -> usize {
    let mut count = 0;
    while let (Some(x), Some(y)) = (a.first(), b.first()) {
        count += usize::from(x == y);
        let (x, y) = (*x, *y);
        a = if x <= y { &a[1..] } else { a };
        b = if y <= x { &b[1..] } else { b };
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::fixtures::sequences;
    use crate::catalogue::ItemIndex;

    #[test]
    fn diversity_is_one_less_the_mean_cosine() {
        let overlap = Overlap::new(&sequences(4, &[&[0, 1], &[0, 1, 2], &[0, 2], &[2]]));
        // n = 3, 2, 3; n_01 = 2, n_02 = 2, n_12 = 1.
        let list: Vec<Ranked> = (0..3).map(|item| Ranked { item: ItemIndex(item), score: 0.0 }).collect();
        let expected = 1.0 - (2.0 / 6.0_f64.sqrt() + 2.0 / 3.0 + 1.0 / 6.0_f64.sqrt()) / 3.0;
        let mut known = Known::new();
        for _ in 0..2 {
            let diversity = overlap.diversity(&list, &mut known).unwrap();
            assert!((diversity - expected).abs() < 1e-12, "{diversity}");
        }
        assert_eq!(overlap.diversity(&list[..1], &mut known), None);
        let strangers = [Ranked { item: ItemIndex(3), score: 0.0 }, list[0]];
        assert_eq!(overlap.diversity(&strangers, &mut known), Some(1.0));
    }
}
