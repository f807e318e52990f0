// The worker that trains on the GPU: trainer.js with the other artifact. Two entry files, because a visitor without a GPU
// must not need the second artifact's glue, and a dynamic import in a worker breaks default Vite builds.
import init, { Trainer } from './wasm/homebody_webgpu.js';
import { serveTrainer } from './serve.js';

serveTrainer(init, Trainer);
