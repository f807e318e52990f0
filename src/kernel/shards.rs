//! Tables that are larger than what a device binds at once, in shards of rows.

use burn::tensor::{Device, Tensor, TensorData};

/// `[N, d]` numbers: in one piece, but on a GPU that cannot bind them at once (WebGPU promises 128 MiB: half a million rows of 64).
#[derive(Debug, Clone)]
pub struct Shards {
    parts: Vec<Tensor<2>>,
    /// Rows of every part but the last.
    rows: usize,
}

impl From<Tensor<2>> for Shards {
    fn from(whole: Tensor<2>) -> Self {
        Self { rows: whole.dims()[0].max(1), parts: vec![whole] }
    }
}

impl Shards {
    /// Numbers, row by row. `shape`: rows and columns.
    #[must_use]
    pub fn new(numbers: Vec<f32>, shape: [usize; 2], device: &Device) -> Self {
        Self::of_rows(most_rows(shape[1], device), numbers, shape, device)
    }

    /// The same in shards of so many rows.
    #[must_use]
    pub fn of_rows(most: usize, numbers: Vec<f32>, [rows, width]: [usize; 2], device: &Device) -> Self {
        if rows <= most {
            return Self::from(Tensor::from_data(TensorData::new(numbers, [rows, width]), device));
        }
        let part = |numbers: &[f32]| {
            let shape = [numbers.len() / width, width];
            Tensor::from_data(TensorData::new(numbers.to_vec(), shape), device)
        };
        Self { parts: numbers.chunks(most * width).map(part).collect(), rows: most }
    }

    /// Zeros, cut as [`Self::new`] does.
    #[must_use]
    pub fn zeros([rows, width]: [usize; 2], device: &Device) -> Self {
        let most = most_rows(width, device).min(rows.max(1));
        let starts = (0..rows.max(1)).step_by(most);
        Self { parts: starts.map(|start| Tensor::zeros([most.min(rows - start), width], device)).collect(), rows: most }
    }

    /// Rows and columns.
    #[must_use]
    pub fn dims(&self) -> [usize; 2] {
        let rows = self.parts.iter().map(|part| part.dims()[0]).sum();
        [rows, self.parts.first().map_or(0, |part| part.dims()[1])]
    }

    /// Where they are.
    #[must_use]
    pub fn device(&self) -> Device {
        self.parts[0].device()
    }

    /// The parts, each with the number of its first row.
    pub fn parts(&self) -> impl Iterator<Item = (usize, &Tensor<2>)> {
        (0..).step_by(self.rows).zip(&self.parts)
    }

    /// The parts, to be replaced by others of their shapes.
    pub(crate) fn parts_mut(&mut self) -> impl Iterator<Item = (usize, &mut Tensor<2>)> {
        (0..).step_by(self.rows).zip(&mut self.parts)
    }

    /// One tensor of all rows, for a device that binds them at once.
    #[must_use]
    pub fn whole(&self) -> Tensor<2> {
        self.clone().into_whole()
    }

    /// [`Self::whole`], without a second holder.
    #[must_use]
    pub fn into_whole(mut self) -> Tensor<2> {
        if self.is_whole() { self.parts.remove(0) } else { Tensor::cat(self.parts, 0) }
    }

    /// Is it in one piece?
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.parts.len() == 1
    }

    /// Other numbers for each row.
    #[must_use]
    pub fn map(&self, f: impl Fn(Tensor<2>) -> Tensor<2>) -> Self {
        Self { parts: self.parts.iter().cloned().map(f).collect(), rows: self.rows }
    }

    /// Each row with another table's of the same shape.
    ///
    /// # Panics
    /// Where that is cut otherwise.
    #[must_use]
    pub fn zip(&self, other: &Self, f: impl Fn(Tensor<2>, Tensor<2>) -> Tensor<2>) -> Self {
        assert_eq!(self.rows, other.rows, "tables of one shape are cut alike");
        let pairs = self.parts.iter().cloned().zip(other.parts.iter().cloned());
        Self { parts: pairs.map(|(a, b)| f(a, b)).collect(), rows: self.rows }
    }

    /// Moved out, so that nobody else holds them; put them back.
    pub(crate) fn lend(&mut self) -> Self {
        let empty = Tensor::empty([0, 0], &self.device());
        std::mem::replace(self, Self::from(empty))
    }
}

/// Moves a tensor out, so that its new owner may write in place.
pub(crate) fn take(tensor: &mut Tensor<2>) -> Tensor<2> {
    let device = tensor.device();
    std::mem::replace(tensor, Tensor::empty([0, 0], &device))
}

/// As many rows as a device binds at once.
fn most_rows(width: usize, device: &Device) -> usize {
    #[cfg(feature = "webgpu")]
    if crate::device::is_gpu(device) {
        return (super::gpu::most_numbers(device) / width.max(1)).max(1);
    }
    let _ = (width, device);
    usize::MAX
}
