//! One's own history as Home serves it: shelves, refinding, evaluation, forgetting.

use std::time::Duration;

use homebody::catalogue::Item;
use homebody::device;
use homebody::own::simulator::{Profile, Simulated, simulate};
use homebody::protocol::{CatalogueItem, Forget, HistoryEvaluation, Verdict};
use homebody::recommender::Recommender;

fn home(person: &Simulated) -> Recommender {
    let mut home = Recommender::new(device::cpu().unwrap());
    let item = |(id, title): (&String, &String)| Item { id: id.clone(), title: title.clone(), ..Item::default() };
    home.set_catalogue(person.ids.iter().zip(&person.titles).map(item)).unwrap();
    for visit in &person.visits {
        home.record(&person.ids[visit.item as usize], Some(visit.time * 1000.0), None).unwrap();
    }
    home
}

fn person() -> Simulated {
    simulate(&Profile::browsing(), 9, 1, 120)
}

#[test]
fn shelves_hold_what_they_say() {
    let person = person();
    let mut home = home(&person);
    let progress = home.learn_history(Duration::ZERO);
    assert_eq!((progress.learned, progress.of), (0, person.visits.len()));
    let now = person.visits.last().unwrap().time * 1000.0 + 60_000.0;
    let pool = |id: &str, title: &str| CatalogueItem { id: id.into(), title: title.into(), ..Default::default() };
    let recent = &person.titles[person.visits.last().unwrap().item as usize];
    let shelves = home.shelves(now, 10, &[], vec![pool("new:1", recent), pool("new:2", "zzz yyy")]).unwrap();

    assert_eq!(shelves.next.items.len(), 10);
    assert!(shelves.next.items.windows(2).all(|pair| pair[0].score >= pair[1].score - 0.05));
    assert!(
        matches!(&shelves.next.verdict, Verdict::Measured { gain, .. } if gain[0] > 0.0),
        "{:?}",
        shelves.next.verdict
    );
    let fortnight = 14.0 * 86_400_000.0;
    assert!(!shelves.rediscover.items.is_empty());
    assert!(shelves.rediscover.items.iter().all(|item| now - item.last_visit.unwrap() >= fortnight));
    let new: Vec<_> = shelves.new.items.iter().map(|item| item.item.id.as_str()).collect();
    assert_eq!(new, ["new:1"]);
    let first = shelves.next.items[0].item.id.clone();
    let without = home.shelves(now, 10, std::slice::from_ref(&first), Vec::new()).unwrap();
    assert!(without.next.items.iter().all(|item| item.item.id != first) && without.new.items.is_empty());
}

#[test]
fn evaluation_and_refinding_follow_the_history() {
    let person = person();
    let mut home = home(&person);
    let HistoryEvaluation::Measured { rows, .. } = home.history_evaluation() else { panic!("enough visits") };
    assert_eq!(rows[0].model, "mixture");
    assert!(rows[1..].iter().all(|row| row.hit_rate10[0] < rows[0].hit_rate10[0]), "{rows:?}");

    let now = person.visits.last().unwrap().time * 1000.0;
    let found = home.refind("habit part", now, 5, None, None).unwrap();
    assert!(found.total >= 5 && found.items.iter().all(|item| item.item.title.contains("Habit")));
    assert_eq!(home.refind("habit", now, 5, Some(now + 1000.0), None).unwrap().total, 0);

    let gone = found.items[0].item.id.clone();
    home.forget(&Forget::Item { item: gone.clone() }).unwrap();
    let found = home.refind("habit part", now, 100, None, None).unwrap();
    assert!(found.items.iter().all(|item| item.item.id != gone));
}

#[test]
fn an_empty_history_and_one_visit_are_no_accident() {
    let mut home = home(&Simulated::default());
    assert!(home.shelves(1e12, 10, &[], Vec::new()).unwrap().next.items.is_empty());
    assert_eq!(home.history_evaluation(), HistoryEvaluation::TooLittle { events: 0, needed: 100 });
    let person = Simulated { visits: person().visits[..1].to_vec(), ..person() };
    let mut home = self::home(&person);
    assert_eq!(home.shelves(person.visits[0].time * 1000.0, 10, &[], Vec::new()).unwrap().next.items.len(), 1);
    assert!(home.shelves(f64::NAN, 10, &[], Vec::new()).is_err());
}

#[test]
fn a_catalogue_that_changes_is_learned_anew() {
    let person = person();
    let mut home = home(&person);
    let now = person.visits.last().unwrap().time * 1000.0;
    home.shelves(now, 10, &[], Vec::new()).unwrap();
    // Other places for the same items, and other titles.
    let item = |id: &String| Item { id: id.clone(), title: format!("renamed {id}"), ..Item::default() };
    home.set_catalogue(person.ids.iter().rev().map(item)).unwrap();
    let shelves = home.shelves(now, 10, &[], Vec::new()).unwrap();
    assert!(shelves.next.items.iter().all(|item| item.item.title.starts_with("renamed")));
    assert_eq!(home.refind("renamed", now, 5, None, None).unwrap().total, person.ids.len());
}

#[test]
fn a_page_that_is_opened_from_the_pool_is_one_of_the_history_and_counts() {
    let person = person();
    let mut home = home(&person);
    let now = person.visits.last().unwrap().time * 1000.0;
    let title = &person.titles[person.visits.last().unwrap().item as usize];
    let pool: Vec<CatalogueItem> = (0..120)
        .map(|n| CatalogueItem { id: format!("new:{n}"), title: title.clone(), ..Default::default() })
        .collect();
    let shelves = home.shelves(now, 10, &[], pool.clone()).unwrap();
    assert_eq!(shelves.new.verdict, Verdict::TooLittle { events: 0, needed: 100 });
    let first = shelves.next.items[0].item.id.clone();
    assert!(home.record("elsewhere:1", Some(now), None).is_err(), "nobody offered that");

    home.record("new:3", Some(now + 1000.0), None).unwrap();
    let progress = home.learn_history(Duration::ZERO);
    assert!(progress.learned + 1 >= progress.of, "what was learned before stays: {progress:?}");
    let shelves = home.shelves(now + 2000.0, 10, &[], pool.clone()).unwrap();
    assert_eq!(shelves.new.verdict, Verdict::TooLittle { events: 1, needed: 100 });
    assert!(shelves.new.items.iter().all(|item| item.item.id != "new:3"));
    assert!(shelves.next.items.iter().any(|item| item.item.id == first));
    assert!(home.refind(title, now, 200, None, None).unwrap().items.iter().any(|found| found.item.id == "new:3"));

    for n in (0..120).filter(|&n| n != 3) {
        home.record(&format!("new:{n}"), Some(now + 3000.0 + f64::from(n)), None).unwrap();
    }
    let shelves = home.shelves(now + 9000.0, 10, &[], vec![CatalogueItem { id: "new:last".into(), ..pool[0].clone() }]);
    assert!(matches!(shelves.unwrap().new.verdict, Verdict::Measured { events: 120, .. }));
}

#[test]
fn unfinished_trails_are_judged_by_what_became_of_earlier_ones() {
    let person = simulate(&Profile::browsing(), 1, 0, 240);
    let mut home = home(&person);
    let now = person.visits.last().unwrap().time * 1000.0;
    let shelves = home.shelves(now, 10, &[], Vec::new()).unwrap();
    let Verdict::Measured { events, hit_rate, .. } = &shelves.unfinished.verdict else {
        panic!("{:?}", shelves.unfinished.verdict)
    };
    assert!(*events >= 100 && (0.2..0.9).contains(&hit_rate[0]), "{events} {hit_rate:?}");
}
