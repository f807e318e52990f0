// What a worker does on WebGPU, counted at the browser's own interface.

/**
 * Counts from here on; gives what was counted so far: kernels, and bytes of buffers that exist. A buffer is gone once it is destroyed, or, as
 * wgpu leaves that to the browser, once nothing refers to it any more and the garbage is collected.
 */
export function counted() {
  const counts = { dispatches: 0, bytes: 0 };
  const { GPUComputePassEncoder, GPUDevice, GPUBuffer } = self;
  if (GPUDevice === undefined) return counts;
  const { dispatchWorkgroups } = GPUComputePassEncoder.prototype;
  GPUComputePassEncoder.prototype.dispatchWorkgroups = function (...size) {
    counts.dispatches += 1;
    return dispatchWorkgroups.apply(this, size);
  };
  const { createBuffer } = GPUDevice.prototype;
  const sizes = new WeakMap();
  const collected = new FinalizationRegistry((size) => (counts.bytes -= size));
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    counts.bytes += descriptor.size;
    sizes.set(buffer, descriptor.size);
    collected.register(buffer, descriptor.size, buffer);
    return buffer;
  };
  const { destroy } = GPUBuffer.prototype;
  GPUBuffer.prototype.destroy = function () {
    if (collected.unregister(this)) counts.bytes -= sizes.get(this);
    return destroy.call(this);
  };
  return counts;
}

/** Collects garbage, and lets the browser tell what was collected. */
export async function collect() {
  for (let turn = 0; turn < 3; turn++) {
    self.gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
