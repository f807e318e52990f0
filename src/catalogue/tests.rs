use std::sync::Arc;

use super::*;
use crate::history::{Event, ItemText};

fn item(id: &str, title: &str, topic: &str) -> Item {
    Item { id: id.into(), title: title.into(), topic: (!topic.is_empty()).then(|| topic.into()), ..Item::default() }
}

fn history(sessions: &[&[&str]]) -> History {
    let event = |&item: &&str| Event { item: Arc::from(item), time: None, kind: None };
    History {
        user: String::new(),
        sessions: sessions.iter().map(|session| session.iter().map(event).collect()).collect(),
    }
}

fn films() -> Catalogue {
    Catalogue::new([
        item("7", "Älter werden", "Drama"),
        item("9", "", ""),
        item("8", "The Elder", "Comedy"),
        item("5", "Elderflower", "Drama"),
    ])
    .unwrap()
}

#[test]
fn ids_go_to_positions_and_back() {
    let films = films();
    for (at, item) in films.iter() {
        assert_eq!(films.get(&item.id), Some(at));
        assert_eq!(films.require(&item.id), Ok(at));
        assert_eq!(films.item(at), item);
    }
    assert_eq!((films.len(), films.is_empty()), (4, false));
    assert_eq!(films.get("1"), None);
    assert_eq!(films.require("1"), Err(Error::UnknownItem { id: "1".into() }));
}

#[test]
fn ids_must_be_there_and_differ() {
    let message = |items: Vec<Item>| Catalogue::new(items).unwrap_err().to_string();
    assert_eq!(
        message(vec![item("a", "", ""), item("b", "", ""), item("a", "", "")]),
        "The catalogue: items 1 and 3 both have the id \"a\". Give every item an id of its own."
    );
    assert_eq!(
        message(vec![item(" ", "Untold", "")]),
        "The catalogue: item 1 (\"Untold\") has an empty id. Give every item an id."
    );
}

#[test]
fn texts_are_made_safe_and_an_id_stands_in_for_a_title() {
    let catalogue = Catalogue::new([Item {
        id: "\u{202E}a".into(),
        title: "\u{202E}\n".into(),
        detail: Some("\u{2066}".into()),
        topic: Some("<b>Drama</b>\u{200F}".into()),
        ..Item::default()
    }])
    .unwrap();
    let item = catalogue.item(ItemIndex(0));
    assert_eq!(item.id, "\u{202E}a");
    assert_eq!(item.title, "a");
    assert_eq!(item.detail, None);
    assert_eq!(item.topic.as_deref(), Some("<b>Drama</b>"));
}

#[test]
fn a_log_gives_the_items_of_its_events() {
    let log = Log {
        histories: vec![history(&[&["b", "a"], &["b"]]), history(&[&["c"]])],
        texts: vec![
            ItemText { item: "unseen".into(), ..ItemText::default() },
            ItemText {
                item: "a".into(),
                title: Some("A".into()),
                detail: Some("Drama, Comedy".into()),
                topic: Some("Drama".into()),
            },
        ],
        ..Log::default()
    };
    let catalogue = Catalogue::from_log(&log);
    let ids: Vec<_> = catalogue.iter().map(|(_, item)| (&*item.id, &*item.title)).collect();
    assert_eq!(ids, [("b", "b"), ("a", "A"), ("c", "c")]);
    assert_eq!(catalogue.topics(), ["Drama"]);
}

#[test]
fn unknown_items_are_counted() {
    let encoded = films().encode(&history(&[&["5", "1", "7", "5"], &["2"], &["9"]]));
    assert_eq!(encoded.sessions, [vec![ItemIndex(3), ItemIndex(0), ItemIndex(3)], vec![ItemIndex(1)]]);
    assert_eq!(encoded.unknown, 2);
}

#[test]
fn search_ignores_case_and_pages() {
    let films = films();
    assert_eq!(films.search("eLDER", None, 0, 10), (vec![ItemIndex(2), ItemIndex(3)], 2));
    assert_eq!(films.search("elder", None, 1, 10), (vec![ItemIndex(3)], 2));
    assert_eq!(films.search("elder", Some("Comedy"), 0, 10), (vec![ItemIndex(2)], 1));
    assert_eq!(films.search("äLTER ", None, 0, 10), (vec![ItemIndex(0)], 1));
    assert_eq!(films.search("", None, 0, 2), (vec![ItemIndex(0), ItemIndex(1)], 4));
    assert_eq!(films.search("", Some("None"), 0, 2), (vec![], 0));
    assert_eq!(films.topics(), ["Drama", "Comedy"]);
}
