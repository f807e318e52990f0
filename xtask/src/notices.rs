//! The licences of everything that is compiled into the artifacts, as one file of the npm package.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::setup::WASM_TARGET;
use crate::shell::{capture, cargo, root};
use crate::wasm;

/// Within `pkg/`.
pub(crate) const FILE: &str = "THIRD-PARTY-NOTICES.txt";
/// The project's own licences, which travel with the package.
pub(crate) const LICENCES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

const HEADER: &str = "\
Third-party notices

homebody's WebAssembly modules contain the software below, each part under the licence that follows it. Where a part is offered under
several licences, one of them is reproduced. The Rust standard library (https://github.com/rust-lang/rust, MIT OR Apache-2.0) is part of
both modules, too. The source of every part is at its address, and, in the version named, at https://crates.io.
";

/// The notice of the licence's own Exhibit A, for crates that ship no text.
const MPL: &str = "\
This Source Code Form is subject to the terms of the Mozilla Public License, v. 2.0. A copy of it is at https://mozilla.org/MPL/2.0/.
";

/// A crate that is compiled in.
struct Part {
    name: String,
    version: String,
    licence: String,
    address: String,
    folder: PathBuf,
}

/// Writes the notices, and copies the project's own licences beside them.
pub(crate) fn write() -> Result<()> {
    let text = notices(&parts()?)?;
    write_if_changed(&wasm::package().join(FILE), &text)?;
    for licence in LICENCES {
        write_if_changed(&wasm::package().join(licence), &read(&root().join(licence))?)?;
    }
    Ok(())
}

fn write_if_changed(file: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(file).is_ok_and(|old| old == text) {
        return Ok(());
    }
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

/// What `cargo tree` says is compiled into either artifact; macros and build scripts leave nothing in it.
fn parts() -> Result<Vec<Part>> {
    let tree = capture(cargo().args([
        "tree",
        "--package",
        "homebody",
        "--target",
        WASM_TARGET,
        "--no-default-features",
        "--features",
        "cpu,webgpu",
        "--edges",
        "normal,no-proc-macro",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]))?;
    let names: BTreeSet<(&str, &str)> =
        tree.lines().filter_map(name_and_version).filter(|(name, _)| *name != "homebody").collect();
    let metadata = capture(cargo().args(["metadata", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&metadata).context("`cargo metadata` printed no JSON")?;
    let packages: HashMap<(&str, &str), &Value> = metadata["packages"]
        .as_array()
        .context("`cargo metadata` lists no packages")?
        .iter()
        .map(|package| ((text(package, "name"), text(package, "version")), package))
        .collect();
    names
        .into_iter()
        .map(|key| {
            packages.get(&key).copied().map(part).with_context(|| format!("cargo does not know {} {}", key.0, key.1))
        })
        .collect()
}

/// Of a line like `burn v0.22.1 (*)`.
fn name_and_version(line: &str) -> Option<(&str, &str)> {
    let mut words = line.split_whitespace();
    Some((words.next()?, words.next()?.strip_prefix('v')?))
}

fn text<'a>(package: &'a Value, field: &str) -> &'a str {
    package[field].as_str().unwrap_or_default()
}

fn part(package: &Value) -> Part {
    let (name, version) = (text(package, "name"), text(package, "version"));
    let address = match text(package, "repository") {
        "" => format!("https://crates.io/crates/{name}"),
        repository => repository.to_owned(),
    };
    let folder = Path::new(text(package, "manifest_path")).parent().unwrap_or(Path::new("")).to_owned();
    Part {
        name: name.to_owned(),
        version: version.to_owned(),
        licence: text(package, "license").to_owned(),
        address,
        folder,
    }
}

/// Parts with the same text stand together above it.
fn notices(parts: &[Part]) -> Result<String> {
    let apache = read(&root().join("LICENSE-APACHE"))?;
    let mut by_text: BTreeMap<String, Vec<&Part>> = BTreeMap::new();
    for part in parts {
        let text = licence_text(part)?.or_else(|| part.licence.contains("Apache-2.0").then(|| apache.clone()));
        let text = text.or_else(|| part.licence.contains("MIT").then(mit_without_holder));
        let text = text.or_else(|| (part.licence == "MPL-2.0").then(|| MPL.to_owned()));
        let text = text.with_context(|| {
            format!(
                "{} {} ({}) ships no licence text: add one to xtask/src/notices.rs",
                part.name, part.version, part.licence
            )
        })?;
        by_text.entry(text).or_default().push(part);
    }
    let mut sections: Vec<(&str, String)> =
        by_text.iter().map(|(text, parts)| (parts[0].name.as_str(), section(text, parts))).collect();
    sections.sort();
    Ok(sections.into_iter().fold(HEADER.to_owned(), |all, (_, section)| all + &section))
}

fn section(text: &str, parts: &[&Part]) -> String {
    let mut section = format!("\n{}\n", "=".repeat(100));
    for part in parts {
        // Writing to a string cannot fail.
        let _ = writeln!(section, "{} {} ({}) {}", part.name, part.version, part.licence, part.address);
    }
    section + "\n" + text + "\n"
}

/// The texts that the crate ships: MIT's alone where it may be chosen, else all.
fn licence_text(part: &Part) -> Result<Option<String>> {
    let entries = fs::read_dir(&part.folder).with_context(|| format!("cannot list {}", part.folder.display()))?;
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_file() && is_licence(&path) {
            files.push(path);
        }
    }
    files.sort();
    let is_mit = |path: &PathBuf| upper_name(path).contains("MIT");
    if !part.licence.contains("AND") && files.iter().any(is_mit) {
        files.retain(is_mit);
    }
    let texts = files.iter().map(|file| read(file)).collect::<Result<BTreeSet<_>>>()?;
    Ok((!texts.is_empty()).then(|| texts.into_iter().collect::<Vec<_>>().join("\n\n")))
}

fn is_licence(path: &Path) -> bool {
    ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"].iter().any(|start| upper_name(path).starts_with(start))
}

fn upper_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().to_uppercase()).unwrap_or_default()
}

/// Lines as they stand, but for their ends.
fn read(file: &Path) -> Result<String> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    ensure!(!text.trim().is_empty(), "{} is empty", file.display());
    Ok(text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_matches('\n').to_owned() + "\n")
}

/// For crates that name the licence, but neither ship its text nor say who holds the rights: their authors.
fn mit_without_holder() -> String {
    let own = include_str!("../../LICENSE-MIT");
    let terms = own.find("Permission is hereby granted").map_or(own, |start| &own[start..]);
    format!("MIT License\n\nCopyright (c) the authors\n\n{terms}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_tree_are_read() {
        assert_eq!(name_and_version("burn v0.22.1 (*)"), Some(("burn", "0.22.1")));
        assert_eq!(name_and_version(""), None);
    }

    #[test]
    fn licences_are_known_by_name() {
        for name in ["LICENSE-MIT", "license.txt", "COPYING", "Licence"] {
            assert!(is_licence(Path::new(name)), "{name}");
        }
        assert!(!is_licence(Path::new("README.md")));
    }

    #[test]
    fn everything_compiled_in_has_a_text() {
        let parts = parts().unwrap();
        assert!(parts.iter().any(|part| part.name == "burn"), "Burn is compiled in");
        assert!(parts.iter().all(|part| part.name != "serde_derive"), "macros are not");
        let notices = notices(&parts).unwrap();
        for part in &parts {
            assert!(notices.contains(&format!("\n{} {} (", part.name, part.version)), "{}", part.name);
        }
    }
}
