//! Medians of samples. A GPU runs behind: a sample is as many calls as fill it, and ends when the device is done with all of them.

use std::time::{Duration, Instant};

use burn::tensor::Device;

const SAMPLES: u32 = 11;
const SAMPLE: Duration = Duration::from_millis(50);

/// Times work on a device.
pub(crate) struct Stopwatch<'a> {
    device: &'a Device,
}

impl<'a> Stopwatch<'a> {
    pub(crate) fn new(device: &'a Device) -> Self {
        Self { device }
    }

    /// How long a call takes, at the median; the first ones, which compile what they need, do not count.
    pub(crate) fn time(&self, work: &mut dyn FnMut()) -> Duration {
        self.sample(work, 1);
        let once = self.sample(work, 1);
        let calls = SAMPLE.div_duration_f64(once.max(Duration::from_nanos(1))).ceil().max(1.0) as u32;
        median((0..SAMPLES).map(|_| self.sample(work, calls)).collect())
    }

    fn sample(&self, work: &mut dyn FnMut(), calls: u32) -> Duration {
        let start = Instant::now();
        (0..calls).for_each(|_| work());
        self.device.sync().expect("the device finishes what it was given");
        start.elapsed() / calls
    }
}

pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
