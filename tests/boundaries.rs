//! The layering that lib.rs draws, asserted on the source.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files
}

/// Source files (by their path within src/) that hold the text outside comments.
fn holding(text: &str) -> Vec<String> {
    // At run time: where clones share a build folder, this may have been compiled in another one.
    let root = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("src");
    let holds = |path: &PathBuf| {
        let source = fs::read_to_string(path).unwrap();
        source.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(text))
    };
    let name = |path: &PathBuf| path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
    sources(&root).iter().filter(|path| holds(path)).map(name).collect()
}

fn outside(text: &str, allowed: impl Fn(&str) -> bool) -> Vec<String> {
    holding(text).into_iter().filter(|file| !allowed(file)).collect()
}

#[test]
fn only_wasm_rs_binds_to_javascript() {
    for text in ["wasm_bindgen", "js_sys", "web_sys"] {
        assert_eq!(outside(text, |file| file == "wasm.rs"), [""; 0], "{text}");
    }
    assert_eq!(holding("#[wasm_bindgen"), ["wasm.rs"]);
}

#[test]
fn backends_are_named_only_in_device_and_kernel() {
    for text in ["Flex", "CubeBackend", "cubecl::", "wgpu_options", "burn::backend", "Device::flex"] {
        assert_eq!(outside(text, |file| file == "device.rs" || file.starts_with("kernel")), [""; 0], "{text}");
    }
}

#[test]
fn unsafe_code_is_confined() {
    let allowed = |file: &str| file == "wasm.rs" || file.starts_with("kernel/gpu");
    assert_eq!(outside("unsafe", allowed), [""; 0]);
}

#[test]
fn nothing_imports_from_its_right() {
    // Left to right, as data flows; `device`, `rng` and `error` are everybody's.
    let order = [
        "history",
        "catalogue",
        "sequences",
        "negatives",
        "simulator",
        "kernel",
        "loss",
        "table",
        "embedding",
        "encoder",
        "checkpoint",
        "model",
        "self_test",
        "training",
        "ranking",
        "baseline",
        "evaluation",
        "explanation",
        "own",
        "protocol",
        "recommender",
        "wasm",
    ];
    for (place, module) in order.iter().enumerate() {
        for later in &order[place + 1..] {
            let importers = holding(&format!("crate::{later}"));
            let wrong: Vec<_> = importers
                .into_iter()
                .filter(|file| file == &format!("{module}.rs") || file.starts_with(&format!("{module}/")))
                .filter(|file| !file.contains("tests"))
                .collect();
            assert_eq!(wrong, [""; 0], "{module} imports {later}");
        }
    }
}

#[test]
fn burns_own_random_source_is_never_called() {
    for text in ["Distribution::", "random_like", ".seed("] {
        assert_eq!(holding(text), [""; 0], "{text}");
    }
}
