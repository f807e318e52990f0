//! Encoders against PyTorch 2.15 in double precision: forward, gradients, and how weights are laid out.
//!
//! The values were made by this script (`wave` gives weights and inputs that both sides can write down):
//!
//! ```python
//! import torch, math
//! torch.set_default_dtype(torch.float64)
//! D, T, B = 8, 4, 2
//! def wave(shape, key):
//!     n = math.prod(shape)
//!     return (torch.sin(torch.arange(n) * 0.37 + key) * 0.3).reshape(shape)
//! def fill(module, order):
//!     params = dict(module.named_parameters())
//!     for key, name in enumerate(order):
//!         with torch.no_grad(): params[name].copy_(wave(params[name].shape, key))
//!     return params
//! def report(name, x, out, params, order):
//!     loss = (out * wave(out.shape, 50)).sum()
//!     loss.backward()
//!     print(name)
//!     f = lambda v: "[" + ", ".join(f"{a:.7f}" for a in v) + "]"
//!     print(" out", f(out[-1].flatten().tolist()))
//!     print(" dx", f(x.grad[0].flatten().tolist()))
//!     print(" sums", f([ (params[n].grad * wave(params[n].shape, 60 + k)).sum().item() for k, n in enumerate(order)]))
//! def rnn(cls, name):
//!     m = cls(D, D, num_layers=2)
//!     order = [f"{p}_l{l}" for l in range(2) for p in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
//!     params = fill(m, order)
//!     x = wave((T, B, D), 40).requires_grad_()
//!     report(name, x, m(x)[0], params, order)
//! rnn(torch.nn.GRU, "gru"); rnn(torch.nn.LSTM, "lstm")
//! def transformer(causal, name):
//!     layer = torch.nn.TransformerEncoderLayer(D, 2, 4 * D, dropout=0.0, activation="relu", norm_first=True)
//!     m = torch.nn.TransformerEncoder(layer, 2, norm=torch.nn.LayerNorm(D), enable_nested_tensor=False)
//!     order = [f"layers.{l}.{p}" for l in range(2) for p in ("norm1.weight", "norm1.bias", "self_attn.in_proj_weight", "self_attn.in_proj_bias",
//!         "self_attn.out_proj.weight", "self_attn.out_proj.bias", "norm2.weight", "norm2.bias", "linear1.weight", "linear1.bias", "linear2.weight", "linear2.bias")] + ["norm.weight", "norm.bias"]
//!     params = fill(m, order)
//!     x = wave((T, B, D), 40).requires_grad_()
//!     position = wave((6, D), 41).requires_grad_()
//!     mask = torch.nn.Transformer.generate_square_subsequent_mask(T) if causal else None
//!     report(name, x, m(x + position[:T, None], mask=mask), params, order)
//!     print(" position", (position.grad * wave((6, D), 61)).sum().item())
//! transformer(True, "transformer"); transformer(False, "bert")
//! ```

#![allow(
    clippy::unreadable_literal,
    clippy::excessive_precision,
    clippy::doc_markdown,
    reason = "values and names as PyTorch prints them"
)]

use burn::tensor::{Device, Tensor, TensorData};
use homebody::encoder::{EncoderConfig, Input, Kind, Positions};

mod common;

use common::{assert_close, leaf, numbers, wave};

const DIM: usize = 8;
const STEPS: usize = 4;
const LANES: usize = 2;

/// What PyTorch gives.
struct Reference {
    kind: Kind,
    /// The last step's states, `[B, d]`.
    out: &'static [f32],
    /// The first step's gradient of the input, `[B, d]`.
    dx: &'static [f32],
    /// Each matrix's gradient, weighed by a wave of its own and summed.
    sums: &'static [f32],
    /// The same for the learned positions.
    position: Option<f32>,
}

const REFERENCES: [Reference; 4] = [
    Reference {
        kind: Kind::Gru,
        out: &[
            -0.0693334, -0.0074657, 0.1906052, 0.3009954, 0.3653119, 0.4093632, 0.3361252, 0.3279075, -0.0399448,
            -0.0331183, 0.2278930, 0.2703406, 0.3979424, 0.3815101, 0.3629484, 0.3036220,
        ],
        dx: &[
            -0.0104275, -0.0147395, -0.0170566, -0.0170652, -0.0147641, -0.0104647, -0.0047490, 0.0016095, -0.0141791,
            -0.0145106, -0.0128781, -0.0095026, -0.0048410, 0.0004758, 0.0057282, 0.0102054,
        ],
        sums: &[-0.0193043, -0.0108852, -0.0066551, 0.0059453, -0.0069360, -0.0025046, -0.1347706, -0.1384766],
        position: None,
    },
    Reference {
        kind: Kind::Lstm,
        out: &[
            -0.0490666, 0.0691695, 0.1113315, 0.1670104, 0.1547073, 0.1689996, 0.1357252, 0.1292659, -0.0510965,
            0.0705157, 0.1101861, 0.1682485, 0.1534337, 0.1703652, 0.1345290, 0.1302743,
        ],
        dx: &[
            -0.0003983, -0.0009161, -0.0013100, -0.0015265, -0.0015365, -0.0013385, -0.0009593, -0.0004503, 0.0006133,
            -0.0003746, -0.0013117, -0.0020713, -0.0025506, -0.0026847, -0.0024554, -0.0018938,
        ],
        sums: &[0.0008407, -0.0019654, -0.0009105, 0.0033703, 0.0017133, 0.0019355, -0.0256679, -0.0622730],
        position: None,
    },
    Reference {
        kind: Kind::Transformer,
        out: &[
            -0.0025847, 0.1957727, 0.0579880, 0.2565860, 0.3497091, -0.0140229, 0.6680021, 0.3076343, -0.0174699,
            0.1775188, 0.1442797, 0.2579230, 0.2893240, 0.0608004, 0.7014295, 0.5731689,
        ],
        dx: &[
            -0.0275822, -0.1043866, -0.0653729, -0.0743565, 0.0452640, 0.0407248, 0.1306326, 0.0550770, 0.0547310,
            0.0650691, 0.0561894, -0.0110955, -0.0411004, -0.0848123, -0.0363420, -0.0026393,
        ],
        sums: &[
            -0.0215102, -0.0043226, -0.0227390, -0.0927070, -0.0497311, -0.3413769, -0.0231688, -0.0698591, -0.3581266,
            0.1719457, 0.2775515, -0.1251069, -0.0160835, 0.0168985, -0.0028808, -0.1445505, -0.0577369, -0.1533780,
            0.0731780, 0.1016989, 0.0077527, 0.0438544, 0.3100233, -0.1042182, 0.7684351, -0.2258658,
        ],
        position: Some(-0.1049605),
    },
    Reference {
        kind: Kind::Bert,
        out: &[
            -0.0025909, 0.1957652, 0.0579831, 0.2565857, 0.3497215, -0.0140274, 0.6680074, 0.3075562, -0.0174698,
            0.1775194, 0.1442776, 0.2579230, 0.2893271, 0.0607971, 0.7014344, 0.5731555,
        ],
        dx: &[
            -0.0269643, -0.1065132, -0.0666144, -0.0760957, 0.0454747, 0.0414794, 0.1323344, 0.0568992, 0.0520887,
            0.0637438, 0.0578447, -0.0102121, -0.0390436, -0.0855827, -0.0356437, -0.0031952,
        ],
        sums: &[
            -0.0203664, -0.0044617, -0.0217449, -0.0914661, -0.0489063, -0.3449439, -0.0234284, -0.0698281, -0.3617418,
            0.1712748, 0.2790329, -0.1256625, -0.0153438, 0.0166158, -0.0023279, -0.1431779, -0.0563009, -0.1543182,
            0.0726041, 0.1030806, 0.0070491, 0.0424630, 0.3106430, -0.1045702, 0.7703709, -0.2258658,
        ],
        position: Some(-0.1042297),
    },
];

/// The key of each matrix's wave: PyTorch's modules count from 0, positions have 41; a mask vector is not in PyTorch's module.
fn keys(config: &EncoderConfig) -> Vec<f32> {
    let mut next = -1.0;
    let specs = config.specs();
    let key = |name: &str| match name {
        "transformer.position.weight" => 41.0,
        "transformer.mask_token" => 99.0,
        _ => {
            next += 1.0;
            next
        }
    };
    let mut key = key;
    specs.iter().map(|spec| key(&spec.name)).collect()
}

fn check(reference: &Reference, device: &Device) {
    let config = EncoderConfig {
        layers: 2,
        heads: if matches!(reference.kind, Kind::Transformer | Kind::Bert) { 2 } else { 1 },
        positions: Positions::Learned,
        ..EncoderConfig::new(reference.kind, DIM, 6)
    };
    let keys = keys(&config);
    let weights: Vec<Tensor<2>> =
        config.specs().iter().zip(&keys).map(|(spec, &key)| leaf(wave(spec.shape, key, device))).collect();
    let x = leaf(wave([STEPS, LANES, DIM], 40.0, device));
    let per_step = |f: fn(usize) -> f32| {
        let values: Vec<f32> = (0..STEPS * LANES).map(|i| f(i / LANES)).collect();
        Tensor::<2>::from_data(TensorData::new(values, [STEPS, LANES]), device)
    };
    let input = Input {
        x: x.clone(),
        keep: per_step(|step| if step == 0 { 0.0 } else { 1.0 }),
        sessions: per_step(|_| 0.0),
        places: per_step(|step| step as f32),
        times: None,
        hidden: None,
        dropout: Vec::new(),
    };
    let encoder = config.build(&mut weights.iter().cloned()).unwrap();
    let (out, _) = encoder.forward(input, config.initial_state(LANES, device));
    let gradients = (out.clone() * wave([STEPS, LANES, DIM], 50.0, device)).sum().backward();
    let name = format!("{:?}", reference.kind);
    assert_close(&name, &numbers(out.slice([STEPS - 1..STEPS])), reference.out);
    assert_close(&format!("{name}, dx"), &numbers(x.grad(&gradients).unwrap().slice([0..1])), reference.dx);
    let sum = |weight: &Tensor<2>, key: f32| {
        let gradient = weight.grad(&gradients).unwrap();
        let shape = gradient.dims();
        numbers((gradient * wave(shape, key, device)).sum())[0]
    };
    let mut sums = Vec::new();
    for (weight, &key) in weights.iter().zip(&keys) {
        match key {
            41.0 => assert_close(&format!("{name}, positions"), &[sum(weight, 61.0)], &[reference.position.unwrap()]),
            99.0 => {}
            key => sums.push(sum(weight, 60.0 + key)),
        }
    }
    assert_close(&format!("{name}, gradients"), &sums, reference.sums);
}

#[test]
fn encoders_agree_with_pytorch_forward_and_backward() {
    for (_, device) in common::devices() {
        REFERENCES.iter().for_each(|reference| check(reference, &device));
    }
}
