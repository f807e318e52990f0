//! The two WebAssembly artifacts: cargo compiles, the binding generator writes `pkg/wasm/`.
//!
//! There is no `wasm-opt` step, because it does not pay: on the CPU artifact, built for size with link-time optimisation, `-Oz` took
//! 35 s and made the module a tenth smaller, but what travels, compressed, 4% larger (`-O2`: 2% larger).

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::ValueEnum;
use wasm_bindgen_cli_support::Bindgen;

use crate::setup::{WASM_TARGET, wasm_toolchain};
use crate::shell::{root, run, stage, target_folder};

/// What the crate's features make of it.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum Artifact {
    /// The CPU backend: every visitor loads it.
    Cpu,
    /// The WebGPU backend: fetched only where there is a GPU.
    #[value(name = "webgpu")]
    WebGpu,
}

impl Artifact {
    pub(crate) const ALL: [Self; 2] = [Self::Cpu, Self::WebGpu];

    /// The cargo feature, which also names the files.
    fn feature(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::WebGpu => "webgpu",
        }
    }

    /// The generated JavaScript, within `pkg/`.
    pub(crate) fn glue(self) -> String {
        format!("wasm/homebody_{}.js", self.feature())
    }

    /// The module, within `pkg/`.
    pub(crate) fn module(self) -> String {
        format!("wasm/homebody_{}_bg.wasm", self.feature())
    }
}

/// The npm package's folder.
pub(crate) fn package() -> PathBuf {
    root().join("pkg")
}

/// Builds both artifacts.
pub(crate) fn build_all() -> Result<()> {
    Artifact::ALL.into_iter().try_for_each(build)
}

/// Builds one artifact; what is up to date is left alone.
pub(crate) fn build(artifact: Artifact) -> Result<()> {
    let name = artifact.feature();
    let compiled = stage(&format!("Compiling the {name} artifact"), || compile(artifact))?;
    let module = fs::read(&compiled).with_context(|| format!("cannot read {}", compiled.display()))?;
    let stamp = Stamp::of(artifact, &module);
    if stamp.is_current() {
        return Ok(());
    }
    stage(&format!("Generating the {name} bindings"), || bind(artifact, module))?;
    stamp.write()
}

fn compile(artifact: Artifact) -> Result<PathBuf> {
    // One folder per artifact: cargo gives both modules the same file name, and `serve` may build one while the other changes.
    let folder = target_folder()?.join("wasm").join(artifact.feature());
    let mut cargo = wasm_toolchain()?.cargo("rustc");
    // As `cdylib` only: beside an `rlib` cargo would leave link-time optimisation out.
    cargo.args([
        "--package",
        "homebody",
        "--lib",
        "--crate-type",
        "cdylib",
        "--profile",
        "web",
        "--no-default-features",
    ]);
    cargo.args(["--features", artifact.feature()]).arg("--target-dir").arg(&folder);
    // The generator reads the module's `target_features` section, and leaves names and debugging information out itself.
    cargo.args(["--", "-C", "strip=none"]);
    run(&mut cargo)?;
    Ok(folder.join(WASM_TARGET).join("web/homebody.wasm"))
}

fn bind(artifact: Artifact, module: Vec<u8>) -> Result<()> {
    let folder = package().join("wasm");
    let mut bindgen = Bindgen::new();
    bindgen.input_bytes(&format!("homebody_{}", artifact.feature()), module);
    bindgen.web(true)?.typescript(false);
    // The glue never fetches: workers are handed a compiled module, and bundlers see the one URL in `pkg/index.js`.
    bindgen.omit_default_module_path(true);
    bindgen.remove_name_section(true).remove_producers_section(true);
    bindgen.generate(&folder).context("the binding generator refused the module")
}

/// A note beside the files of what they were generated from.
struct Stamp {
    file: PathBuf,
    outputs: [PathBuf; 2],
    text: String,
}

impl Stamp {
    fn of(artifact: Artifact, module: &[u8]) -> Self {
        let outputs = [artifact.glue(), artifact.module()].map(|file| package().join(file));
        Self { file: outputs[1].with_extension("stamp"), outputs, text: format!("{:016x}", hash(module)) }
    }

    fn is_current(&self) -> bool {
        self.outputs.iter().all(|file| file.is_file())
            && fs::read_to_string(&self.file).is_ok_and(|text| text == self.text)
    }

    fn write(&self) -> Result<()> {
        fs::write(&self.file, &self.text).with_context(|| format!("cannot write {}", self.file.display()))
    }
}

/// Of the module, which names the generator's version, and of this file, which holds the generator's options.
fn hash(module: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    (module, include_str!("wasm.rs")).hash(&mut hasher);
    hasher.finish()
}
