//! What the integration tests share.

#![allow(dead_code, reason = "each test binary uses a part")]

use burn::tensor::wgpu::{WgpuSetup, wgpu};
use burn::tensor::{Device, Tensor, TensorData};
use homebody::catalogue::ItemIndex;
use homebody::device::{self, Choice};
use homebody::model::Model;
use homebody::sequences::{Case, Sequences};
use homebody::training::{Job, Training, TrainingOptions};
use web_time::Duration;

/// The CPU, and the GPU where one (or a software Vulkan) is at hand.
pub(crate) fn devices() -> Vec<(&'static str, Device)> {
    let mut devices = vec![("cpu", device::cpu().unwrap())];
    if std::env::var_os("HOMEBODY_TEST_GPU").is_some() {
        devices.push(("gpu", pollster::block_on(device::open(Choice::Gpu)).unwrap()));
    }
    devices
}

/// [`devices`], the GPU as small as WebGPU lets one be: a kernel that binds or shares more than the default limits fails here, and on a
/// phone.
pub(crate) fn kernel_devices() -> Vec<(&'static str, Device)> {
    let mut devices = vec![("cpu", device::cpu().unwrap())];
    if std::env::var_os("HOMEBODY_TEST_GPU").is_some() {
        static SMALL: std::sync::OnceLock<Device> = std::sync::OnceLock::new();
        devices.push(("gpu", SMALL.get_or_init(|| with_limits(wgpu::Limits::default())).clone()));
    }
    devices
}

/// A GPU of these limits.
pub(crate) fn with_limits(limits: wgpu::Limits) -> Device {
    pollster::block_on(open(limits))
}

async fn open(required_limits: wgpu::Limits) -> Device {
    let instance = wgpu::Instance::default();
    let adapter = instance.request_adapter(&wgpu::RequestAdapterOptions::default()).await.unwrap();
    let (device, queue) = adapter
        .request_device(&wgpu::DeviceDescriptor {
            required_features: adapter.features(),
            required_limits,
            ..Default::default()
        })
        .await
        .unwrap();
    let backend = adapter.get_info().backend;
    let setup = WgpuSetup { instance, adapter, device, queue, backend };
    Device::wgpu_options().setup(setup).init().unwrap()
}

/// `sessions` walks of `length` steps around a ring of `items`.
pub(crate) fn cycle(items: u32, length: u32, sessions: u32) -> Sequences {
    let walk = |start: u32| (0..length).map(|step| ItemIndex((start + step) % items)).collect();
    Sequences::new(items as usize, (0..sessions).map(walk).collect()).unwrap()
}

/// A job with a few validation cases.
pub(crate) fn job(options: TrainingOptions, train: Sequences) -> Job {
    let validation: Vec<Case> = train
        .sessions
        .iter()
        .filter(|session| session.len() > 2)
        .take(8)
        .map(|session| Case::new(session[..2].to_vec(), session[2]))
        .collect();
    Job::new(options, train, validation)
}

/// Trains to the end.
pub(crate) fn run(job: Job, device: &Device) -> Model {
    let mut training = Training::new(job, device).unwrap();
    while !pollster::block_on(training.advance(Duration::from_millis(50))).unwrap().done {}
    training.model().unwrap()
}

/// Values that `PyTorch` scripts can write down, too.
pub(crate) fn wave<const D: usize>(shape: [usize; D], key: f32, device: &Device) -> Tensor<D> {
    let count: usize = shape.iter().product();
    let values: Vec<f32> = (0..count).map(|i| ((i as f64 * 0.37 + f64::from(key)).sin() * 0.3) as f32).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

pub(crate) fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.inner().into_data().try_into_vec().unwrap()
}

pub(crate) fn leaf<const D: usize>(tensor: Tensor<D>) -> Tensor<D> {
    tensor.autodiff().require_grad()
}

pub(crate) fn assert_close(name: &str, ours: &[f32], expected: &[f32]) {
    assert_eq!(ours.len(), expected.len(), "{name}");
    for (i, (a, b)) in ours.iter().zip(expected).enumerate() {
        assert!((a - b).abs() < 1e-5 * (1.0 + b.abs()), "{name}[{i}]: {a}, not {b}");
    }
}
