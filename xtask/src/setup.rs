//! What the other tasks need on this machine: found, else installed, else one line with the command that installs it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};

use crate::shell::{capture, cargo, find_program, root, run, run_within, stage};

/// The target that both artifacts are built for.
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Long enough for rustup's 20 MB on a slow line, short enough behind a closed network.
const RUSTUP_LIMIT: Duration = Duration::from_mins(2);

const DEBIAN_WASM_PACKAGES: &[&str] = &["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-22"];
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
/// The workspace's `rust-version`.
const MINIMUM_RUST: (u32, u32) = (1, 95);

/// A way to compile for [`WASM_TARGET`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum WasmToolchain {
    /// The running toolchain holds the target's standard library.
    Installed,
    /// Debian's newer Rust, which compiles the standard library from its source: rustup's server is out of reach.
    Debian,
}

impl WasmToolchain {
    /// `cargo SUBCOMMAND` for the WebAssembly target.
    pub(crate) fn cargo(self, subcommand: &str) -> Command {
        let mut command = cargo();
        if self == Self::Debian {
            command = debian_cargo(&command);
        }
        // Either would replace the target's flags in `.cargo/config.toml`, without which there is no SIMD.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        command.args([subcommand, "--target", WASM_TARGET]);
        if self == Self::Debian {
            command.args(["-Z", "build-std=std,panic_abort"]);
            // Nobody reads a panic's message in a worker, which ends with it: without, an artifact is a twelfth smaller.
            command.args(["-Z", "panic-immediate-abort", "--config", "profile.web.panic='immediate-abort'"]);
        }
        command
    }
}

/// Debian's cargo and rustc in place of those that `template` would run.
fn debian_cargo(template: &Command) -> Command {
    let mut command = Command::new(DEBIAN_CARGO);
    command.current_dir(root());
    for (name, _) in template.get_envs() {
        command.env_remove(name);
    }
    // rustup's libraries and toolchain choice would be picked up by the other compiler; `-Z` needs the bootstrap switch.
    command.env_remove("LD_LIBRARY_PATH").env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
    command.env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1");
    command
}

/// Finds or installs a toolchain for the WebAssembly target.
///
/// Debian's, where it is already set up, comes before asking rustup to download: an offline machine would otherwise wait
/// for the time limit at each build.
pub(crate) fn wasm_toolchain() -> Result<WasmToolchain> {
    if target_is_installed() {
        return Ok(WasmToolchain::Installed);
    }
    if debian_is_usable() {
        return Ok(WasmToolchain::Debian);
    }
    if let Some(rustup) = find_program(&["rustup"]) {
        let mut add = Command::new(rustup);
        add.args(["target", "add", WASM_TARGET]).current_dir(root());
        let added = stage("Adding the WebAssembly target", || run_within(&mut add, RUSTUP_LIMIT));
        if added.is_ok() && target_is_installed() {
            return Ok(WasmToolchain::Installed);
        }
    }
    apt_install(DEBIAN_WASM_PACKAGES).map_err(|error| {
        anyhow!("no Rust standard library for {WASM_TARGET}: run `rustup target add {WASM_TARGET}`; where its server is out of reach: {error}")
    })?;
    if debian_is_usable() {
        return Ok(WasmToolchain::Debian);
    }
    bail!(
        "{DEBIAN_RUSTC} is older than {}.{} or lacks its library source: install a newer rustc-web and rust-web-src",
        MINIMUM_RUST.0,
        MINIMUM_RUST.1
    )
}

fn target_is_installed() -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    capture(Command::new(rustc).args(["--print", "target-libdir", "--target", WASM_TARGET]).current_dir(root()))
        .is_ok_and(|folder| Path::new(folder.trim()).is_dir())
}

fn debian_is_usable() -> bool {
    let ask = |arguments: &[&str]| {
        let mut rustc = Command::new(DEBIAN_RUSTC);
        rustc.args(arguments).env_remove("LD_LIBRARY_PATH");
        capture(&mut rustc).ok()
    };
    let new_enough =
        ask(&["--version"]).and_then(|text| rust_version(&text)).is_some_and(|found| found >= MINIMUM_RUST);
    let has_source = ask(&["--print", "sysroot"])
        .is_some_and(|sysroot| Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/Cargo.lock").is_file());
    new_enough && has_source && Path::new(DEBIAN_CARGO).is_file()
}

/// Major and minor of `rustc 1.96.0 (…)`.
fn rust_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split_whitespace().nth(1)?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// A folder of the repository, with its npm packages in place.
pub(crate) fn npm_packages(folder: &str) -> Result<PathBuf> {
    let what = format!("Installing the npm packages of {folder}");
    let folder = root().join(folder);
    if !npm_packages_are_current(&folder) {
        let npm = npm()?;
        stage(&what, || run(Command::new(npm).arg("ci").current_dir(&folder)))?;
    }
    Ok(folder)
}

/// npm writes its own copy of the lock file last, so that it is there and newer after a whole install only.
fn npm_packages_are_current(folder: &Path) -> bool {
    let modified = |file: &str| fs::metadata(folder.join(file)).and_then(|metadata| metadata.modified());
    match (modified("node_modules/.package-lock.json"), modified("package-lock.json")) {
        (Ok(installed), Ok(wanted)) => installed >= wanted,
        _ => false,
    }
}

/// npm, which comes with Node.
pub(crate) fn npm() -> Result<PathBuf> {
    find_program(&["npm"]).ok_or_else(|| anyhow!("npm is not on PATH: install Node 20 or newer"))
}

/// A Chromium for the tests: `HOMEBODY_CHROMIUM`, else one on `PATH`, else Debian's.
pub(crate) fn chromium() -> Result<PathBuf> {
    const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome"];
    if let Some(named) = env::var_os("HOMEBODY_CHROMIUM") {
        return Ok(named.into());
    }
    if let Some(found) = find_program(NAMES) {
        return Ok(found);
    }
    apt_install(&["chromium"])
        .map_err(|error| anyhow!("no Chromium on PATH: set HOMEBODY_CHROMIUM to one; on Debian: {error}"))?;
    find_program(NAMES).ok_or_else(|| anyhow!("apt-get installed chromium, but it is not on PATH"))
}

/// A Vulkan driver that needs no GPU (lavapipe), for the contract tests' second device; `None` where there is none to be had.
pub(crate) fn software_vulkan() -> Option<PathBuf> {
    let find = || {
        let drivers = fs::read_dir("/usr/share/vulkan/icd.d").ok()?;
        drivers.filter_map(|entry| Some(entry.ok()?.path())).find(|path| path.to_string_lossy().contains("lvp_icd"))
    };
    find().or_else(|| {
        apt_install(&["mesa-vulkan-drivers", "libvulkan1"]).ok()?;
        find()
    })
}

/// Installs Debian packages as root; anyone else is told the command.
fn apt_install(packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    let Some(apt_get) = find_program(&["apt-get"]) else { bail!("there is no apt-get here to install {names}") };
    if !is_root() {
        bail!("run `sudo apt-get install --no-install-recommends {names}`");
    }
    let apt = |arguments: &[&str]| run(Command::new(&apt_get).args(arguments).env("DEBIAN_FRONTEND", "noninteractive"));
    stage(&format!("Installing {names}"), || {
        apt(&["update", "--quiet"])?;
        apt(&[&["install", "--quiet", "--yes", "--no-install-recommends"], packages].concat())
    })
}

fn is_root() -> bool {
    capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rust_versions_compare_by_number() {
        assert_eq!(rust_version("rustc 1.96.0 (abc 2026-05-25)"), Some((1, 96)));
        assert!(rust_version("rustc 1.100.0-nightly") > Some(MINIMUM_RUST));
        assert_eq!(rust_version("something else"), None);
    }
}
