import { failure } from './errors.js';

const SOFTWARE = /swiftshader|llvmpipe|basic render/i;

/**
 * The name of the GPU that this browser offers; throws with the reason where there is none worth training on.
 * An emulated one is slower than the CPU that emulates it, so it counts only where `acceptSoftware` asks for it.
 */
export async function findGpu({ acceptSoftware }) {
  if (!globalThis.navigator?.gpu) {
    throw none(globalThis.isSecureContext !== false ? 'This browser has no WebGPU.' : 'WebGPU needs a secure page (https or localhost).');
  }
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) {
    throw none('This browser offers no GPU adapter.');
  }
  if (isSoftware(adapter) && !acceptSoftware) {
    throw none('The only GPU adapter offered is emulated in software.');
  }
  const { description, vendor, architecture } = adapter.info ?? {};
  return description || [vendor, architecture].filter(Boolean).join(' ') || 'The GPU';
}

function isSoftware(adapter) {
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info ?? {};
  return (
    (isFallbackAdapter ?? adapter.isFallbackAdapter ?? false) ||
    SOFTWARE.test([vendor, architecture, device, description].join(' '))
  );
}

const none = (reason) => failure('no-gpu', reason);
