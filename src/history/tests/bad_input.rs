//! Files that people choose by mistake, and rows that went wrong: each is reported, and the rest is kept.

use super::*;

#[test]
fn movies_without_ratings_are_no_log() {
    assert_eq!(
        message_of("movies.csv", "movieId,title,genres\n1,Toy Story (1995),Comedy\n"),
        "movies.csv holds no events. It only describes items: choose it together with the log of events (for MovieLens: \
         ratings.csv); a log has a column of times or of users."
    );
}

#[test]
fn a_missing_item_column_is_named_with_those_found() {
    let message = message_of("log.csv", "user_id,rating,timestamp\n1,2,3\n");
    assert!(message.contains("the first line has the columns user_id, rating, timestamp"), "{message}");
    assert!(message.contains("item_id, item, product_id"), "{message}");
}

#[test]
fn an_empty_file_and_a_lone_header() {
    assert_eq!(message_of("log.csv", ""), "log.csv holds no events. Choose a file with at least one event.");
    assert_eq!(
        message_of("log.csv", "user_id,item\n"),
        "log.csv holds no events. There is nothing after its first line: choose a file with at least one event."
    );
    assert_eq!(message_of("log.json", "[]").split_once('.').map(|(first, _)| first), Some("log"));
    assert!(matches!(read(&[], &ReadOptions::default()), Err(Error::Empty { .. })));
}

#[test]
fn ragged_and_empty_cells_are_reported() {
    let log = log_of("user,item,time\n1,a,100\n1,b\n1,c,100,9\n,d,100\n1,,100\n1,e,\n1,f,soon\n");
    assert_eq!(shown(&log), ["1: a"]);
    assert_eq!(
        dropped(&log),
        [
            (Reason::Ragged, 2, "line 3: 1,b"),
            (Reason::NoUser, 1, "line 5: ,d,100"),
            (Reason::NoItem, 1, "line 6: 1,,100"),
            (Reason::UnreadableTime, 1, "line 8: 1,f,soon"),
            (Reason::NoTime, 1, "item e, time missing"),
        ]
    );
}

#[test]
fn a_quotation_mark_left_open_is_reported() {
    let rows = "1,b,\n".repeat(200);
    let log = log_of(&format!("user,item,title\n1,a,A\n1,c,\"C\n{rows}"));
    assert_eq!(shown(&log), ["1: a"]);
    assert_eq!((dropped(&log)[0].0, dropped(&log)[0].1), (Reason::OpenQuote, 202));

    let log = log_of("user,item,title\n1,a,A\n1,c,\"C\n1,b,\n");
    assert!(log.report.notes[1].contains("rows that run over several lines: 1."), "{:?}", log.report.notes);
}

#[test]
fn a_large_file_is_refused_before_it_is_parsed() {
    let options = ReadOptions { max_bytes: 1 << 20, ..ReadOptions::default() };
    let large = "\0".repeat(3 << 19);
    let error = read_all(&[("log.csv", "item\na"), ("big.csv", &large)], &options).unwrap_err();
    assert_eq!(
        error.to_string(),
        "The selection (log.csv and big.csv) is 1.5 MiB, over the limit of 1.0 MiB. \
         Choose a shorter period or fewer users; the command line reads larger logs."
    );
}

#[test]
fn odd_times_are_left_out() {
    let log = log_of(
        "item,time\na,1714566600000\nb,-5\nc,1714566600\nd,9999999999999\ne,1714566600001\nf,2101-01-01\ng,1969-12-31\n",
    );
    assert_eq!(shown(&log), [": a e"]);
    assert_eq!(
        dropped(&log),
        [
            (Reason::Before1970, 2, "item b, time -5"),
            (Reason::OtherUnit, 1, "item c, time 1714566600"),
            (Reason::After2100, 2, "item d, time 9999999999999"),
        ]
    );
}

#[test]
fn seconds_and_milliseconds_are_told_apart() {
    for (text, note) in [
        ("1714566600", None),
        ("1714566600000", None),
        ("1714566600000000", Some("log: times were read as microseconds.")),
    ] {
        let log = log_of(&format!("item,time\na,{text}\n"));
        assert_eq!(log.histories[0].sessions[0][0].time, Some(1_714_566_600_000));
        assert_eq!(log.report.notes.get(1).map(String::as_str), note);
    }
    let log = log_of("item,time\na,20240501\n");
    assert!(log.report.notes[1].contains("before 1990"), "{:?}", log.report.notes);
}

#[test]
fn when_no_time_can_be_read_the_remedy_says_how_to_write_it() {
    assert_eq!(
        message_of("log.csv", "item,time\na,31/01/2024\nb,01/02/2024\n"),
        "log.csv holds no events. Of 2 rows none is left: 2 left out because the time is neither a number nor an ISO 8601 date \
         (the first: line 2: a,31/01/2024). Write times as 2024-05-01T12:30:00Z, or as seconds or milliseconds since 1970."
    );
}

#[test]
fn a_history_of_one_event() {
    for text in ["item,time\na,1714566600\n", "{\"item\": \"a\", \"time\": 1714566600}", "[\"a\"]"] {
        assert_eq!(shown(&log_of(text)), [": a"], "{text}");
    }
    assert_eq!(shown(&log_of("a")), ["session 1: a"]);
}

#[test]
fn titles_are_text_without_direction_overrides() {
    let log =
        log_of("item,time,title\na,1714566600,\"<script>alert(1)</script>\u{202E}txt\"\nb,1714566601,<b>&amp;</b>\n");
    let titles: Vec<_> = log.texts.iter().filter_map(|text| text.title.as_deref()).collect();
    assert_eq!(titles, ["<script>alert(1)</script>txt", "<b>&amp;</b>"]);
    assert!(log.report.notes[1].contains("Titles or details changed: 1 "), "{:?}", log.report.notes);
}

#[test]
fn json_entries_that_are_no_events_are_reported() {
    let log = log_of(r#"[{"item": "a"}, {"name": "b"}, null, {"item": "c", "time": true}, ["d", {}]]"#);
    assert_eq!(shown(&log), [": a c", "session 1: d"]);
    assert_eq!(dropped(&log), [(Reason::NotAnEvent, 3, "{\"name\":\"b\"}")]);
}

#[test]
fn a_broken_line_of_json_lines_costs_only_itself() {
    let log = log_of("{\"item\": \"a\"}\n{\"item\": \"b\n{\"item\": \"c\"}");
    assert_eq!(shown(&log), [": a c"]);
    assert_eq!(dropped(&log), [(Reason::NotJson, 1, "line 2: {\"item\": \"b")]);
}

#[test]
fn broken_json_is_refused_with_its_place() {
    let message = message_of("log.json", "[{\"item\": \"a\"},\n {\"item\": ]");
    assert!(message.contains("at line 2 column 11"), "{message}");
    assert!(message_of("log.json", "{\"a\": 1}").contains("the entry names no item"));
}
