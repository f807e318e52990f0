//! Explanations against what was planted: a trigger somewhere in a session of noise decides how it ends.

mod common;

use burn::tensor::{Tensor, TensorData};
use common::run;
use homebody::catalogue::ItemIndex;
use homebody::explanation::{attended, causes, deletion, drops, gradients, smallest_set};
use homebody::model::{Model, Running, SequenceModel};
use homebody::rng::{Stream, generator};
use homebody::sequences::{Case, Context, Sequences};
use homebody::simulator::{SimulatorConfig, World, simulate};
use homebody::training::{Job, ModelKind, TrainingOptions};
use rand::{Rng, RngExt};

/// Endings 0..4; each has two triggers, 4.. and 8..; the rest is noise.
const ENDINGS: u32 = 4;
const NOISE: std::ops::Range<u32> = 12..30;
const ITEMS: usize = 31;
/// The ending of sessions that nothing triggers.
const USUAL: ItemIndex = ItemIndex(30);

/// Noise, with triggers among it, no item twice. Sessions may end after any event alike: how long one is says nothing.
fn context(random: &mut impl Rng, length: usize, triggers: &[u32]) -> Vec<ItemIndex> {
    let mut noise: Vec<u32> = NOISE.collect();
    let mut events: Vec<ItemIndex> =
        (0..length).map(|_| ItemIndex(noise.swap_remove(random.random_range(0..noise.len())))).collect();
    for &trigger in triggers {
        events.insert(random.random_range(0..=events.len()), ItemIndex(trigger));
    }
    events
}

fn triggers(ending: u32) -> [u32; 2] {
    [ENDINGS + ending, 2 * ENDINGS + ending]
}

/// A third of the sessions has one trigger, a third has both, a third has none and ends as usual.
fn sessions(count: u32) -> Vec<Vec<ItemIndex>> {
    let mut random = generator(3, Stream::Control, 0);
    let session = |i: u32| {
        let ending = random.random_range(0..ENDINGS);
        let both = triggers(ending);
        let length = 1 + (0..9).take_while(|_| random.random_range(0..4) > 0).count();
        let (triggers, ending) = match i % 3 {
            0 => (&both[..], ItemIndex(ending)),
            1 => (&both[random.random_range(0..2)..][..1], ItemIndex(ending)),
            _ => (&[][..], USUAL),
        };
        let mut session = context(&mut random, length, triggers);
        session.push(ending);
        session
    };
    (0..count).map(session).collect()
}

fn planted() -> SequenceModel {
    let options = TrainingOptions {
        model: ModelKind::GruAttention,
        dim: Some(32),
        window: Some(10),
        epochs: Some(40),
        patience: Some(40),
        skip_gram_epochs: 1,
        copy: Some(false),
        transitions: Some(false),
        dropout: Some(0.0),
        ..TrainingOptions::default()
    };
    let mut train = sessions(1560);
    let cases = train.split_off(1500);
    let case = |session: Vec<ItemIndex>| Case {
        context: session[..session.len() - 1].to_vec(),
        times: Vec::new(),
        target: session[session.len() - 1],
    };
    trained(Job::new(options, Sequences::new(ITEMS, train).unwrap(), cases.into_iter().map(case).collect()))
}

fn trained(job: Job) -> SequenceModel {
    match run(job, &homebody::device::cpu().unwrap()) {
        Model::Sequence(model) => model,
        _ => unreachable!("a sequence model was asked for"),
    }
}

/// The same shape with weights that learned nothing.
fn randomised(model: &SequenceModel) -> SequenceModel {
    let mut random = generator(9, Stream::Weights, 0);
    let mut noise = |like: &Tensor<2>| {
        let values: Vec<f32> = like.to_data().try_into_vec().unwrap();
        let scale = (values.iter().map(|v| v * v).sum::<f32>() / values.len() as f32).sqrt() * 3.0_f32.sqrt();
        let values: Vec<f32> = values.iter().map(|_| (random.random::<f32>() * 2.0 - 1.0) * scale).collect();
        Tensor::from_data(TensorData::new(values, like.dims()), &like.device())
    };
    SequenceModel { items: noise(&model.items.whole()).into(), dense: noise(&model.dense), ..model.clone() }
}

/// A context's items in the order in which each way of explaining names them.
fn orders(model: &SequenceModel, context: &[ItemIndex], item: ItemIndex) -> [Vec<ItemIndex>; 3] {
    let whole = Model::Sequence(model.clone());
    let mut dropping = drops(&whole, Context::untimed(context), &[item]).unwrap().remove(0);
    dropping.sort_by(|a, b| b.drop.total_cmp(&a.drop));
    let pushes = gradients(&whole, Context::untimed(context), item).unwrap();
    let mut running = Running::new(model).unwrap();
    context.iter().for_each(|&item| running.step(model, item, None));
    let weights: Vec<f32> = running.attention.unwrap().into_data().try_into_vec().unwrap();
    let named = |weights: &[f32]| attended(weights, context, context.len()).into_iter().map(|(item, _)| item).collect();
    [dropping.into_iter().map(|cause| cause.item).collect(), named(&pushes), named(&weights)]
}

#[test]
fn planted_causes_are_named_and_random_weights_name_none() {
    let model = planted();
    let random_model = randomised(&model);
    let mut random = generator(11, Stream::Control, 0);
    let cases: Vec<(Vec<ItemIndex>, ItemIndex, ItemIndex)> = (0..120)
        .map(|i| {
            let ending = i % ENDINGS;
            let trigger = triggers(ending)[(i / ENDINGS % 2) as usize];
            (context(&mut random, 6, &[trigger]), ItemIndex(ending), ItemIndex(trigger))
        })
        .collect();
    let named = |model: &SequenceModel| {
        let mut named = [0.0_f32; 3];
        for (context, ending, trigger) in &cases {
            for (named, order) in named.iter_mut().zip(orders(model, context, *ending)) {
                *named += f32::from(u8::from(order[0] == *trigger)) / cases.len() as f32;
            }
        }
        named
    };
    let (learned, chance) = (named(&model), named(&random_model));
    println!("trigger named first by [counterfactual, gradients, attention]: {learned:?}, random weights {chance:?}");
    let whole = Model::Sequence(model);
    let caused = cases.iter().filter(|(context, ending, trigger)| {
        causes(&whole, Context::untimed(context), &[*ending]).unwrap()[0].is_some_and(|cause| cause.item == *trigger)
    });
    assert!(caused.count() * 10 >= cases.len() * 9);
    assert!(learned[0] >= 0.9 && learned[1] >= 0.9, "{learned:?}");
    assert!(chance[0] < 0.4 && chance[1] < 0.4, "chance is 1/7: {chance:?}");
}

/// A model of simulated visitors with drifting interests, and some sessions that it has not seen.
fn visitors() -> (SequenceModel, Vec<Vec<ItemIndex>>) {
    let topics: Vec<usize> = (0..60).map(|item| item / 6).collect();
    let config = SimulatorConfig { visitors: 300, seed: 5, ..SimulatorConfig::default() };
    let sessions = simulate(&World::new(&topics), &config).into_iter().flatten();
    let mut sessions: Vec<Vec<_>> = sessions.map(|session| session.into_iter().map(ItemIndex).collect()).collect();
    let held_out = sessions.split_off(sessions.len() * 9 / 10);
    let train = Sequences::new(60, sessions).unwrap().hold_out(20, 200);
    let options = TrainingOptions { dim: Some(32), window: Some(20), epochs: Some(10), ..TrainingOptions::default() };
    (trained(Job::new(options, train.train, train.validation)), held_out)
}

#[test]
fn deletion_finds_counterfactuals_and_gradients_better_than_attention_and_chance() {
    let (model, sessions) = visitors();
    let whole = Model::Sequence(model.clone());
    let mut random = generator(12, Stream::Control, 0);
    let mut falls: [Vec<f32>; 4] = std::array::from_fn(|_| Vec::new());
    for session in sessions.iter().filter(|session| session.len() >= 6).take(100) {
        let context = &session[..session.len() - 1];
        let item = top(&whole, context);
        let [dropping, pushing, attending] = orders(&model, context, item);
        let mut shuffled = dropping.clone();
        for last in (1..shuffled.len()).rev() {
            shuffled.swap(last, random.random_range(0..=last));
        }
        for (falls, order) in falls.iter_mut().zip([dropping, pushing, attending, shuffled]) {
            falls.push(deletion(&whole, Context::untimed(context), item, &order).unwrap());
        }
    }
    let [dropping, pushing, attending, shuffled] = falls.map(|falls| falls.iter().sum::<f32>() / falls.len() as f32);
    println!(
        "mean fall by counterfactuals {dropping:.3}, gradients {pushing:.3}, attention {attending:.3}, chance {shuffled:.3} nats"
    );
    assert!(dropping > attending.max(shuffled) && pushing > attending.max(shuffled));
}

fn top(model: &Model, context: &[ItemIndex]) -> ItemIndex {
    let scores: Vec<f32> = model.scores(&[context]).unwrap().into_data().try_into_vec().unwrap();
    let best = scores.iter().zip(0..).max_by(|a, b| a.0.total_cmp(b.0)).map(|(_, item)| item);
    ItemIndex(best.unwrap())
}

#[test]
fn what_two_items_cause_is_explained_by_both_and_what_always_comes_by_none() {
    let whole = Model::Sequence(planted());
    let mut random = generator(13, Stream::Control, 0);
    let (mut both, mut none, mut alone) = (0, 0, 0);
    for i in 0..40 {
        let ending = ItemIndex(i % ENDINGS);
        let planted = triggers(ending.0);
        let context_of_both = context(&mut random, 6, &planted);
        let set =
            smallest_set(&whole, Context::untimed(&context_of_both), ending, 1, |_| true).unwrap().unwrap_or_default();
        both += u32::from(planted.iter().all(|&trigger| set.contains(&ItemIndex(trigger))) && set.len() == 2);
        let single =
            smallest_set(&whole, Context::untimed(&context(&mut random, 6, &planted[..1])), ending, 1, |_| true)
                .unwrap();
        alone += u32::from(single == Some(vec![ItemIndex(planted[0])]));
        let usual = context(&mut random, 6, &[]);
        let cause = causes(&whole, Context::untimed(&usual), &[USUAL]).unwrap().remove(0);
        none += u32::from(cause.is_none());
    }
    println!("of 40: both named {both}, one named alone {alone}, no single item {none}");
    assert!(both >= 36 && alone >= 36 && none >= 36, "{both} {alone} {none}");
}

#[test]
fn gradients_add_up_to_what_the_context_adds() {
    let model = planted();
    let mut random = generator(14, Stream::Control, 0);
    for ending in 0..ENDINGS {
        let context = context(&mut random, 6, &triggers(ending)[..1]);
        let pushes = gradients(&Model::Sequence(model.clone()), Context::untimed(&context), ItemIndex(ending)).unwrap();
        let odds = |share: f32| {
            let window = model.window(&[Context::untimed(&context)]);
            let average = model.items.whole().mean_dim(0).reshape([1, 1, 32]);
            let x = window.x.clone() * share + average * (1.0 - share);
            let logits = model.after(window.with(x)).unwrap().matmul(model.items.whole().transpose());
            let values: Vec<f32> = logits.into_data().try_into_vec().unwrap();
            let all: f64 = values.iter().map(|&v| f64::from(v).exp()).sum();
            let own = f64::from(values[ending as usize]).exp();
            (own / (all - own)).ln() as f32
        };
        let (sum, change) = (pushes.iter().sum::<f32>(), odds(1.0) - odds(0.0));
        assert!((sum - change).abs() < 0.05 * change.abs(), "{sum} against {change}");
    }
}
