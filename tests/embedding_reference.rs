//! Item embeddings against reference values: `PyTorch`'s losses and gradients, gensim's file. The snippet that made each stands beside it.

use burn::tensor::{Device, Tensor, TensorData};
use homebody::embedding::vectors::Vectors;
use homebody::kernel::rows::Groups;
use homebody::kernel::{negative_sampling, weighted_squares};

fn device() -> Device {
    homebody::device::cpu().unwrap()
}

fn tensor<const D: usize>(values: &[f32], shape: [usize; D]) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), &device())
}

fn assert_close<const D: usize>(name: &str, ours: Tensor<D>, expected: &[f32]) {
    let ours: Vec<f32> = ours.into_data().try_into_vec().unwrap();
    assert_eq!(ours.len(), expected.len(), "{name}");
    let close = ours.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 1e-5 * (1.0 + b.abs()));
    assert!(close, "{name}: {ours:?}, not {expected:?}");
}

/// ```python
/// w = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]], requires_grad=True)
/// v = torch.tensor([[1.0, 0.5, 0.75], [-0.5, 2.0, 1.0]], requires_grad=True)
/// b = torch.tensor([0.1, -0.2], requires_grad=True)
/// c = torch.tensor([0.3, 0.4], requires_grad=True)
/// x, x_max = torch.tensor([4.0, 40.0]), 10.0
/// f = (x / x_max).pow(0.75).clamp(max=1)
/// loss = (f * ((w * v).sum(1) + b + c - (1 + x).log()) ** 2).sum() / 2
/// loss.backward(); print(loss, w.grad, b.grad, v.grad, c.grad)
/// ```
#[test]
fn gloves_loss_and_gradients_are_pytorchs() {
    let counts = [4.0_f32, 40.0];
    let input = || weighted_squares::Input {
        centres: tensor(&[0.5, -1.0, 2.0, 0.1, 1.5, 0.25, -0.5, -0.2], [2, 4]),
        contexts: tensor(&[1.0, 0.5, 0.75, 0.3, -0.5, 2.0, 1.0, 0.4], [2, 4]),
        targets: tensor(&counts.map(f32::ln_1p), [2]),
        weights: tensor(&counts.map(|x| (x / 10.0).powf(0.75).min(1.0)), [2]),
    };
    for result in [weighted_squares::weighted_squares(input()), weighted_squares::plain(input())] {
        assert_close("loss", result.loss, &[9.110_253]);
        let (first, second) = (0.146_145_03, -4.263_571_7);
        assert_close(
            "w, b",
            result.centres,
            &[0.146_145_03, 0.073_072_52, 0.109_608_77, first, 2.131_785_9, -8.527_143_5, -4.263_571_7, second],
        );
        assert_close(
            "w̃, b̃",
            result.contexts,
            &[0.073_072_52, -0.146_145_03, 0.292_290_06, first, -6.395_357_6, -1.065_892_9, 2.131_785_9, second],
        );
    }
}

/// ```python
/// centre = torch.tensor([[0.5, -1.0], [2.0, 0.25]], requires_grad=True)
/// out = torch.tensor([[[1.0, 0.5], [-0.5, 2.0], [0.75, 1.5]], [[0.1, -0.2], [3.0, 1.0], [-1.0, 0.5]]], requires_grad=True)
/// label = torch.tensor([[1.0, 0.0, 0.0]]).expand(2, 3)
/// weight = torch.tensor([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0]])
/// score = (out * centre[:, None]).sum(2)
/// loss = torch.nn.functional.binary_cross_entropy_with_logits(score, label, weight, reduction='sum')
/// loss.backward(); print(loss, centre.grad, out.grad)
/// ```
#[test]
fn skip_grams_loss_and_gradients_are_pytorchs() {
    let input = || negative_sampling::Input {
        tables: [
            tensor(&[0.5, -1.0, 2.0, 0.25], [2, 2]).into(),
            tensor(&[1.0, 0.5, -0.5, 2.0, 0.75, 1.5, 0.1, -0.2, 3.0, 1.0, -1.0, 0.5], [6, 2]).into(),
        ],
        centres: tensor(&[0.0, 1.0], [2]),
        outputs: tensor(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0], [6]),
        weights: tensor(&[1.0, 1.0, 0.0, 1.0, 1.0, 1.0], [6]),
        by_centre: Groups { offsets: tensor(&[0.0, 1.0, 2.0], [3]), order: tensor(&[0.0, 1.0], [2]) },
        by_output: Groups {
            offsets: tensor(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [7]),
            order: tensor(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0], [6]),
        },
    };
    for result in [negative_sampling::negative_sampling(input()), negative_sampling::plain(input())] {
        assert_close("loss", result.loss, &[7.808_914_7]);
        assert_close("centres", result.centres, &[-0.547_674_7, -0.059_301_06, 2.814_998_6, 1.157_069_3]);
        #[rustfmt::skip]
        let outputs = [
            -0.25, 0.5, 0.047_674_73, -0.095_349_47, 0.0, 0.0,
            -0.925_140_4, -0.115_642_55, 1.996_146_4, 0.249_518_3, 0.265_928_48, 0.033_241_06,
        ];
        assert_close("outputs", result.outputs, &outputs);
    }
}

/// gensim 4.4.0:
///
/// ```python
/// v = gensim.models.KeyedVectors(3)
/// rows = [[0.1, -2.5, 3e-5], [1/3, 0, 1e8], [-1, 2, 16777217]]
/// v.add_vectors(['walden', 'kyoto', '42'], np.array(rows, dtype='float32'))
/// v.save_word2vec_format('vectors.txt')
/// ```
#[test]
fn gensims_file_is_read_and_ours_says_the_same() {
    let file = "3 3\nwalden 0.1 -2.5 3e-05\nkyoto 0.33333334 0.0 1e+08\n42 -1.0 2.0 1.6777216e+07\n";
    let vectors = Vectors::parse(file.as_bytes()).unwrap();
    assert_eq!((vectors.dim(), vectors.ids()), (3, ["walden", "kyoto", "42"].map(str::to_owned).as_slice()));
    assert_eq!(vectors.values(), [0.1, -2.5, 3e-5, 1.0 / 3.0, 0.0, 1e8, -1.0, 2.0, 16_777_216.0]);
    let ours = vectors.to_text().unwrap();
    assert_eq!(ours, "3 3\nwalden 0.1 -2.5 0.00003\nkyoto 0.33333334 0 100000000\n42 -1 2 16777216\n");
    assert_eq!(Vectors::parse(ours.as_bytes()).unwrap(), vectors);
}
