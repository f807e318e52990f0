//! What is compared with what.

use clap::ValueEnum;

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(super) enum Comparison {
    /// A GRU's training step in Chromium without a GPU, against `TensorFlow.js`' best backend there.
    GruTrainCpuVsTfjs,
    /// The same step against Keras, one thread.
    GruTrainCpuVsKeras,
    /// Training until the same validation NDCG@10 is reached, against `TensorFlow.js`' best backend; homebody samples its loss.
    GruToNdcgCpuVsTfjs,
    /// The same against Keras, one thread.
    GruToNdcgCpuVsKeras,
    /// A training step of a Transformer in Chromium without a GPU, against `TensorFlow.js`' best backend there.
    TransformerTrainCpuVsTfjs,
    /// The same step of a GRU on `WebGPU` against `TensorFlow.js` on `WebGPU`; on a rasteriser where there is no GPU.
    GruTrainWebgpuVsTfjs,
    /// Skip-gram in Chromium without a GPU, against gensim, one worker.
    SkipGramCpuVsGensim,
    /// From one more event to the new ten best of 5,000 items, in the worst of a hundred, while another worker trains; no peer.
    RecommendWhileTrainingP99Ms,
    /// From one more event to the ten best of a million items, at the median; no peer.
    #[value(name = "top10-of-1m-ms")]
    Top10Of1MMs,
    /// How many times as long a GRU's step with a sampled loss takes over a million items as over ten thousand; no peer.
    #[value(name = "gru-step-of-1m-vs-10k-items")]
    GruStepOf1MVs10kItems,
    /// Kernels in a step of a GRU with 2,048 shared negatives (d = 64, B = 128, T = 50, V = 10,000), on `WebGPU`; no peer.
    GruDispatchesPerStep,
    /// Bytes by which the memory of WebAssembly grows from the first epoch's end to step 10,000, on the CPU; no peer.
    MemoryGrowthCpuBytes,
    /// The same of `WebGPU`'s buffers; no peer.
    MemoryGrowthWebgpuBytes,
    /// From the page's beginning to ten items for a visitor, before any training, against `TensorFlow.js`' best backend.
    FirstListSecondsVsTfjs,
    /// What a page downloads for that, compressed.
    DownloadedMbVsTfjs,
    /// What Chromium's processes hold at most while the GRU trains, against `TensorFlow.js`' leanest backend.
    PeakMemoryMbVsTfjs,
}

/// How a comparison is measured.
pub(super) struct Sides {
    /// homebody's task.
    pub(super) own: &'static str,
    /// The peers'; the best of them counts.
    pub(super) peers: &'static [&'static str],
    /// The figure that is compared.
    pub(super) figure: &'static str,
    pub(super) unit: &'static str,
    pub(super) more_is_better: bool,
}

const GRU: &[&str] = &["tfjs-gru-cpu", "tfjs-gru-webgl", "tfjs-gru-webgpu"];
const TRANSFORMER: &[&str] = &["tfjs-transformer-webgl", "tfjs-transformer-webgpu"];
const FIRST_LIST: &[&str] = &["tfjs-first-list-cpu", "tfjs-first-list-webgl"];

impl Comparison {
    pub(super) fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    pub(super) fn sides(self) -> Sides {
        let less = |own, peers, figure, unit| Sides { own, peers, figure, unit, more_is_better: false };
        match self {
            Self::GruTrainCpuVsTfjs => less("homebody-gru-cpu", GRU, "ms", "ms/step"),
            Self::GruTrainCpuVsKeras => less("homebody-gru-cpu", &["gru_keras.py"], "ms", "ms/step"),
            Self::GruToNdcgCpuVsTfjs => less("homebody-gru-ndcg", &["tfjs-gru-ndcg-webgl"], "seconds", "s"),
            Self::GruToNdcgCpuVsKeras => less("homebody-gru-ndcg", &["gru_ndcg_keras.py"], "seconds", "s"),
            Self::TransformerTrainCpuVsTfjs => less("homebody-transformer-cpu", TRANSFORMER, "ms", "ms/step"),
            Self::GruTrainWebgpuVsTfjs => less("homebody-gru-webgpu", &["tfjs-gru-webgpu"], "ms", "ms/step"),
            Self::SkipGramCpuVsGensim => {
                let (own, peers) = ("homebody-skip-gram", &["skip_gram_gensim.py"]);
                Sides { own, peers, figure: "eventsPerSecond", unit: "events/s", more_is_better: true }
            }
            Self::RecommendWhileTrainingP99Ms => less("homebody-latency", &[], "p99", "ms"),
            Self::Top10Of1MMs => less("homebody-top-ten", &[], "median", "ms"),
            Self::GruStepOf1MVs10kItems => less("homebody-items-cost", &[], "times", "times"),
            Self::GruDispatchesPerStep => less("homebody-sampled-webgpu", &[], "dispatchesPerStep", "kernels"),
            Self::MemoryGrowthCpuBytes => less("homebody-growth-cpu", &[], "wasmBytes", "bytes"),
            Self::MemoryGrowthWebgpuBytes => less("homebody-growth-webgpu", &[], "gpuBytes", "bytes"),
            Self::FirstListSecondsVsTfjs => less("homebody-first-list", FIRST_LIST, "seconds", "s"),
            Self::DownloadedMbVsTfjs => less("homebody-first-list", FIRST_LIST, "downloadedMB", "MB"),
            Self::PeakMemoryMbVsTfjs => less("homebody-gru-cpu", GRU, "peakMB", "MB"),
        }
    }
}
