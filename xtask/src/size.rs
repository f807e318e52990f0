//! What a visitor downloads to a first recommendation, compressed as a server would.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::setup::WasmToolchain;
use crate::shell::root;
use crate::wasm::{self, Artifact};

/// What everything should come to, without and with a GPU. Not reached yet: `size` prints how far off it is.
const CPU_AIM: usize = 450_000;
const WEBGPU_AIM: usize = 2_050_000;
/// Budgets, a ratchet: the smallest totals measured since the last model was added and 2%. They go down with every saving, and were
/// raised twice: for LSTM, Transformers, `GloVe` and the further losses; for new items, explanations, updates and the time bias.
const CPU_BUDGET: usize = 806_000;
const WEBGPU_BUDGET: usize = 2_496_000;

/// Panics keep their messages where the standard library comes compiled: they make up about a part in so many.
const PANIC_MESSAGES: usize = 10;

/// A file that a visitor loads.
struct Download {
    /// Path within the repository.
    name: PathBuf,
    gz_bytes: usize,
    /// Do only visitors with a GPU load it?
    gpu_only: bool,
}

/// All that visitors load.
pub(crate) struct Sizes(Vec<Download>);

impl Sizes {
    /// Measures the files as they are now.
    pub(crate) fn measure() -> Result<Self> {
        let gpu_only = ["trainer-webgpu.js".to_owned(), Artifact::WebGpu.glue(), Artifact::WebGpu.module()]
            .map(|file| wasm::package().join(file));
        let measure = |file: PathBuf| {
            let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            let name = file.strip_prefix(root()).unwrap_or(&file).to_owned();
            Ok(Download { name, gz_bytes: gz_len(&bytes)?, gpu_only: gpu_only.contains(&file) })
        };
        downloads()?.into_iter().map(measure).collect::<Result<_>>().map(Self)
    }

    fn cpu(&self) -> usize {
        self.0.iter().filter(|file| !file.gpu_only).map(|file| file.gz_bytes).sum()
    }

    /// The CPU artifact is part of it: Home always ranks on the CPU.
    fn webgpu(&self) -> usize {
        self.0.iter().map(|file| file.gz_bytes).sum()
    }

    /// Fails where a total is over its budget.
    pub(crate) fn check(&self, toolchain: WasmToolchain) -> Result<()> {
        let allowed = |budget: usize| match toolchain {
            WasmToolchain::Debian => budget,
            WasmToolchain::Installed => budget + budget / PANIC_MESSAGES,
        };
        for (what, size, budget) in
            [("without a GPU", self.cpu(), CPU_BUDGET), ("with a GPU", self.webgpu(), WEBGPU_BUDGET)]
        {
            let budget = allowed(budget);
            if size > budget {
                bail!(
                    "a visitor {what} downloads {size} bytes, over the budget of {budget}: `cargo xtask size` shows which file grew"
                );
            }
        }
        Ok(())
    }
}

/// What somebody downloads beside that to open a history of their own.
fn optional_gz_bytes() -> Result<usize> {
    let files = files_below(&root().join("www"))?;
    let optional = files.iter().filter(|file| is_loaded(file) && is_optional(file));
    optional.map(|file| gz_len(&fs::read(file).with_context(|| format!("cannot read {}", file.display()))?)).sum()
}

/// Builds what is missing and prints the sizes.
pub(crate) fn print(json: bool) -> Result<()> {
    wasm::build_all()?;
    let sizes = Sizes::measure()?;
    if json {
        let optional = optional_gz_bytes()?;
        let sizes = serde_json::json!({ "cpu_gz_bytes": sizes.cpu(), "webgpu_gz_bytes": sizes.webgpu(), "own_history_gz_bytes": optional });
        println!("{sizes}");
        return Ok(());
    }
    for file in &sizes.0 {
        let note = if file.gpu_only { "  (with a GPU only)" } else { "" };
        println!("{:>9}  {}{note}", file.gz_bytes, file.name.display());
    }
    println!("{:>9}  in all without a GPU (aim {CPU_AIM}, budget {CPU_BUDGET})", sizes.cpu());
    println!("{:>9}  in all with a GPU (aim {WEBGPU_AIM}, budget {WEBGPU_BUDGET})", sizes.webgpu());
    println!("{:>9}  more, to open a history of one's own", optional_gz_bytes()?);
    Ok(())
}

/// Everything the browser loads: the page and the package, without what only authors and bundlers read.
fn downloads() -> Result<Vec<PathBuf>> {
    let mut files = vec![root().join("index.html")];
    for folder in [root().join("www"), wasm::package()] {
        files.extend(files_below(&folder)?.into_iter().filter(|file| is_loaded(file) && !is_optional(file)));
    }
    Ok(files)
}

/// Entry points for other sites, and for Node, with what only they import: the page does without. Their sizes stand in `pkg/README.md`, and
/// `tests/packaging/readme.test.js` checks them.
const OTHER_ENTRIES: [&str; 7] =
    ["element.js", "element-style.js", "element-view.js", "page.js", "react.js", "node.js", "node-worker.js"];

/// Type declarations, notes, licences and the manifest stay with the site's author.
fn is_loaded(file: &Path) -> bool {
    const LOADED: [&str; 5] = ["js", "css", "json", "svg", "wasm"];
    let extension = file.extension().and_then(|extension| extension.to_str());
    let is_other = OTHER_ENTRIES.iter().any(|entry| file.ends_with(Path::new("pkg").join(entry)));
    extension.is_some_and(|extension| LOADED.contains(&extension)) && !is_other && !file.ends_with("pkg/package.json")
}

/// Loaded only by who opens a history of their own: the readers and their libraries.
fn is_optional(file: &Path) -> bool {
    let in_folder = |folder: &str| file.starts_with(root().join("www").join(folder));
    in_folder("own-history") || (in_folder("vendor") && !file.to_string_lossy().contains("uplot"))
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn gz_len(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(cpu: usize, webgpu: usize) -> Sizes {
        let file = |gz_bytes, gpu_only| Download { name: PathBuf::new(), gz_bytes, gpu_only };
        Sizes(vec![file(cpu, false), file(webgpu, true)])
    }

    #[test]
    fn only_what_a_browser_loads_counts() {
        for loaded in ["www/page.js", "pkg/index.js", "www/demo/catalogue.json", "pkg/wasm/homebody_cpu_bg.wasm"] {
            assert!(is_loaded(Path::new(loaded)), "{loaded}");
        }
        for kept in [
            "www/vendor/README.md",
            "pkg/package.json",
            "pkg/index.d.ts",
            "pkg/element.js",
            "pkg/wasm/homebody_cpu_bg.stamp",
        ] {
            assert!(!is_loaded(Path::new(kept)), "{kept}");
        }
    }

    #[test]
    fn the_readers_of_histories_are_optional() {
        for (file, optional) in [
            ("own-history/worker.js", true),
            ("vendor/sqlite3.wasm", true),
            ("vendor/uplot.js", false),
            ("page.js", false),
        ] {
            assert_eq!(is_optional(&root().join("www").join(file)), optional, "{file}");
        }
    }

    #[test]
    fn a_visitor_with_a_gpu_downloads_both() {
        assert_eq!((sizes(10, 5).cpu(), sizes(10, 5).webgpu()), (10, 15));
    }

    #[test]
    fn budgets_hold_or_the_check_fails() {
        let check = |cpu, webgpu| sizes(cpu, webgpu).check(WasmToolchain::Debian);
        assert!(check(CPU_BUDGET, WEBGPU_BUDGET - CPU_BUDGET).is_ok());
        assert!(check(CPU_BUDGET + 1, 0).is_err());
        assert!(check(0, WEBGPU_BUDGET + 1).is_err());
        assert!(sizes(CPU_BUDGET + 1, 0).check(WasmToolchain::Installed).is_ok());
    }
}
