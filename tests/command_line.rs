//! The command line as its users meet it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A folder of its own for each test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("command_line").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn homebody(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_homebody")).current_dir(folder).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn error(folder: &Path, arguments: &[&str]) -> String {
    let output = homebody(folder, arguments);
    assert!(!output.status.success(), "{arguments:?} went through: {}", text(&output.stdout));
    text(&output.stderr)
}

/// Forty walks around a ring of twelve items.
fn walks() -> String {
    let walk = |start: usize| (0..6).map(|step| format!("i{}", (start + step) % 12)).collect::<Vec<_>>().join(" ");
    (0..40).map(|start| walk(start) + "\n").collect()
}

/// The same, a user a walk and an hour apart, with titles.
fn dated_walks() -> String {
    let row = |user: usize, step: usize| {
        let item = (user + step) % 12;
        format!("u{user},i{item},{},Title {item}\n", 1_700_000_000 + 3600 * user + 60 * step)
    };
    let rows = (0..40).flat_map(|user| (0..6).map(move |step| row(user, step)));
    "user_id,item,timestamp,title\n".to_owned() + &rows.collect::<String>()
}

const BASELINES: [&str; 8] =
    ["popularity", "recent-popularity", "session-recency", "markov", "sequential-rules", "vsknn", "item-knn", "bpr-mf"];

#[test]
fn evaluate_keeps_its_contract() {
    let folder = folder("evaluate");
    std::fs::write(folder.join("walks.txt"), walks()).unwrap();
    let arguments = ["evaluate", "--data", "walks.txt", "--format", "sequences", "--model", "markov", "--json"];
    let output = homebody(&folder, &arguments);
    let last = text(&output.stdout).lines().last().unwrap().to_owned();
    let report: Value = serde_json::from_str(&last).unwrap();
    for key in [
        "hr@10",
        "ndcg@10",
        "mrr@10",
        "recall@20",
        "mrr@20",
        "items",
        "users",
        "events_per_second",
        "seconds",
        "coverage@10",
    ] {
        assert!(report[key].is_number(), "{key} is missing in {last}");
    }
    assert_eq!(
        (report["items"].as_u64(), report["users"].as_u64(), report["cases"].as_u64()),
        (Some(12), Some(40), Some(40))
    );
    assert_eq!(report["ndcg@10"], 1.0, "the ring tells what follows");
    assert!(report.get("shuffled").is_none());
    let output = homebody(&folder, &[&arguments[..], &["--shuffled-control"]].concat());
    let report: Value = serde_json::from_str(text(&output.stdout).lines().last().unwrap()).unwrap();
    assert!(report["shuffled"]["ndcg@10"].as_f64().unwrap() < 0.8, "{report}");
}

#[test]
fn compare_writes_one_table_of_all_models() {
    let folder = folder("compare");
    std::fs::write(folder.join("walks.csv"), dated_walks()).unwrap();
    for protocol in ["leave-one-out", "next-item", "temporal"] {
        let models = [&BASELINES[..], &["content-knn", "gru"]].concat();
        let list = models.join(",");
        let output = homebody(
            &folder,
            &[
                "compare",
                "--data",
                "walks.csv",
                "--protocol",
                protocol,
                "--models",
                &list,
                "--seeds",
                "1,2",
                "--epochs",
                "1",
                "--skip-gram-epochs",
                "1",
                "--dim",
                "8",
                "--out",
                "report.md",
            ],
        );
        assert!(output.status.success(), "{}", text(&output.stderr));
        let markdown = std::fs::read_to_string(folder.join("report.md")).unwrap();
        assert_eq!(markdown, text(&output.stdout));
        assert!(
            markdown.contains(&format!("homebody compare --data walks.csv --protocol {protocol} --models")),
            "{markdown}"
        );
        let report: Value = serde_json::from_slice(&std::fs::read(folder.join("report.json")).unwrap()).unwrap();
        let rows = report["rows"].as_array().unwrap();
        assert_eq!(rows.iter().map(|row| row["model"].as_str().unwrap()).collect::<Vec<_>>(), models);
        for row in rows {
            assert!(markdown.contains(&format!("| {} | ", row["model"].as_str().unwrap())), "{row} in {markdown}");
            let [low, high] = [0, 1].map(|bound| row["ndcg@10_ci95"][bound].as_f64().unwrap());
            let mean = row["ndcg@10"].as_f64().unwrap();
            assert!(low <= mean && mean <= high, "{row}");
            assert!(row["shuffled"]["ndcg@10"].is_number(), "{row}");
        }
        let row = |name: &str| rows.iter().find(|row| row["model"] == name).unwrap();
        assert!(row("markov")["ndcg@10"].as_f64() > row("popularity")["ndcg@10"].as_f64(), "{protocol}: {markdown}");
        assert_eq!(row("gru")["seeds"], serde_json::json!([1, 2]));
        assert!(row("gru")["std"]["ndcg@10"].is_number() && row("gru")["training"]["epochs"].is_number());
        assert_eq!(row("markov")["seeds"], serde_json::json!([]));
    }
}

#[test]
fn the_same_seed_gives_the_same_figures() {
    let folder = folder("same");
    std::fs::write(folder.join("walks.txt"), walks()).unwrap();
    let figures = || {
        let list = BASELINES.join(",");
        let output =
            homebody(&folder, &["compare", "--data", "walks.txt", "--protocol", "next-item", "--models", &list]);
        text(&output.stdout).split("## Cost").next().unwrap().to_owned()
    };
    assert_eq!(figures(), figures());
}

#[test]
fn titles_come_from_a_file_and_are_missed_without() {
    let folder = folder("titles");
    std::fs::write(folder.join("walks.txt"), walks()).unwrap();
    let title = |item: usize| format!("i{item}\t{item}\tThe tale of {item} and {}", (item + 1) % 12);
    let titles = (0..12).map(title).collect::<Vec<_>>().join("\n");
    std::fs::write(folder.join("titles.tsv"), titles).unwrap();
    let arguments = ["compare", "--data", "walks.txt", "--models", "content-knn,popularity"];
    let without = text(&homebody(&folder, &arguments).stdout);
    assert!(without.contains("content-knn is missing: needs titles"), "{without}");
    let with = text(&homebody(&folder, &[&arguments[..], &["--titles", "titles.tsv"]].concat()).stdout);
    assert!(with.contains("| content-knn | "), "{with}");
    let error = error(&folder, &["evaluate", "--data", "walks.txt", "--model", "content-knn"]);
    assert!(error.contains("Give --titles"), "{error}");
}

#[test]
fn items_that_are_new_by_time_are_ranked_by_their_texts() {
    let folder = folder("content");
    let words =
        ["harbour", "violin", "glacier", "orchard", "lantern", "compass", "meadow", "anvil", "thicket", "pebble"];
    let row = |user: usize, step: usize| {
        let (colour, item) = (["Red", "Blue"][user % 2], (user / 2 + step) % 10);
        let time = 1_700_000_000 + 3600 * user + 60 * step;
        // The last ten of sixty users come upon a sequel that nobody viewed before.
        match (user, step) {
            (50.., 4) => format!("u{user},{colour}-new{item},{time},{colour} {} returns\n", words[(item + 9) % 10]),
            _ => format!("u{user},{colour}{item},{time},{colour} {}\n", words[item]),
        }
    };
    let rows = (0..60).flat_map(|user| (0..5).map(move |step| row(user, step)));
    let log = "user_id,item,timestamp,title\n".to_owned() + &rows.collect::<String>();
    std::fs::write(folder.join("log.csv"), &log).unwrap();
    std::fs::write(
        folder.join("bare.csv"),
        log.lines().map(|l| l.rsplit_once(',').unwrap().0.to_owned() + "\n").collect::<String>(),
    )
    .unwrap();
    let arguments = |data| {
        let rest = ["--protocol", "temporal", "--model", "skip-gram", "--epochs", "3", "--dim", "8", "--json"];
        [&["evaluate", "--data", data][..], &rest].concat()
    };
    let new_items = |more: &[&str]| {
        let output = homebody(&folder, &[&arguments("log.csv"), more].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        let report: Value = serde_json::from_str(text(&output.stdout).lines().last().unwrap()).unwrap();
        assert_eq!(report["new_items"]["cases"], 10);
        report["new_items"]["ndcg@10"].as_f64().unwrap()
    };
    let (with, without) = (new_items(&[]), new_items(&["--content", "false"]));
    assert!(with > without + 0.3, "{with} with texts, {without} without");
    let error = error(&folder, &[&arguments("bare.csv")[..], &["--content"]].concat());
    assert!(error.contains("--content") && error.contains("Give --titles"), "{error}");
}

#[test]
fn mistakes_are_answered_with_a_remedy() {
    let folder = folder("mistakes");
    std::fs::write(folder.join("walks.txt"), walks()).unwrap();
    std::fs::write(folder.join("short.txt"), "a b\n").unwrap();
    let refused = |arguments: &[&str], words: &[&str]| {
        let error = error(&folder, arguments);
        words.iter().for_each(|word| assert!(error.contains(word), "{arguments:?}: {word:?} is not in {error}"));
    };
    refused(&["evaluate", "--data", "walks.txt", "--model", "bert-large"], &["bert-large", "possible values", "vsknn"]);
    refused(&["compare", "--data", "walks.txt", "--models", "markov,nothing"], &["nothing", "possible values"]);
    refused(&["compare", "--data", "walks.txt", "--protocol", "temporal"], &["no times", "column of times"]);
    refused(&["compare", "--protocol", "leave-one-out"], &["give --data"]);
    refused(&["compare", "--protocol", "next-item"], &["--train and --test"]);
    refused(&["compare", "--train", "walks.txt", "--test", "walks.txt"], &["only next-item takes --train"]);
    refused(
        &["compare", "--protocol", "next-item", "--train", "walks.txt", "--test", "walks.txt"],
        &["line 1", "no tab"],
    );
    refused(&["compare", "--data", "short.txt"], &["a user with at least three events"]);
    refused(&["compare", "--data", "walks.txt", "--out", "nowhere/report"], &["nowhere"]);
    refused(
        &["train", "--data", "walks.txt", "--model", "markov", "--out", "m"],
        &["markov", "baseline", "gru-attention"],
    );
}

#[test]
fn a_model_of_another_catalogue_is_refused() {
    let folder = folder("another");
    std::fs::write(folder.join("walks.txt"), walks()).unwrap();
    std::fs::write(folder.join("others.txt"), walks().replace('i', "other")).unwrap();
    let model = ["--model", "skip-gram", "--epochs", "1", "--out", "model.safetensors"];
    let output = homebody(&folder, &[&["train", "--data", "walks.txt"][..], &model].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let load = |data| ["evaluate", "--load", "model.safetensors", "--data", data];
    let error = error(&folder, &load("others.txt"));
    assert!(error.contains("another catalogue") && error.contains("Load the model"), "{error}");
    assert!(homebody(&folder, &load("walks.txt")).status.success());
}

#[test]
fn a_base_model_leaves_rare_items_out_and_says_what_it_gives_away() {
    let folder = folder("base");
    let rare = (0..2).map(|user| format!("u{user},rare,{},Seen by two\n", 1_700_000_500 + user));
    std::fs::write(folder.join("log.csv"), dated_walks() + &rare.collect::<String>()).unwrap();
    let arguments = [
        "train",
        "--data",
        "log.csv",
        "--model",
        "gru",
        "--epochs",
        "2",
        "--dim",
        "16",
        "--out",
        "base.safetensors",
        "--min-visitors-per-item",
        "3",
        "--membership",
        "--json",
    ];
    let output = homebody(&folder, &arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report: Value = serde_json::from_str(text(&output.stdout).lines().last().unwrap()).unwrap();
    assert_eq!(report["left_out"], serde_json::json!({ "items": 1, "events": 2 }));
    assert_eq!(report["items"], 12);
    let auc = report["membership"]["auc"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&auc) && report["membership"]["interval"][1].as_f64().unwrap() >= auc, "{report}");
    let bytes = std::fs::read(folder.join("base.safetensors")).unwrap();
    let (_, description) = homebody::model::Model::from_bytes(&bytes, &homebody::device::cpu().unwrap()).unwrap();
    assert_eq!((description.ids.len(), description.views.len()), (12, 12));
    assert!(description.views.iter().all(|&views| views > 0) && !description.ids.contains(&"rare".to_owned()));
}

#[test]
fn own_histories_are_evaluated_person_by_person() {
    let folder = folder("own_history");
    let simulated = homebody(&folder, &["simulate", "--people", "3", "--days", "60", "--out", "visits.csv"]);
    assert!(simulated.status.success(), "{}", text(&simulated.stderr));
    let output = homebody(
        &folder,
        &["evaluate", "--protocol", "own-history", "--data", "visits.csv", "--from", "csv", "--json"],
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report: Value = serde_json::from_str(text(&output.stdout).lines().last().unwrap()).unwrap();
    assert_eq!(report["people"], 3);
    for model in
        ["mixture", "frequent", "recent", "markov", "frecency", "hour-of-week", "access-rank", "session-recency"]
    {
        for figure in ["hr@5", "hr@10", "mrr@10", "ece"] {
            assert!(report["models"][model][figure].is_number(), "{model} {figure}");
        }
        assert!(report["models"]["mixture"]["hr@10"].as_f64() >= report["models"][model]["hr@10"].as_f64());
    }
    assert!(report["models"]["sequence"]["hr@10"].is_number() && report["models"]["learned-baskets"].is_object());
    let ceiling = |k: &str| report["predictability"][k][0].as_f64().unwrap();
    assert!(ceiling("entropy_bits") > 1.0 && ceiling("ceiling@1") < ceiling("ceiling@10"));
    assert!(report["models"]["mixture"]["hr@10"].as_f64().unwrap() < ceiling("ceiling@10"));
    let many =
        error(&folder, &["evaluate", "--protocol", "own-history", "--data", "visits.csv", "--min-events", "1000000"]);
    assert!(many.contains("fewer"), "{many}");
    let compared = error(&folder, &["compare", "--protocol", "own-history", "--data", "visits.csv"]);
    assert!(compared.contains("homebody evaluate --protocol own-history"), "{compared}");
    let seeded = error(&folder, &["evaluate", "--protocol", "own-history", "--data", "visits.csv", "--seed", "2"]);
    assert!(seeded.contains("--seed") && seeded.contains("leave it out"), "{seeded}");
}
