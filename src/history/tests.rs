//! Whole files in, histories out, in every format.

mod bad_input;

use super::*;
use crate::catalogue::Catalogue;

fn read_all(files: &[(&str, &str)], options: &ReadOptions) -> Result<Log> {
    let sources: Vec<_> = files.iter().map(|&(name, text)| Source { name, bytes: text.as_bytes() }).collect();
    read(&sources, options)
}

fn log_of(text: &str) -> Log {
    read_all(&[("log", text)], &ReadOptions::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn message_of(name: &str, text: &str) -> String {
    read_all(&[(name, text)], &ReadOptions::default()).unwrap_err().to_string()
}

/// `user: a b | c` for each history.
fn shown(log: &Log) -> Vec<String> {
    let session = |events: &Vec<Event>| events.iter().map(|event| &*event.item).collect::<Vec<_>>().join(" ");
    log.histories
        .iter()
        .map(|history| {
            let sessions: Vec<_> = history.sessions.iter().map(session).collect();
            format!("{}: {}", history.user, sessions.join(" | "))
        })
        .collect()
}

fn dropped(log: &Log) -> Vec<(Reason, usize, &str)> {
    assert_adds_up(log);
    log.report.dropped.iter().map(|dropped| (dropped.reason, dropped.count, dropped.example.as_str())).collect()
}

fn assert_adds_up(log: &Log) {
    let report = &log.report;
    let left_out: usize = report.dropped.iter().map(|dropped| dropped.count).sum();
    assert_eq!(report.rows, report.kept + left_out, "{report:?}");
    assert_eq!(report.kept, log.histories.iter().flat_map(History::events).count());
}

#[test]
fn a_log_of_two_users_in_sessions() {
    let log = log_of(
        "user_id,product_id,timestamp,event\n\
         ann,a,1714566600,view\n\
         bob,b,1714566601,\n\
         ann,c,1714568501,buy\n\
         ann,b,1714566700,view\n",
    );
    assert_eq!(shown(&log), ["ann: a b | c", "bob: b"]);
    let first = &log.histories[0].sessions[0][0];
    assert_eq!((first.time, first.kind.as_deref()), (Some(1_714_566_600_000), Some("view")));
    assert_eq!(log.histories[1].sessions[0][0].kind, None);
    assert_eq!(dropped(&log), []);
    assert_eq!(
        log.report.notes,
        ["log: user in \"user_id\", item in \"product_id\", time in \"timestamp\", kind in \"event\"."]
    );
}

#[test]
fn semicolons_tabs_quotes_and_windows_line_ends() {
    for text in [
        "\u{feff}User;URL;Date\r\nann;\"https://a/;x\";2024-05-01\r\n",
        "user\turl\tdate\nann\thttps://a/;x\t2024-05-01",
    ] {
        assert_eq!(shown(&log_of(text)), ["ann: https://a/;x"]);
    }
}

#[test]
fn movielens_as_its_zip_ships_it() {
    let ratings = "userId,movieId,rating,timestamp\n1,3,4.0,964981247\n1,1,4.0,964982703\n2,3,5.0,964981300\n";
    let movies = "movieId,title,genres\n\
                  1,Toy Story (1995),Adventure|Animation\n\
                  2,\"American President, The (1995)\",Comedy\n\
                  3,Grumpier Old Men (1995),(no genres listed)\n";
    for files in
        [[("ratings.csv", ratings), ("movies.csv", movies)], [("movies.csv", movies), ("ratings.csv", ratings)]]
    {
        let log = read_all(&files, &ReadOptions::default()).unwrap();
        assert_eq!(shown(&log), ["1: 3 1", "2: 3"]);
        assert_eq!((log.report.rows, log.texts.len()), (3, 3));
        let catalogue = Catalogue::from_log(&log);
        let toy_story = catalogue.item(catalogue.require("1").unwrap());
        assert_eq!(toy_story.title, "Toy Story (1995)");
        assert_eq!(toy_story.detail.as_deref(), Some("Adventure, Animation"));
        assert_eq!(toy_story.topic.as_deref(), Some("Adventure"));
        assert_eq!(catalogue.len(), 2);
        assert_eq!(catalogue.topics(), ["Adventure"]);
    }
}

#[test]
fn without_users_or_times_the_rows_are_one_history_in_order() {
    let log = log_of("item\nb\na\nb\n");
    assert_eq!(shown(&log), [": b a b"]);
    assert!(log.report.notes[1].contains("keep the order"), "{:?}", log.report.notes);
}

#[test]
fn ties_keep_their_order_and_only_a_repeat_in_place_goes() {
    let log = log_of("item,time\nc,9\nb,5\na,5\na,5\nb,5\nb,6\n");
    assert_eq!(shown(&log), [": b a b b c"]);
    assert_eq!(dropped(&log), [(Reason::Repeat, 1, "item a")]);
}

#[test]
fn session_ids_cut_before_pauses_do() {
    let text = "user,item,session_id,time\n1,a,x,100\n1,b,y,101\n1,c,x,9000\n1,d,,9001\n1,e,,9002\n1,f,,20000\n";
    assert_eq!(shown(&log_of(text)), ["1: a c | b | d e | f"]);
    let whole = ReadOptions { sessions: SessionRule::User, ..ReadOptions::default() };
    assert_eq!(shown(&read_all(&[("log", text)], &whole).unwrap()), ["1: a b c d e f"]);
}

#[test]
fn bare_sessions_are_no_people_where_they_are_spared() {
    let text = b"a b\nc d e f\n";
    let source = [Source { name: "sessions.txt", bytes: text }];
    let kept = |spare| {
        let options = ReadOptions { min_events: 3, spare_bare_sessions: spare, ..ReadOptions::default() };
        read(&source, &options).unwrap().histories.len()
    };
    assert_eq!((kept(false), kept(true)), (1, 2));
}

#[test]
fn small_users_go_from_a_log_of_several_only() {
    let options = ReadOptions { min_events: 3, ..ReadOptions::default() };
    let log = read_all(&[("log", "user,item\n1,a\n2,a\n2,b\n1,b\n2,c\n")], &options).unwrap();
    assert_eq!(shown(&log), ["2: a b c"]);
    assert_eq!(dropped(&log), [(Reason::FewEvents, 2, "user 1 with 2")]);
    assert!(log.report.notes.contains(&"Users with fewer than 3 events: 1 of 2.".into()));

    let own = read_all(&[("log", "item\na\n")], &options).unwrap();
    assert_eq!(shown(&own), [": a"]);

    let error = read_all(&[("log", "user,item\n1,a\n2,a\n")], &options).unwrap_err().to_string();
    assert!(error.contains("Lower the minimum"), "{error}");
}

#[test]
fn sequences_are_a_user_a_line() {
    let log = log_of("3 1 2\r\n\n 2  3\n");
    assert_eq!(shown(&log), ["session 1: 3 1 2", "session 2: 2 3"]);
}

#[test]
fn json_in_its_shapes() {
    for (text, histories) in [
        (r#"[{"userId": 1, "item": "a", "time": 20}, {"user_id": "1", "url": 7, "time": 10}]"#, vec!["1: 7 a"]),
        (r#"{"version": 1, "events": [{"item": "a"}, {"item": "b", "title": "B"}]}"#, vec![": a b"]),
        (r#"[["a", "b"], ["c", 1]]"#, vec!["session 1: a b", "session 2: c 1"]),
        (r#"{"titles": ["A", "B"], "paths": [[1, 0], [1]]}"#, vec!["session 1: 1 0", "session 2: 1"]),
        (r#"{"baskets": [[1, 0]], "codes": ["x"], "titles": ["A", "B"]}"#, vec!["session 1: 1 0"]),
        ("{\"item\": 1, \"time\": \"2024-05-01\"}\n\n[5, 6]\n", vec![": 1"]),
    ] {
        let log = log_of(text);
        assert_eq!(shown(&log)[..histories.len()], histories, "{text}");
        assert_adds_up(&log);
    }
    let log = log_of(r#"{"titles": ["A", "<b>"], "paths": [[1, 0]]}"#);
    let catalogue = Catalogue::from_log(&log);
    assert_eq!(catalogue.item(catalogue.require("1").unwrap()).title, "<b>");
}
