//! Learning on the simulator's data: the model must know more than popularity and the last item tell.

mod common;

use common::run;
use homebody::baseline::{Markov, Popularity};
use homebody::catalogue::ItemIndex;
use homebody::evaluation::{Predictor, evaluate};
use homebody::sequences::{Case, Sequences};
use homebody::simulator::{SimulatorConfig, World, simulate};
use homebody::training::{Job, ModelKind, TrainingOptions};

const TOPICS: usize = 12;
const PER_TOPIC: usize = 10;

fn world(visitors: usize) -> Vec<Vec<ItemIndex>> {
    let topics: Vec<usize> = (0..TOPICS * PER_TOPIC).map(|item| item / PER_TOPIC).collect();
    let config = SimulatorConfig { visitors, seed: 5, ..SimulatorConfig::default() };
    let sessions = simulate(&World::new(&topics), &config).into_iter().flatten();
    sessions.map(|session| session.into_iter().map(ItemIndex).collect()).collect()
}

#[test]
fn the_attention_preset_beats_popularity_and_markov_on_simulated_visitors() {
    let items = TOPICS * PER_TOPIC;
    let mut sessions = world(400);
    let held_out = sessions.split_off(sessions.len() * 9 / 10);
    let test: Vec<Case> = held_out
        .iter()
        .flat_map(|session| (1..session.len()).map(|n| Case { context: session[..n].to_vec(), target: session[n] }))
        .take(1500)
        .collect();
    let train = Sequences::new(items, sessions).unwrap();
    let ndcg = |predictor: Predictor| evaluate(&predictor, &test, items, false, |_| {}).unwrap().ndcg_10;
    let popularity = ndcg(Predictor::Baseline(Box::new(Popularity::new(&train))));
    let markov = ndcg(Predictor::Baseline(Box::new(Markov::new(&train))));
    let split = train.hold_out(20, 200);
    let options = TrainingOptions {
        model: ModelKind::GruAttention,
        dim: Some(32),
        window: Some(20),
        ..TrainingOptions::default()
    };
    let model = run(Job::new(options, split.train, split.validation), &homebody::device::cpu().unwrap());
    let model = ndcg(Predictor::Model(model));
    println!("NDCG@10: popularity {popularity:.3}, markov {markov:.3}, gru-attention {model:.3}");
    assert!(popularity < markov && markov < model, "popularity {popularity}, markov {markov}, model {model}");
}
