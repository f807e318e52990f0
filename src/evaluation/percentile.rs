//! How popular an item is, among all items.

/// Each item's percentile by count: the share of the other items that were viewed less, ties halved; 0 the least, 1 the most viewed.
/// Percentiles are those of the counts' logarithms, too.
pub(super) fn percentiles(counts: &[u32]) -> Vec<f64> {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    let others = counts.len().saturating_sub(1).max(1) as f64;
    let percentile = |count: &u32| {
        let less = sorted.partition_point(|other| other < count);
        let equal = sorted.partition_point(|other| other <= count) - less - 1;
        (less as f64 + 0.5 * equal as f64) / others
    };
    counts.iter().map(percentile).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_viewed_stands_at_one_and_ties_in_the_middle() {
        assert_eq!(percentiles(&[5, 0, 9, 5, 1]), [0.625, 0.0, 1.0, 0.625, 0.25]);
        assert_eq!(percentiles(&[3]), [0.0]);
    }
}
