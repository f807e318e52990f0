import { failure, HomebodyError } from './errors.js';
import { host } from './host.js';

// One literal `new URL` for each artifact: the form that every bundler understands.
const CPU = new URL('./wasm/homebody_cpu_bg.wasm', import.meta.url);
const WEBGPU = new URL('./wasm/homebody_webgpu_bg.wasm', import.meta.url);

// (module (func (result v128) i32.const 0 i8x16.splat))
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11,
]);

/** The artifact that every visitor loads. */
export const cpuModule = () => compile(CPU);

/** The artifact that is loaded only where there is a GPU to train on. */
export const webgpuModule = () => compile(WEBGPU);

/** Throws where this browser cannot run the artifacts at all. */
export function requireSimd() {
  if (typeof WebAssembly !== 'object' || !WebAssembly.validate(SIMD_PROBE)) {
    throw failure(
      'unsupported',
      'This browser cannot run WebAssembly with SIMD. Update it: Chrome or Edge 100, Firefox 114, Safari 16.4 or newer will do.',
    );
  }
}

// The host fetches, so that no worker ever makes a request.
async function compile(url) {
  const file = url.pathname.split('/').pop();
  let response;
  try {
    response = await host.fetch(url);
  } catch (error) {
    if (error instanceof HomebodyError) throw error;
    throw failure('artifact', `${file} could not be fetched (${error.message}). Check the connection and reload.`);
  }
  if (!response.ok) {
    throw failure('artifact', `${file} is not on this server (HTTP ${response.status}). Build it, then reload.`);
  }
  // Some servers do not know the type, and streaming insists on it.
  const streams = response.headers.get('content-type')?.startsWith('application/wasm');
  return streams ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}
