//! What each kernel costs beside plain Burn on the same shapes, then what whole training steps cost: `cargo bench`, or `cargo bench -- NAME…`
//! for those whose names hold one of the words. On the CPU; with `HOMEBODY_BENCH_GPU=1` on the GPU, too.
//!
//! It is no test: nothing is asserted, and nobody compares the figures of two machines.

mod kernels;
mod stopwatch;
mod training_steps;

use burn::tensor::Device;
use homebody::device::{self, Choice};
use homebody::error::Result;

use stopwatch::{Stopwatch, milliseconds};

/// Work to time: the kernel's twin on the device at hand, and the same in Burn's own operations.
struct Case {
    name: &'static str,
    twin: Work,
    plain: Work,
}

type Work = Box<dyn FnMut()>;

fn main() -> Result<()> {
    // Cargo passes `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    for (name, device) in devices()? {
        println!("\n{:<58} {:>10} {:>10} {:>7}", format!("{name}, ms at the median"), "homebody", "Burn", "ratio");
        for mut case in kernels::cases(&device).into_iter().filter(|case| wanted(case.name)) {
            let stopwatch = Stopwatch::new(&device);
            let (twin, plain) = (stopwatch.time(&mut case.twin), stopwatch.time(&mut case.plain));
            let (ours, burns) = (milliseconds(twin), milliseconds(plain));
            println!("{:<58} {ours:>10.3} {burns:>10.3} {:>7.2}", case.name, burns / ours);
        }
        for step in training_steps::ALL.iter().filter(|step| wanted(step.name)) {
            println!("{:<58} {:>10.3}", step.name, milliseconds(step.time(&device)?));
        }
    }
    Ok(())
}

fn devices() -> Result<Vec<(&'static str, Device)>> {
    let mut devices = vec![("CPU, one thread", device::cpu()?)];
    if std::env::var_os("HOMEBODY_BENCH_GPU").is_some_and(|value| value != "0") {
        devices.push(("GPU", pollster::block_on(device::open(Choice::Gpu))?));
    }
    Ok(devices)
}
