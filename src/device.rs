//! Where tensors live: the only place that names a backend outside `kernel`.

use burn::tensor::Device;

use crate::error::{Error, Result};

/// Which device to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Burn's flex backend: SIMD, one thread.
    Cpu,
    /// Burn's wgpu backend: Vulkan, Metal or DX12 natively, WebGPU in a browser.
    Gpu,
}

/// Opens a device. Call once per process or worker, before any tensor is made on it.
///
/// # Errors
/// [`Error::Device`] where the build lacks the backend or no adapter is found.
pub async fn open(choice: Choice) -> Result<Device> {
    match choice {
        Choice::Cpu => cpu(),
        Choice::Gpu => gpu().await,
    }
}

/// The CPU device.
///
/// # Errors
/// [`Error::Device`] in a build without the `cpu` feature.
#[cfg(feature = "cpu")]
pub fn cpu() -> Result<Device> {
    Ok(Device::flex())
}

/// The CPU device.
///
/// # Errors
/// [`Error::Device`] always: this build has no CPU backend.
#[cfg(not(feature = "cpu"))]
pub fn cpu() -> Result<Device> {
    Err(missing("cpu"))
}

#[cfg(feature = "webgpu")]
async fn gpu() -> Result<Device> {
    /// Operations per submit: `CubeCL`'s own default, named because back-pressure is reasoned about with it.
    const TASKS_PER_SUBMIT: usize = 32;
    Device::wgpu_options().tasks_max(TASKS_PER_SUBMIT).init_async().await.map_err(|cause| Error::Device {
        device: "WebGPU".into(),
        cause: cause.to_string(),
        remedy: "Use the CPU (`--device cpu`, or `?device=cpu` on the page)".into(),
    })
}

#[cfg(not(feature = "webgpu"))]
#[allow(clippy::unused_async, reason = "its twin has to wait for an adapter")]
async fn gpu() -> Result<Device> {
    Err(missing("webgpu"))
}

#[cfg(any(not(feature = "cpu"), not(feature = "webgpu")))]
fn missing(feature: &str) -> Error {
    Error::Device {
        device: feature.into(),
        cause: "this build does not contain it".into(),
        remedy: format!("Build with the cargo feature `{feature}`, or use the other device"),
    }
}

/// Does this device have the CPU twins of `kernel`?
#[must_use]
pub fn is_cpu(device: &Device) -> bool {
    #[cfg(feature = "cpu")]
    {
        device.clone().inner() == Device::flex()
    }
    #[cfg(not(feature = "cpu"))]
    {
        let _ = device;
        false
    }
}

/// Does this device have the GPU twins of `kernel`?
#[must_use]
pub fn is_gpu(device: &Device) -> bool {
    cfg!(feature = "webgpu") && !is_cpu(device)
}

/// The result of a future that has nothing to wait for: on the CPU every readback is ready at once.
///
/// # Errors
/// [`Error::Device`] where it would have to wait: on a GPU.
pub fn now<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(result) => result,
        std::task::Poll::Pending => Err(Error::Device {
            device: "The GPU".into(),
            cause: "it cannot be read synchronously".into(),
            remedy: "Use the CPU".into(),
        }),
    }
}
