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
