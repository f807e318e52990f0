//! Checks of the npm package, as it would be published.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::shell::capture;
use crate::size::Sizes;
use crate::wasm::{self, Artifact};
use crate::{exports, setup};

/// Hand-written files that the package cannot work without.
const REQUIRED: &[&str] =
    &["package.json", "index.js", "index.d.ts", "home.js", "trainer.js", "trainer-webgpu.js", "storage.js"];

/// Builds the package and checks its files, its modules and its size.
pub(crate) fn check() -> Result<()> {
    wasm::build_all()?;
    check_contents()?;
    for artifact in Artifact::ALL {
        check_constructors(artifact)?;
    }
    Sizes::measure()?.check()
}

fn check_contents() -> Result<()> {
    let report =
        capture(Command::new(setup::npm()?).args(["pack", "--dry-run", "--json"]).current_dir(wasm::package()))?;
    let report: Value = serde_json::from_str(&report).context("`npm pack --json` printed no JSON")?;
    let packed = paths(&report);
    let built = Artifact::ALL.into_iter().flat_map(|artifact| [artifact.glue(), artifact.module()]);
    let missing: Vec<String> = REQUIRED
        .iter()
        .map(|file| (*file).to_owned())
        .chain(built)
        .filter(|file| !packed.contains(file.as_str()))
        .collect();
    ensure!(missing.is_empty(), "the npm package lacks {}: see `files` in pkg/package.json", missing.join(", "));
    let version = &report[0]["version"];
    ensure!(
        version == env!("CARGO_PKG_VERSION"),
        "pkg/package.json has version {version}, Cargo.toml {}",
        env!("CARGO_PKG_VERSION")
    );
    Ok(())
}

/// The paths in the report of `npm pack --json`.
fn paths(report: &Value) -> BTreeSet<&str> {
    let files = report[0]["files"].as_array().map_or(&[][..], Vec::as_slice);
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
        let report = serde_json::json!([{ "files": [{ "path": "index.js", "size": 1 }, { "path": "wasm/a.js" }] }]);
        assert_eq!(paths(&report), BTreeSet::from(["index.js", "wasm/a.js"]));
        assert!(paths(&serde_json::json!({})).is_empty());
    }
}
