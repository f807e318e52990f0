//! Many short lists in one allocation.

/// A list per key `0..keys`, one after the other (compressed sparse rows).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lists<T> {
    starts: Vec<usize>,
    values: Vec<T>,
}

impl<T: Copy> Lists<T> {
    /// Groups values by their keys and keeps their order (a counting sort).
    pub(crate) fn grouped(keys: usize, pairs: &[(usize, T)]) -> Self {
        let mut starts = vec![0; keys + 1];
        for &(key, _) in pairs {
            starts[key + 1] += 1;
        }
        for key in 0..keys {
            starts[key + 1] += starts[key];
        }
        let mut next = starts.clone();
        let mut values: Vec<T> = pairs.iter().map(|&(_, value)| value).collect();
        for &(key, value) in pairs {
            values[next[key]] = value;
            next[key] += 1;
        }
        Self { starts, values }
    }

    /// One list after the other.
    pub(crate) fn from_rows(rows: impl Iterator<Item = Vec<T>>) -> Self {
        let (mut starts, mut values) = (vec![0], Vec::new());
        for row in rows {
            values.extend(row);
            starts.push(values.len());
        }
        Self { starts, values }
    }

    /// A key's list.
    pub(crate) fn of(&self, key: usize) -> &[T] {
        &self.values[self.starts[key]..self.starts[key + 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_order_within_a_key() {
        let lists = Lists::grouped(3, &[(2, 'a'), (0, 'b'), (2, 'c')]);
        assert_eq!((lists.of(0), lists.of(1), lists.of(2)), (['b'].as_slice(), [].as_slice(), ['a', 'c'].as_slice()));
        let same = Lists::from_rows([vec!['b'], vec![], vec!['a', 'c']].into_iter());
        assert_eq!(same.of(2), lists.of(2));
    }
}
