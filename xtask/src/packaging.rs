//! Checks of the npm package, as it would be published.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::shell::{capture, run, stage};
use crate::size::Sizes;
use crate::wasm::{self, Artifact};
use crate::{exports, notices, setup, test};

/// Hand-written files that the package cannot work without.
const REQUIRED: &[&str] = &[
    "package.json",
    "README.md",
    "index.js",
    "index.d.ts",
    "element.js",
    "element.d.ts",
    "react.js",
    "react.d.ts",
    "page.js",
    "page.d.ts",
    "API.md",
    "SITES.md",
    "node.js",
    "node.d.ts",
    "home.js",
    "trainer.js",
    "trainer-webgpu.js",
    "storage.js",
];

/// Where the tests that use the packed package lie, and where the scratch projects go.
const TESTS: &str = "tests/packaging";
const OUTPUT: &str = "output";

/// Builds and packs the package, checks its files, its modules and its size, and uses it as a site does.
pub(crate) fn check(full: bool) -> Result<()> {
    wasm::build_all()?;
    notices::write()?;
    for artifact in Artifact::ALL {
        check_constructors(artifact)?;
    }
    Sizes::measure()?.check(setup::wasm_toolchain()?)?;
    let folder = setup::npm_packages(TESTS)?;
    let tarball = pack(&folder.join(OUTPUT))?;
    install(&tarball)?;
    stage("Using the package", || use_it(&folder, &tarball, full))
}

/// `npm pack` into an emptied folder; the tarball, its contents checked.
fn pack(folder: &Path) -> Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut npm = Command::new(setup::npm()?);
    npm.args(["pack", "--json", "--pack-destination"]).arg(folder).current_dir(wasm::package());
    let report = capture(&mut npm)?;
    let report: Value = serde_json::from_str(&report).context("`npm pack --json` printed no JSON")?;
    // npm 11 gives a list, later ones an object by package.
    let report = report.get(0).or_else(|| report.get("homebody")).context("`npm pack --json` reports no package")?;
    check_contents(report)?;
    let name = report["filename"].as_str().context("`npm pack --json` names no file")?;
    println!("{name}: {} bytes, {} unpacked, {} files", report["size"], report["unpackedSize"], paths(report).len());
    Ok(folder.join(name))
}

fn check_contents(report: &Value) -> Result<()> {
    let packed = paths(report);
    let built = Artifact::ALL.into_iter().flat_map(|artifact| [artifact.glue(), artifact.module()]);
    let written = notices::LICENCES.into_iter().chain([notices::FILE]).map(str::to_owned);
    let missing: Vec<String> = REQUIRED
        .iter()
        .map(|file| (*file).to_owned())
        .chain(built)
        .chain(written)
        .filter(|file| !packed.contains(file.as_str()))
        .collect();
    ensure!(missing.is_empty(), "the npm package lacks {}: see `files` in pkg/package.json", missing.join(", "));
    let version = &report["version"];
    ensure!(
        version == env!("CARGO_PKG_VERSION"),
        "pkg/package.json has version {version}, Cargo.toml {}",
        env!("CARGO_PKG_VERSION")
    );
    Ok(())
}

/// Installs the tarball beside it: scratch projects below find it there, and their tools one folder up.
fn install(tarball: &Path) -> Result<()> {
    let folder = tarball.parent().context("the tarball lies in a folder")?;
    fs::write(folder.join("package.json"), "{ \"private\": true, \"type\": \"module\" }\n")?;
    let mut npm = Command::new(setup::npm()?);
    npm.args(["install", "--offline", "--no-audit", "--no-fund", "--omit=peer", "--loglevel=error"]).arg(tarball);
    run(npm.current_dir(folder))
}

fn use_it(folder: &Path, tarball: &Path, full: bool) -> Result<()> {
    let mut node = Command::new(test::node()?);
    node.args(["--test", "--test-concurrency=1"]).args(test::test_files(folder, |_| true)?);
    node.env("HOMEBODY_CLI", test::command_line()?).env("HOMEBODY_TARBALL", tarball);
    node.env("HOMEBODY_CHROMIUM", setup::chromium()?);
    test::run_tests(node.current_dir(folder), full)
}

/// The paths in the package's report of `npm pack --json`.
fn paths(report: &Value) -> BTreeSet<&str> {
    let files = report["files"].as_array().map_or(&[][..], Vec::as_slice);
    files.iter().filter_map(|file| file["path"].as_str()).collect()
}

/// Guards against the module's constructors running at each call: some 10 ms each, growing.
fn check_constructors(artifact: Artifact) -> Result<()> {
    let file = wasm::package().join(artifact.module());
    let module = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let wrapped = exports::wrapped(&module)?;
    if !wrapped.is_empty() {
        bail!(
            "{}: calls to {} run the module's constructors each time; call `__wasm_call_ctors` once, from the start function",
            file.display(),
            wrapped.join(", ")
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_from_npms_report() {
        let report = serde_json::json!({ "files": [{ "path": "index.js", "size": 1 }, { "path": "wasm/a.js" }] });
        assert_eq!(paths(&report), BTreeSet::from(["index.js", "wasm/a.js"]));
        assert!(paths(&serde_json::json!({})).is_empty());
    }
}
