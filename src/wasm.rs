//! The JavaScript side: two classes over [`Recommender`] and [`Training`], each with one method that takes a request of
//! [`crate::protocol`] and gives its answer. Errors are thrown as `{code, message, remedy}`.

use burn::tensor::Device;
use js_sys::{Error as JsError, Reflect, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use web_time::Duration;

#[cfg(feature = "cpu")]
use crate::catalogue::Item;
use crate::device::{self, Choice};
use crate::error::{Error, Result};
#[cfg(feature = "cpu")]
use crate::protocol::HomeRequest;
use crate::protocol::{Opened, TrainerRequest};
#[cfg(feature = "cpu")]
use crate::recommender::Recommender;
use crate::self_test;
use crate::training::{Job, Training};

#[allow(unsafe_code, reason = "the linker's own symbol: see `start`")]
unsafe extern "C" {
    fn __wasm_call_ctors();
}

/// Runs the module's constructors, once. `CubeCL` registers thousands of entries in them; a module that never calls them itself gets
/// the call wrapped around every export by the linker, and registers everything again at each call from JavaScript.
#[wasm_bindgen(start)]
#[allow(unsafe_code, reason = "called once, before anything else in the module")]
pub fn start() {
    // SAFETY: the linker defines the symbol in every module; the start function runs exactly once.
    unsafe { __wasm_call_ctors() };
}

/// This build's version.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").into()
}

type Answer = std::result::Result<JsValue, JsValue>;

/// The worker that holds the history.
#[cfg(feature = "cpu")]
#[wasm_bindgen]
pub struct Home(Recommender);

#[cfg(feature = "cpu")]
#[wasm_bindgen]
impl Home {
    /// Empty.
    #[wasm_bindgen(constructor)]
    pub fn new() -> std::result::Result<Home, JsValue> {
        Ok(Self(Recommender::new(device::cpu().map_err(thrown)?)))
    }

    /// Answers one request; `items` come with those that change the catalogue.
    pub fn handle(&mut self, request: JsValue, items: JsValue) -> Answer {
        let items = if items.is_undefined() { Vec::new() } else { parse(items)? };
        self.answer(parse(request)?, items).map_err(thrown)
    }

    fn answer(&mut self, request: HomeRequest, items: Vec<Item>) -> Result<JsValue> {
        let home = &mut self.0;
        match request {
            HomeRequest::Catalogue => {
                home.set_catalogue(items)?;
                value(&home.summary())
            }
            HomeRequest::ChangeCatalogue(change) => {
                home.change_catalogue(&change, items)?;
                value(&home.summary())
            }
            HomeRequest::Base { model } => {
                home.set_base(model.as_ref().map(|model| &***model))?;
                value(&home.summary())
            }
            HomeRequest::Simulate { seed, visitors } => {
                home.simulate(seed, visitors)?;
                value(&home.summary())
            }
            HomeRequest::Import { files, who } => value(&home.import(&files, &who)?),
            HomeRequest::Record { item, time, kind } => {
                home.record(&item, time, kind.as_deref())?;
                value(&home.summary())
            }
            HomeRequest::Recommend(wish) => value(&home.recommend(&wish)?),
            HomeRequest::Similar { item, k } => value(&home.similar(&item, k as usize)?),
            HomeRequest::Explain { item, k, repeats } => value(&home.explain(&item, k as usize, repeats)?),
            HomeRequest::Browse { query, topic, offset, limit } => {
                value(&home.browse(&query, topic.as_deref(), offset as usize, limit as usize))
            }
            HomeRequest::History { offset, limit } => value(&home.history(offset as usize, limit as usize)),
            HomeRequest::Forget { what } => {
                home.forget(&what)?;
                value(&home.summary())
            }
            HomeRequest::Summary => value(&home.summary()),
            HomeRequest::Job { options, update, events } => Ok(bytes(&home.job_of(options, update, events)?)),
            HomeRequest::Adopt { model } => {
                home.adopt(&model)?;
                value(&home.summary())
            }
            HomeRequest::LearnHistory { budget } => value(&home.learn_history(milliseconds(budget))),
            HomeRequest::Shelves { now, k, exclude, pool } => value(&home.shelves(now, k as usize, &exclude, pool)?),
            HomeRequest::Refind { query, now, k, from, to } => value(&home.refind(&query, now, k as usize, from, to)?),
            HomeRequest::HistoryEvaluation => value(&home.history_evaluation()),
            HomeRequest::Evaluation => value(&home.evaluation()?),
            HomeRequest::Reference => value(&device::now(self_test::numbers(&device::cpu()?))?),
            HomeRequest::Save { parts } => Ok(bytes(&home.save(parts.as_deref())?)),
            HomeRequest::Restore { state } => {
                home.restore(&state)?;
                value(&home.summary())
            }
        }
    }
}

/// The worker that trains.
#[wasm_bindgen]
#[derive(Default)]
pub struct Trainer {
    device: Option<Device>,
    training: Option<Training>,
}

#[wasm_bindgen]
impl Trainer {
    /// Without a device: the first request opens it.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers one request. One at a time: the next may come once this one's promise has settled.
    pub async fn handle(&mut self, request: JsValue) -> Answer {
        self.answer(parse(request)?).await.map_err(thrown)
    }

    async fn answer(&mut self, request: TrainerRequest) -> Result<JsValue> {
        match request {
            TrainerRequest::Open { reference } => value(&self.open(reference).await?),
            TrainerRequest::Start { job, checkpoint } => {
                let device = self.device.as_ref().ok_or_else(|| out_of_order("open"))?;
                let job = Job::from_bytes(&job)?;
                let training = match checkpoint {
                    None => Training::new(job, device)?,
                    Some(checkpoint) => Training::resume(job, &checkpoint, device)?,
                };
                value(&self.training.insert(training).progress())
            }
            TrainerRequest::Advance { budget } => value(&self.training()?.advance(milliseconds(budget)).await?),
            TrainerRequest::Speed { budget } => value(&self.training()?.speed(milliseconds(budget)).await?),
            TrainerRequest::Checkpoint => Ok(bytes(&self.training()?.checkpoint().await?)),
            TrainerRequest::Model => {
                let model = self.training()?.model().ok_or_else(|| out_of_order("start"))?;
                Ok(bytes(&model.to_bytes(Vec::new()).await?))
            }
        }
    }

    async fn open(&mut self, reference: Option<Vec<f32>>) -> Result<Opened> {
        let choice = if cfg!(feature = "webgpu") { Choice::Gpu } else { Choice::Cpu };
        let device = device::open(choice).await?;
        let deviation = match reference {
            None => None,
            Some(reference) => Some(trusted(&device, &reference).await?),
        };
        self.device = Some(device);
        let name = if choice == Choice::Gpu { "webgpu" } else { "cpu" };
        Ok(Opened { device: name.into(), deviation })
    }

    fn training(&mut self) -> Result<&mut Training> {
        self.training.as_mut().ok_or_else(|| out_of_order("start"))
    }
}

/// The self-test's deviation, if it passes.
async fn trusted(device: &Device, reference: &[f32]) -> Result<f32> {
    let deviation = self_test::deviation(&self_test::numbers(device).await?, reference);
    if deviation <= self_test::TOLERANCE {
        return Ok(deviation);
    }
    Err(Error::Device {
        device: "This GPU".into(),
        cause: format!("its self-test is off the CPU's numbers by {deviation}"),
        remedy: "The CPU is used instead".into(),
    })
}

/// At most a minute.
fn milliseconds(budget: f64) -> Duration {
    Duration::from_secs_f64((budget / 1000.0).clamp(0.0, 60.0))
}

fn out_of_order(first: &str) -> Error {
    Error::Config { name: "request".into(), value: "too early".into(), legal: format!("send `{first}` first") }
}

fn parse<T: DeserializeOwned>(request: JsValue) -> std::result::Result<T, JsValue> {
    serde_wasm_bindgen::from_value(request)
        .map_err(|cause| failure("request", &format!("This request cannot be read: {cause}."), "Check its options."))
}

fn value(answer: &impl Serialize) -> Result<JsValue> {
    let plain = serde_wasm_bindgen::Serializer::new().serialize_missing_as_null(true);
    answer.serialize(&plain).map_err(|cause| Error::Format {
        what: "The answer".into(),
        cause: cause.to_string(),
        remedy: "Report this".into(),
    })
}

fn bytes(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}

#[allow(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn thrown(error: Error) -> JsValue {
    failure(error.code(), &error.to_string(), error.remedy())
}

fn failure(code: &str, message: &str, remedy: &str) -> JsValue {
    let error = JsError::new(message);
    for (name, value) in [("code", code), ("remedy", remedy)] {
        // Setting a property of a fresh object cannot fail.
        let _ = Reflect::set(&error, &name.into(), &value.into());
    }
    error.into()
}
