//! The types on the other side: each struct of `src/protocol` has its twin in `pkg/protocol.d.ts`, field by field.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join(path)).unwrap()
}

/// The fields of each block that `opens` opens, by its name.
fn blocks(text: &str, opens: &str, field: impl Fn(&str) -> Option<String>) -> BTreeMap<String, BTreeSet<String>> {
    let mut blocks = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(name) = line.strip_prefix(opens).and_then(|rest| rest.strip_suffix(" {")) else { continue };
        let fields = lines.by_ref().take_while(|line| *line != "}").filter_map(&field);
        blocks.insert(name.to_owned(), fields.collect());
    }
    blocks
}

fn camel_case(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| name + &part[..1].to_uppercase() + &part[1..])
}

#[test]
fn rust_and_typescript_agree_on_every_field() {
    let rust_field = |line: &str| line.strip_prefix("    pub ")?.split_once(':').map(|(name, _)| camel_case(name));
    let typed_field = |line: &str| {
        let (name, _) = line.strip_prefix("  ")?.split_once(':')?;
        name.chars().all(|c| c.is_alphanumeric() || c == '?').then(|| name.trim_end_matches('?').to_owned())
    };
    let files = ["protocol/request", "protocol/answer", "protocol/own", "training/options", "catalogue"];
    let rust: BTreeMap<_, _> =
        files.iter().flat_map(|name| blocks(&file(&format!("src/{name}.rs")), "pub struct ", rust_field)).collect();
    let typed = blocks(&file("pkg/protocol.d.ts"), "export interface ", typed_field);
    // What has another name, or stands inside a request there.
    let twins = rust.iter().map(|(name, fields)| (if name == "Item" { "CatalogueItem" } else { name }, fields));
    let mut compared = 0;
    for (name, fields) in twins {
        if let Some(typed) = typed.get(name) {
            assert_eq!(typed, fields, "{name}");
            compared += 1;
        }
    }
    assert!(compared >= 15, "{compared}: {:?}", typed.keys());
    let requests = file("pkg/protocol.d.ts");
    for name in ["Wish", "Change"] {
        for field in &rust[name] {
            assert!(requests.contains(&format!(" {field}: ")) || requests.contains(&format!(" {field}?: ")), "{field}");
        }
    }
}
