// The worker that trains on the CPU. Crash-only: supervisor.js ends it and starts another whenever anything goes wrong.
import init, { Trainer } from './wasm/homebody_cpu.js';
import { serveTrainer } from './serve.js';

serveTrainer(init, Trainer);
