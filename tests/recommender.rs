//! Home, as the page and a site use it: record, train, recommend, explain, forget, keep.

use homebody::catalogue::Item;
use homebody::model::{About, Model};
use homebody::protocol::{Change, Forget, Imported, NamedFile, OwnEvaluation, Part, Recommendations, Who, Wish};
use homebody::ranking::RepeatPolicy;
use homebody::recommender::Recommender;
use homebody::rng::{Stream, generator};
use homebody::training::{Job, ModelKind, Training, TrainingOptions};
use rand::RngExt;
use web_time::Duration;

const ITEMS: usize = 12;

fn catalogue(items: usize) -> Vec<Item> {
    let item = |i: usize| Item {
        id: format!("item{i}"),
        title: format!("Item {i}"),
        topic: Some(format!("topic {}", i / 4)),
        ..Item::default()
    };
    (0..items).map(item).collect()
}

fn home() -> Recommender {
    let mut home = Recommender::new(homebody::device::cpu().unwrap());
    home.set_catalogue(catalogue(ITEMS)).unwrap();
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

fn list(home: &Recommender, k: usize, repeats: RepeatPolicy) -> Recommendations {
    home.recommend(&Wish { k: k as u32, repeats, ..Wish::default() }).unwrap()
}

fn ids(home: &Recommender, k: usize, repeats: RepeatPolicy, exclude: &[String]) -> Vec<String> {
    let wish = Wish { k: k as u32, repeats, exclude: exclude.to_vec(), ..Wish::default() };
    home.recommend(&wish).unwrap().items.into_iter().map(|r| r.item.id).collect()
}

#[test]
fn before_any_event_there_is_nothing_and_then_what_others_view() {
    let mut home = home();
    assert_eq!(list(&home, 5, RepeatPolicy::Exclude).by, "none");
    home.simulate(1, 40).unwrap();
    let recommendations = list(&home, 5, RepeatPolicy::Exclude);
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
    let step_by_step = list(&home, ITEMS, RepeatPolicy::Allow);
    let mut restored = Recommender::new(homebody::device::cpu().unwrap());
    restored.restore(&home.save(None).unwrap()).unwrap();
    let anew = list(&restored, ITEMS, RepeatPolicy::Allow);
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
    let list = list(&home, ITEMS, RepeatPolicy::Exclude);
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
    assert_eq!(
        (home.summary().items, home.summary().visitors),
        (ITEMS, 0),
        "the site's catalogue is not the visitor's"
    );
}

#[test]
fn a_torn_state_is_refused_and_nothing_changes() {
    let mut home = home();
    home.simulate(1, 10).unwrap();
    home.record("item1", Some(1.6e12), Some("buy")).unwrap();
    train(&mut home, options(ModelKind::Gru));
    let kept = home.save(None).unwrap();
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
    assert!(home.explain("item1", 3, RepeatPolicy::Allow).unwrap_err().to_string().contains("Train first"));
    assert!(home.explain("nothing", 3, RepeatPolicy::Allow).is_err());
    let job = |home: &mut Recommender| home.job(options(ModelKind::Gru)).unwrap_err().to_string();
    home.record("item0", None, None).unwrap();
    assert!(job(&mut home).contains("a session of at least two items"), "one event is nothing to learn from");
    home.set_catalogue(catalogue(1)).unwrap();
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
    other.set_catalogue(catalogue(5)).unwrap();
    assert!(other.adopt(&model).unwrap_err().to_string().contains("ranks 12 items, the catalogue has 5"));
}

#[test]
fn a_new_item_of_a_known_topic_surfaces_and_stays_after_a_restart() {
    // Everything but the last page of each topic was viewed, a topic a session.
    const PAGES: usize = 7;
    let page = |topic: usize, page: usize| Item {
        id: format!("{topic}-{page}"),
        title: format!("Page {}", 31 * topic + 17 * page),
        topic: Some(["Gardening", "Astronomy", "Carpentry"][topic].into()),
        ..Item::default()
    };
    let mut home = home();
    let pages = (0..3).flat_map(|topic| (0..PAGES).map(move |number| (topic, number)));
    home.set_catalogue(pages.map(|(topic, number)| page(topic, number))).unwrap();
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
        let all = list(&home, 30, RepeatPolicy::Allow);
        let rank = all.items.iter().position(|r| r.item.id == new[0]).unwrap();
        assert!(rank <= PAGES, "among the pages of its topic, not behind those of others: {rank}");
        let total: f32 = all.items.iter().map(|r| r.probability).sum();
        assert!((total - 1.0).abs() < 1e-3, "{total}");
        let mut restored = Recommender::new(homebody::device::cpu().unwrap());
        restored.restore(&home.save(None).unwrap()).unwrap();
        assert_eq!(list(&restored, 30, RepeatPolicy::Allow), all);
    }
    assert_eq!(home.similar("1-6", 3).unwrap().items.len(), 3);
}

#[test]
fn a_visitor_without_a_history_gets_popularity_and_then_the_model() {
    let mut home = home();
    home.simulate(1, 60).unwrap();
    let popular = list(&home, ITEMS, RepeatPolicy::Exclude);
    train(&mut home, options(ModelKind::GruAttention));
    assert_eq!(list(&home, ITEMS, RepeatPolicy::Exclude), popular);
    home.record("item4", None, None).unwrap();
    let after = list(&home, ITEMS, RepeatPolicy::Allow);
    assert_eq!(after.by, "gru-attention");
    let total: f32 = after.items.iter().map(|r| r.probability).sum();
    assert!((total - 1.0).abs() < 1e-3, "{total}");
}

fn wish(k: u32) -> Wish {
    Wish { k, ..Wish::default() }
}

fn recommended(home: &Recommender, wish: &Wish) -> Vec<String> {
    home.recommend(wish).unwrap().items.into_iter().map(|r| r.item.id).collect()
}

fn titled(id: &str, title: &str, tags: &[&str]) -> Item {
    Item { id: id.into(), title: title.into(), tags: tags.iter().map(|&tag| tag.into()).collect(), ..Item::default() }
}

fn shop() -> Vec<Item> {
    vec![
        titled("kettle", "Steel kettle", &["kitchen", "tea"]),
        titled("pot", "Tea pot", &["kitchen", "tea"]),
        titled("leaves", "Green tea leaves", &["tea"]),
        titled("tent", "Two-person tent", &["camping"]),
        titled("stove", "Camping stove", &["camping", "kitchen"]),
        titled("rope", "Climbing rope", &["climbing"]),
    ]
}

#[test]
fn from_the_first_view_on_answers_come_from_texts_and_tags_and_then_from_what_is_viewed_together() {
    let mut home = Recommender::new(homebody::device::cpu().unwrap());
    home.set_catalogue(shop()).unwrap();
    assert_eq!(home.recommend(&wish(5)).unwrap().by, "none");
    assert_eq!(home.similar("pot", 2).unwrap().items[0].item.id, "leaves");
    let here = Wish { context: vec!["tent".into(), "no such item".into()], ..wish(3) };
    let list = home.recommend(&here).unwrap();
    assert_eq!((list.by.as_str(), list.items[0].item.id.as_str()), ("content", "stove"));
    assert!(list.items.iter().all(|r| r.item.id != "tent"), "what the visitor looks at is not news");
    assert_eq!(home.summary().events, 0, "a context is not recorded");
    home.record("kettle", None, None).unwrap();
    let list = home.recommend(&wish(6)).unwrap();
    assert_eq!((list.by.as_str(), list.items.len()), ("content", 5));
    assert!(["pot", "leaves"].contains(&list.items[0].item.id.as_str()));
    // Ropes and kettles have no word in common: only views tell.
    for start in 1..=6 {
        for item in ["kettle", "rope"] {
            home.record(item, Some(1.6e12 + f64::from(start) * 1e7), None).unwrap();
        }
    }
    home.record("kettle", Some(1.7e12), None).unwrap();
    let list = home.recommend(&Wish { repeats: RepeatPolicy::Allow, ..wish(1) }).unwrap();
    assert_eq!((list.by.as_str(), list.items[0].item.id.as_str()), ("together", "rope"));
    assert_eq!(home.similar("kettle", 1).unwrap().items[0].item.id, "rope");
}

#[test]
fn a_diverse_list_mixes_kinds() {
    let mut home = Recommender::new(homebody::device::cpu().unwrap());
    home.set_catalogue(shop()).unwrap();
    home.record("kettle", None, None).unwrap();
    let plain = recommended(&home, &wish(2));
    assert!(plain.contains(&"pot".into()) && plain.contains(&"leaves".into()), "{plain:?}");
    let diverse = recommended(&home, &Wish { diversity: 0.9, ..wish(2) });
    assert_eq!(diverse[0], plain[0]);
    assert!(!diverse.contains(&plain[1]), "{diverse:?}");
}

#[test]
fn hidden_items_are_nowhere_pinned_ones_first_and_gone_ones_only_in_the_history() {
    let mut home = home();
    home.simulate(1, 60).unwrap();
    home.record("item1", None, None).unwrap();
    train(&mut home, options(ModelKind::Gru));
    let change = |hide: &[&str], pin: &[&str], remove: &[&str]| {
        let ids = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect();
        Change { hide: ids(hide), pin: ids(pin), remove: ids(remove), ..Change::default() }
    };
    home.change_catalogue(&change(&["item2"], &["item9"], &["item1", "item3"]), Vec::new()).unwrap();
    assert_eq!((home.summary().items, home.summary().events), (ITEMS - 2, 1));
    let list = list(&home, ITEMS, RepeatPolicy::Allow);
    let ids: Vec<&str> = list.items.iter().map(|r| r.item.id.as_str()).collect();
    assert_eq!((ids[0], list.items[0].pinned, ids.len()), ("item9", true, ITEMS - 3), "{ids:?}");
    assert!(!ids.iter().any(|id| ["item1", "item2", "item3"].contains(id)));
    assert!(home.similar("item4", ITEMS).unwrap().items.iter().all(|near| near.item.id != "item2"));
    assert!(!home.browse("", None, 0, 50).items.iter().any(|item| item.id == "item2" || item.id == "item1"));
    let viewed = &home.history(0, 9).events[0].item;
    assert!(viewed.id == "item1" && viewed.gone, "it was viewed, and is gone");

    // Where only the visitor viewed it, nothing remembers what is gone and forgotten.
    let mut home = Recommender::new(homebody::device::cpu().unwrap());
    home.set_catalogue(shop()).unwrap();
    home.record("kettle", None, None).unwrap();
    home.change_catalogue(&change(&[], &[], &["kettle"]), Vec::new()).unwrap();
    assert!(home.similar("kettle", 1).is_ok());
    home.forget(&Forget::Item { item: "kettle".into() }).unwrap();
    assert!(home.similar("kettle", 1).is_err());
}

#[test]
fn a_new_days_catalogue_keeps_the_model_and_what_it_says() {
    let mut home = home();
    home.simulate(1, 60).unwrap();
    for item in ["item4", "item5"] {
        home.record(item, None, None).unwrap();
    }
    train(&mut home, options(ModelKind::GruAttention));
    let before = list(&home, ITEMS, RepeatPolicy::Allow);
    let probability =
        |list: &Recommendations, id: &str| list.items.iter().find(|r| r.item.id == id).unwrap().probability;
    let mut tomorrow = catalogue(ITEMS);
    tomorrow.reverse();
    tomorrow.retain(|item| item.id != "item11");
    tomorrow.push(Item { topic: Some("topic 1".into()), ..titled("new", "Item 77", &[]) });
    home.set_catalogue(tomorrow).unwrap();
    let after = list(&home, ITEMS, RepeatPolicy::Allow);
    assert_eq!((after.by.as_str(), after.items.len()), ("gru-attention", ITEMS));
    let ratio = |id: &str| probability(&after, id) / probability(&before, id);
    let ratios: Vec<f32> = (0..11).map(|i| ratio(&format!("item{i}"))).collect();
    let mean = ratios.iter().sum::<f32>() / 11.0;
    assert!(
        ratios.iter().all(|ratio| (ratio / mean - 1.0).abs() < 0.3),
        "the trained items' order is as it was: {ratios:?}"
    );
    let mut restored = Recommender::new(homebody::device::cpu().unwrap());
    restored.restore(&home.save(None).unwrap()).unwrap();
    assert_eq!(list(&restored, ITEMS, RepeatPolicy::Allow), after);
    home.record("new", None, None).unwrap();
    assert_eq!(home.history(0, 1).events[0].item.id, "new");
}

/// What `homebody train` writes, from visitors of the catalogue.
fn base(items: &[Item], visitors: u32) -> Vec<u8> {
    let mut site = Recommender::new(homebody::device::cpu().unwrap());
    site.set_catalogue(items.to_vec()).unwrap();
    site.simulate(7, visitors).unwrap();
    let job = Job::from_bytes(&site.job(options(ModelKind::Gru)).unwrap()).unwrap();
    let views = job.train.counts();
    let mut training = Training::new(job, &homebody::device::cpu().unwrap()).unwrap();
    while !pollster::block_on(training.advance(Duration::from_millis(50))).unwrap().done {}
    let ids = items.iter().map(|item| item.id.clone()).collect();
    pollster::block_on(training.model().unwrap().to_file(About { ids, texts: None, views })).unwrap()
}

#[test]
fn a_base_model_is_joined_by_id_ranks_at_once_and_is_not_kept() {
    let file = base(&catalogue(ITEMS), 80);
    let mut home = Recommender::new(homebody::device::cpu().unwrap());
    let mut today = catalogue(ITEMS);
    today.reverse();
    today.push(Item { topic: Some("topic 0".into()), ..titled("new", "Item 3b", &[]) });
    home.set_catalogue(today).unwrap();
    home.set_base(Some(&file)).unwrap();
    assert_eq!(home.recommend(&wish(3)).unwrap().by, "popularity", "what the site's visitors view most");
    home.record("item1", None, None).unwrap();
    let first = home.recommend(&wish(3)).unwrap();
    assert_eq!(first.by, "gru");
    let topic = first.items.iter().filter(|r| r.item.topic.as_deref() == Some("topic 0")).count();
    assert!(topic >= 2, "simulated visitors keep to a topic: {first:?}");
    let model = home.summary().model.unwrap();
    assert!(model.base && model.trained_events == 0 && !model.adapted, "{model:?}");
    assert!(list(&home, ITEMS + 1, RepeatPolicy::Allow).items.iter().any(|r| r.item.id == "new"));
    let kept = home.save(None).unwrap();
    assert!(kept.len() < file.len(), "the site hands it over anew");
    let mut next_day = Recommender::new(homebody::device::cpu().unwrap());
    next_day.restore(&kept).unwrap();
    assert_eq!(next_day.summary().model, None);
    next_day.set_base(Some(&file)).unwrap();
    assert_eq!(next_day.recommend(&wish(3)).unwrap(), first);
    next_day.restore(&kept).unwrap();
    assert_eq!(next_day.recommend(&wish(3)).unwrap(), first, "another tab's checkpoint leaves it in use");
    home.forget(&Forget::All).unwrap();
    assert!(home.summary().model.unwrap().base && home.summary().events == 0);
    home.set_base(None).unwrap();
    assert_eq!(home.summary().model, None);
}

#[test]
fn foreign_torn_and_unrelated_base_models_are_refused() {
    let file = base(&catalogue(ITEMS), 20);
    let mut home = Recommender::new(homebody::device::cpu().unwrap());
    home.set_catalogue(shop()).unwrap();
    let refusal = |home: &mut Recommender, bytes: &[u8]| home.set_base(Some(bytes)).unwrap_err().to_string();
    assert!(refusal(&mut home, &file).contains("none of them in the catalogue"));
    assert!(refusal(&mut home, &file[..file.len() - 9]).contains("not a usable homebody file"));
    assert!(refusal(&mut home, b"<!doctype html>").contains("not a usable homebody file"));
    let (model, _) = Model::from_bytes(&file, &homebody::device::cpu().unwrap()).unwrap();
    let nameless = pollster::block_on(model.to_bytes(Vec::new())).unwrap();
    assert!(refusal(&mut home, &nameless).contains("does not name its items"));
}

#[test]
fn the_adapter_follows_a_visitor_who_is_unlike_the_others_and_is_made_anew_for_a_new_base() {
    let mut home = home();
    home.set_base(Some(&base(&catalogue(ITEMS), 80))).unwrap();
    // The simulated visitors keep to a topic, of four items each; this one goes between three of different ones.
    for i in 0..40 {
        home.record(["item1", "item6", "item10"][i % 3], None, None).unwrap();
    }
    let model = home.summary().model.unwrap();
    assert!(model.adapted && model.adapter_gain > 0.2 && model.adapter_events == 39, "{model:?}");
    home.set_base(Some(&base(&catalogue(ITEMS), 60))).unwrap();
    let again = home.summary().model.unwrap();
    assert!(again.adapted && again.adapter_events == 39 && again.adapter_gain != model.adapter_gain, "{again:?}");
    home.forget(&Forget::Item { item: "item1".into() }).unwrap();
    let without = home.summary().model.unwrap();
    assert!(without.base && without.adapter_events < 39, "{without:?}");
}

#[test]
fn an_update_goes_on_from_the_base_and_stays_in_use_with_the_same_base() {
    let file = base(&catalogue(ITEMS), 60);
    let mut home = home();
    home.set_base(Some(&file)).unwrap();
    for i in 0..200 {
        home.record(["item1", "item6", "item10"][i % 3], None, None).unwrap();
    }
    let job = Job::from_bytes(&home.job_of(options(ModelKind::Lstm), false, None).unwrap()).unwrap();
    let mut training = Training::new(job, &homebody::device::cpu().unwrap()).unwrap();
    while !pollster::block_on(training.advance(Duration::from_millis(50))).unwrap().done {}
    home.adopt(&pollster::block_on(training.model().unwrap().to_bytes(Vec::new())).unwrap()).unwrap();
    let model = home.summary().model.unwrap();
    assert_eq!((model.name.as_str(), model.base, model.trained_events), ("gru", false, 200));
    let list = home.recommend(&wish(3)).unwrap();
    let mut next_day = Recommender::new(homebody::device::cpu().unwrap());
    next_day.restore(&home.save(None).unwrap()).unwrap();
    next_day.set_base(Some(&file)).unwrap();
    assert_eq!(next_day.summary().model.unwrap().trained_events, 200);
    assert_eq!(next_day.recommend(&wish(3)).unwrap(), list);
    next_day.set_base(Some(&base(&catalogue(ITEMS), 50))).unwrap();
    assert!(next_day.summary().model.unwrap().base, "a new base starts over");
}

#[test]
fn an_export_holds_only_what_is_asked_for() {
    let mut home = home();
    home.simulate(1, 40).unwrap();
    home.record("item1", None, None).unwrap();
    home.record("item2", None, None).unwrap();
    train(&mut home, options(ModelKind::Gru));
    home.change_catalogue(&Change { remove: vec!["item1".into()], ..Change::default() }, Vec::new()).unwrap();
    let reopened = |parts: &[Part]| {
        let mut other = Recommender::new(homebody::device::cpu().unwrap());
        other.restore(&home.save(Some(parts)).unwrap()).unwrap();
        other
    };
    let catalogue = reopened(&[Part::Catalogue]);
    let summary = catalogue.summary();
    assert_eq!((summary.items, summary.events, summary.visitors, summary.model), (ITEMS - 1, 0, 0, None));
    assert!(catalogue.similar("item1", 1).is_err(), "that it was there tells that it was viewed");
    let history = reopened(&[Part::History]).summary();
    assert_eq!((history.events, history.visitors), (2, 0));
    let all = reopened(&[Part::Catalogue, Part::History, Part::Visitors, Part::Model]);
    assert_eq!(list(&all, ITEMS, RepeatPolicy::Allow), list(&home, ITEMS, RepeatPolicy::Allow));
}

#[test]
fn an_interrupted_training_is_prepared_again_from_the_events_of_then() {
    let mut home = home();
    home.simulate(1, 40).unwrap();
    home.record("item1", None, None).unwrap();
    home.record("item2", None, None).unwrap();
    let job = home.job_of(options(ModelKind::Gru), false, None).unwrap();
    home.record("item3", None, None).unwrap();
    assert_ne!(home.job_of(options(ModelKind::Gru), false, None).unwrap(), job);
    let mut restored = Recommender::new(homebody::device::cpu().unwrap());
    restored.restore(&home.save(None).unwrap()).unwrap();
    assert_eq!(restored.job_of(options(ModelKind::Gru), false, Some(2)).unwrap(), job);
    assert_eq!(restored.summary().events, 3);
}
