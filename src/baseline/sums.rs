//! Sums over few of many items.

/// Sums of positive weights by item; what is not touched costs nothing.
#[derive(Debug)]
pub(super) struct Sums {
    values: Vec<f32>,
    touched: Vec<u32>,
}

impl Sums {
    pub(super) fn new(items: usize) -> Self {
        Self { values: vec![0.0; items], touched: Vec::new() }
    }

    pub(super) fn add(&mut self, item: u32, weight: f32) {
        let value = &mut self.values[item as usize];
        if *value == 0.0 {
            self.touched.push(item);
        }
        *value += weight;
    }

    /// The sums, in order of first appearance; all start at zero again.
    pub(super) fn take(&mut self) -> Vec<(u32, f32)> {
        let values = &mut self.values;
        self.touched.drain(..).map(|item| (item, std::mem::take(&mut values[item as usize]))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_start_anew_after_they_were_taken() {
        let mut sums = Sums::new(4);
        [(2, 1.0), (0, 0.5), (2, 2.0)].into_iter().for_each(|(item, weight)| sums.add(item, weight));
        assert_eq!(sums.take(), [(2, 3.0), (0, 0.5)]);
        assert!(sums.take().is_empty());
    }
}
