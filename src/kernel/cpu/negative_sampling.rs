//! Skip-gram's loss and gradients, straight from the tables.

use burn::tensor::{Tensor, TensorData};
use homebody_simd::pairs::Pairs;

use super::super::negative_sampling::{Input, Output};
use super::super::shards::Shards;
use super::rows::members;
use super::{vector, whole_numbers};

/// See [`super::super::negative_sampling`].
pub(in super::super) fn negative_sampling(input: Input) -> Output {
    let device = input.weights.device();
    let shapes = input.tables.each_ref().map(Shards::dims);
    let width = shapes[0][1];
    let [inputs, outputs] = input.tables.map(|table| vector(table.into_whole().into_data()));
    let (centres, contexts) = (whole_numbers(input.centres), whole_numbers(input.outputs));
    let pairs = Pairs { width, inputs: &inputs, outputs: &outputs, centres: &centres, contexts: &contexts };
    let (loss, slopes) = pairs.loss(&vector(input.weights.into_data()));
    let of_centres = pairs.centre_gradients(&slopes, &members(input.by_centre));
    let of_outputs = pairs.output_gradients(&slopes, &members(input.by_output));
    let tensor = |numbers, shape| Tensor::from_data(TensorData::new(numbers, shape), &device);
    let gradient = |sums: Vec<f32>| {
        let rows = sums.len() / width;
        tensor(sums, [rows, width])
    };
    Output {
        loss: Tensor::from_data(TensorData::new(vec![loss], [1]), &device),
        tables: [tensor(inputs, shapes[0]).into(), tensor(outputs, shapes[1]).into()],
        centres: gradient(of_centres),
        outputs: gradient(of_outputs),
    }
}
