//! Home, as the page and a site use it: record, train, recommend, explain, forget, keep.

use homebody::catalogue::{Catalogue, Item};
use homebody::protocol::{Forget, Imported, NamedFile, OwnEvaluation, Who};
use homebody::ranking::RepeatPolicy;
use homebody::recommender::Recommender;
use homebody::rng::{Stream, generator};
use homebody::training::{Job, ModelKind, Training, TrainingOptions};
use rand::RngExt;
use web_time::Duration;

const ITEMS: usize = 12;

fn catalogue(items: usize) -> Catalogue {
    let item = |i: usize| Item {
        id: format!("item{i}"),
        title: format!("Item {i}"),
        detail: None,
        topic: Some(format!("topic {}", i / 4)),
    };
    Catalogue::new((0..items).map(item)).unwrap()
}

fn home() -> Recommender {
    let mut home = Recommender::new(homebody::device::cpu().unwrap());
    home.set_catalogue(catalogue(ITEMS));
    home
}

fn options(model: ModelKind) -> TrainingOptions {
    TrainingOptions {
        model,
        dim: Some(16),
        epochs: Some(3),
        skip_gram_epochs: 2,
        window: Some(8),
        ..TrainingOptions::default()
    }
}

/// What the Trainer worker does.
fn train(home: &mut Recommender, options: TrainingOptions) {
    let job = Job::from_bytes(&home.job(options).unwrap()).unwrap();
    let mut training = Training::new(job, &homebody::device::cpu().unwrap()).unwrap();
    while !pollster::block_on(training.advance(Duration::from_millis(50))).unwrap().done {}
    let model = pollster::block_on(training.model().unwrap().to_bytes(Vec::new())).unwrap();
    home.adopt(&model).unwrap();
}

fn ids(home: &Recommender, k: usize, repeats: RepeatPolicy, exclude: &[String]) -> Vec<String> {
    home.recommend(k, repeats, exclude).unwrap().items.into_iter().map(|r| r.item.id).collect()
}

#[test]
fn before_any_event_there_is_nothing_and_then_what_others_view() {
    let mut home = home();
    assert_eq!(home.recommend(5, RepeatPolicy::Exclude, &[]).unwrap().by, "none");
    home.simulate(1, 40).unwrap();
    let recommendations = home.recommend(5, RepeatPolicy::Exclude, &[]).unwrap();
    assert_eq!((recommendations.by.as_str(), recommendations.items.len()), ("popularity", 5));
    assert!(home.summary().simulated);
}

#[test]
fn every_model_recommends_by_policy_and_blocklist() {
    for model in [ModelKind::SkipGram, ModelKind::Glove, ModelKind::Gru, ModelKind::GruAttention] {
        let mut home = home();
        home.simulate(1, 60).unwrap();
        home.record("item1", None, None).unwrap();
        home.record("item2", None, Some("view")).unwrap();
        train(&mut home, options(model));
        let blocked = ["item5".to_owned(), "no such item".to_owned()];
        let fresh = ids(&home, ITEMS, RepeatPolicy::Exclude, &blocked);
        assert_eq!(fresh.len(), ITEMS - 3, "{model:?}: {fresh:?}");
        assert!(!fresh.iter().any(|id| ["item1", "item2", "item5"].contains(&id.as_str())));
        let mut seen = ids(&home, ITEMS, RepeatPolicy::Only, &[]);
        seen.sort();
        assert_eq!(seen, ["item1", "item2"]);
        assert_eq!(ids(&home, ITEMS, RepeatPolicy::Allow, &[]).len(), ITEMS);
        assert_eq!(home.similar("item3", 4).unwrap().items.len(), 4);
        let explained = home.explain(&fresh[0], 1, RepeatPolicy::Exclude).unwrap();
        assert_eq!(explained.pushes.len(), if model.is_embedding() { 0 } else { 2 });
        assert!(explained.needs.iter().all(|needed| ["item1", "item2"].contains(&needed.id.as_str())));
    }
}

#[test]
fn a_click_moves_the_list_as_encoding_everything_anew_would() {
    let mut home = home();
    home.simulate(1, 60).unwrap();
    home.record("item0", None, None).unwrap();
    train(&mut home, options(ModelKind::GruAttention));
    for item in ["item4", "item7", "item4"] {
        home.record(item, None, None).unwrap();
    }
    let step_by_step = home.recommend(ITEMS, RepeatPolicy::Allow, &[]).unwrap();
    let mut restored = Recommender::new(homebody::device::cpu().unwrap());
    restored.restore(&home.save().unwrap()).unwrap();
    let anew = restored.recommend(ITEMS, RepeatPolicy::Allow, &[]).unwrap();
    assert_eq!(step_by_step, anew);
    let attention: f32 = anew.items[0].attended.iter().map(|a| a.weight).sum();
    assert!((attention - 1.0).abs() < 1e-3, "three distinct items hold all attention: {attention}");
}

#[test]
fn a_planted_cause_is_named() {
    // After the key, however much noise stands between, comes the lock; after the pot the lid. Only the opener tells which, and
    // how far back it is tells nothing.
    let mut random = generator(3, Stream::Order, 0);
    let mut segment = || {
        let (opener, closer) = if random.random::<bool>() { ("key", "lock") } else { ("pot", "lid") };
        let mut noise = vec!["noise0".to_owned()];
        // As likely to end as to go on, however long it has been: the count tells nothing either.
        while random.random::<bool>() {
            noise.push(format!("noise{}", random.random_range(0..6_u32)));
        }
        format!("{opener} {} {closer}", noise.join(" "))
    };
    let session = |_| (0..5).map(|_| segment()).collect::<Vec<_>>().join(" ");
    let sessions = (0..400).map(session).collect::<Vec<_>>().join("\n");
    let mut home = Recommender::new(homebody::device::cpu().unwrap());
    let file = NamedFile { name: "sessions.txt".into(), bytes: sessions.into_bytes() };
    assert!(matches!(home.import(&[file], &Who::Nobody).unwrap(), Imported::Done { .. }));
    train(
        &mut home,
        TrainingOptions {
            epochs: Some(80),
            patience: Some(80),
            dim: Some(32),
            learning_rate: Some(0.004),
            ..options(ModelKind::GruAttention)
        },
    );
    for item in ["key", "noise0", "noise4"] {
        home.record(item, None, None).unwrap();
    }
    let list = home.recommend(ITEMS, RepeatPolicy::Exclude, &[]).unwrap();
    let lock = list.items.iter().find(|r| r.item.id == "lock").unwrap();
    assert_eq!(lock.because.as_ref().map(|c| c.item.id.as_str()), Some("key"), "{list:?}");
    assert!(lock.probability > 0.1, "{lock:?}");
}

#[test]
fn forgetting_takes_the_model_that_learned_it_along() {
    let mut home = home();
    home.simulate(1, 40).unwrap();
    for item in ["item1", "item2", "item3"] {
        home.record(item, Some(1.6e12), None).unwrap();
    }
    train(&mut home, options(ModelKind::Gru));
    home.forget(&Forget::Item { item: "item9".into() }).unwrap();
    assert!(home.summary().model.is_some(), "nothing was forgotten");
    home.forget(&Forget::Item { item: "item2".into() }).unwrap();
    assert_eq!((home.summary().model, home.summary().events), (None, 2));
    home.forget(&Forget::Before { time: 2e12 }).unwrap();
    assert_eq!(home.summary().events, 0);
    home.forget(&Forget::All).unwrap();
    assert_eq!((home.summary().items, home.summary().visitors), (0, 0));
}

#[test]
fn a_torn_state_is_refused_and_nothing_changes() {
    let mut home = home();
    home.simulate(1, 10).unwrap();
    home.record("item1", Some(1.6e12), Some("buy")).unwrap();
    train(&mut home, options(ModelKind::Gru));
    let kept = home.save().unwrap();
    let before = home.summary();
    for cut in (0..kept.len()).step_by(kept.len() / 40) {
        assert!(home.restore(&kept[..cut]).is_err(), "cut at {cut}");
    }
    assert_eq!(home.summary(), before);
    home.restore(&kept).unwrap();
    assert_eq!(home.summary(), before);
    assert_eq!(home.history(0, 1).events[0].kind.as_deref(), Some("buy"));
}

#[test]
fn figures_come_from_ones_own_later_events_and_only_from_enough_of_them() {
    let mut home = home();
    home.simulate(1, 40).unwrap();
    train(&mut home, options(ModelKind::Gru));
    for i in 0..100 {
        home.record(&format!("item{}", i % 4), None, None).unwrap();
    }
    assert_eq!(home.evaluation().unwrap(), OwnEvaluation::TooLittle { events: 99, needed: 100 });
    home.record("item0", None, None).unwrap();
    let OwnEvaluation::Measured { events, rows } = home.evaluation().unwrap() else { panic!("100 are enough") };
    assert_eq!((events, rows.len()), (100, 3));
    let markov = rows.iter().find(|row| row.model == "markov").unwrap();
    assert!(markov.hit_rate[0] > 0.9, "the walk is a cycle of four: {markov:?}");
}

#[test]
fn bad_requests_say_what_to_do_and_change_nothing() {
    let mut home = home();
    let message = |result: homebody::error::Result<()>| result.unwrap_err().to_string();
    assert!(message(home.record("nothing", None, None)).contains("no item \"nothing\""));
    assert!(message(home.record("item1", Some(-5.0), None)).contains("not between 1970 and 2100"));
    assert!(home.similar("item1", 3).unwrap_err().to_string().contains("Train first"));
    assert!(home.explain("item1", 3, RepeatPolicy::Allow).unwrap_err().to_string().contains("Train first"));
    assert!(home.explain("nothing", 3, RepeatPolicy::Allow).is_err());
    let job = |home: &mut Recommender| home.job(options(ModelKind::Gru)).unwrap_err().to_string();
    home.record("item0", None, None).unwrap();
    assert!(job(&mut home).contains("a session of at least two items"), "one event is nothing to learn from");
    home.set_catalogue(catalogue(1));
    assert!(job(&mut home).contains("at least two items"), "a catalogue of one item");
    assert!(home.adopt(b"not a model").is_err());
    assert_eq!(home.summary().events, 1);
}

#[test]
fn another_catalogues_model_is_refused() {
    let mut small = home();
    small.simulate(1, 10).unwrap();
    let job = Job::from_bytes(&small.job(options(ModelKind::Gru)).unwrap()).unwrap();
    let training = Training::new(job, &homebody::device::cpu().unwrap()).unwrap();
    let model = pollster::block_on(training.model().unwrap().to_bytes(Vec::new())).unwrap();
    let mut other = home();
    other.set_catalogue(catalogue(5));
    assert!(other.adopt(&model).unwrap_err().to_string().contains("ranks 12 items, the catalogue has 5"));
}

#[test]
fn a_new_item_of_a_known_topic_surfaces_and_stays_after_a_restart() {
    // Everything but the last page of each topic was viewed, a topic a session.
    const PAGES: usize = 7;
    let page = |topic: usize, page: usize| Item {
        id: format!("{topic}-{page}"),
        title: format!("Page {}", 31 * topic + 17 * page),
        detail: None,
        topic: Some(["Gardening", "Astronomy", "Carpentry"][topic].into()),
    };
    let mut home = home();
    let pages = (0..3).flat_map(|topic| (0..PAGES).map(move |number| (topic, number)));
    home.set_catalogue(Catalogue::new(pages.map(|(topic, number)| page(topic, number))).unwrap());
    let mut time = 1.6e12;
    let mut random = generator(4, Stream::Order, 0);
    let mut view = |home: &mut Recommender, topic: usize, pages: usize| {
        time += 3_600_000.0;
        for _ in 0..pages {
            let page = random.random_range(0..PAGES as u32 - 1);
            home.record(&format!("{topic}-{page}"), Some(time), None).unwrap();
        }
    };
    (0..60).for_each(|session| view(&mut home, session % 3, 8));
    train(&mut home, TrainingOptions { epochs: Some(8), ..options(ModelKind::Gru) });
    for topic in 0..3 {
        view(&mut home, topic, 3);
        let new = ids(&home, 3, RepeatPolicy::Exclude, &[]);
        assert_eq!(new[0], format!("{topic}-{}", PAGES - 1), "{new:?}");
        let all = home.recommend(30, RepeatPolicy::Allow, &[]).unwrap();
        let rank = all.items.iter().position(|r| r.item.id == new[0]).unwrap();
        assert!(rank <= PAGES, "among the pages of its topic, not behind those of others: {rank}");
        let total: f32 = all.items.iter().map(|r| r.probability).sum();
        assert!((total - 1.0).abs() < 1e-3, "{total}");
        let mut restored = Recommender::new(homebody::device::cpu().unwrap());
        restored.restore(&home.save().unwrap()).unwrap();
        assert_eq!(restored.recommend(30, RepeatPolicy::Allow, &[]).unwrap(), all);
    }
    assert_eq!(home.similar("1-6", 3).unwrap().items.len(), 3);
}

#[test]
fn a_visitor_without_a_history_gets_popularity_and_then_the_model() {
    let mut home = home();
    home.simulate(1, 60).unwrap();
    let popular = home.recommend(ITEMS, RepeatPolicy::Exclude, &[]).unwrap();
    train(&mut home, options(ModelKind::GruAttention));
    assert_eq!(home.recommend(ITEMS, RepeatPolicy::Exclude, &[]).unwrap(), popular);
    home.record("item4", None, None).unwrap();
    let after = home.recommend(ITEMS, RepeatPolicy::Allow, &[]).unwrap();
    assert_eq!(after.by, "gru-attention");
    let total: f32 = after.items.iter().map(|r| r.probability).sum();
    assert!((total - 1.0).abs() < 1e-3, "{total}");
}
