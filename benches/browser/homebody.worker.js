// homebody in a worker of its own, by its binding: what the package's workers do, without their messages.
import { EPOCHS, GRU, SKIP_GRAM, asText, sessions } from './workload.js';

const GPU_WARM_UP = 1;
const WARM_UP = 10;

self.addEventListener('message', async ({ data: { task, ...settings } }) => {
  try {
    self.postMessage({ value: await tasks[task](settings) });
  } catch (error) {
    self.postMessage({ error: `${error.code ?? error.name}: ${error.message}` });
  }
});

const tasks = { gru, skipGram, latency };

async function load(artifact) {
  const module = await import(`/pkg/wasm/homebody_${artifact}.js`);
  await module.default({ module_or_path: `/pkg/wasm/homebody_${artifact}_bg.wasm` });
  return module;
}

async function prepared(options, shape = GRU) {
  const { Home } = await load('cpu');
  const home = new Home();
  const { after, sessions: walks } = sessions(shape);
  const bytes = new TextEncoder().encode(asText(walks));
  home.handle({ type: 'import', files: [{ name: 'sessions.txt', bytes }], who: { type: 'nobody' } });
  return { after, home, job: home.handle({ type: 'job', options }) };
}

/** How many kernels have run so far, on WebGPU. */
function countedDispatches() {
  let count = 0;
  const pass = self.GPUComputePassEncoder?.prototype;
  if (pass === undefined) return () => 0;
  const dispatch = pass.dispatchWorkgroups;
  pass.dispatchWorkgroups = function (...counts) {
    count += 1;
    return dispatch.apply(this, counts);
  };
  return () => count;
}

/** Milliseconds and kernels of a step, and the loss at its first and at step `lossAt`. */
async function gru({ artifact, milliseconds, lossAt, epochs = EPOCHS }) {
  const { dim, learningRate } = GRU;
  const { job, home } = await prepared({
    model: 'gru', dim, learningRate, skipGramEpochs: 0, negatives: 0, dropout: 0, transitions: false, copy: false, epochs, patience: epochs,
  });
  const reference = artifact === 'cpu' ? undefined : home.handle({ type: 'reference' });
  const { Trainer } = await load(artifact);
  const trainer = new Trainer();
  await trainer.handle({ type: 'open', reference });
  await trainer.handle({ type: 'start', job });
  const losses = [];
  let done = false;
  const advance = async (budget) => {
    const report = await trainer.handle({ type: 'advance', budget });
    losses.push([report.step, report.loss]);
    done = report.done;
    return report.step;
  };
  const warm = artifact === 'cpu' ? WARM_UP : GPU_WARM_UP;
  let first = 0;
  const dispatches = countedDispatches();
  while (first < warm) first = await advance(1);
  const before = dispatches();
  const start = performance.now();
  let step = first;
  while (!done && (performance.now() - start < milliseconds || step < lossAt)) step = await advance(1);
  const ms = (performance.now() - start) / (step - first);
  return { ms, steps: step, dispatchesPerStep: (dispatches() - before) / (step - first), losses: losses.filter(([at]) => at === 1 || at === lossAt) };
}

/** Events a second, and how often an item's own successor is among the ten items nearest to it. */
async function skipGram() {
  const { dim, window, negatives, epochs } = SKIP_GRAM;
  const options = {
    model: 'skip-gram', dim, skipGramWindow: window, skipGramNegatives: negatives, skipGramEpochs: epochs, skipGramAlpha: 0.75,
  };
  const { after, home, job } = await prepared(options);
  const { Trainer } = await load('cpu');
  const trainer = new Trainer();
  await trainer.handle({ type: 'open' });
  let report = await trainer.handle({ type: 'start', job });
  const start = performance.now();
  while (!report.done) report = await trainer.handle({ type: 'advance', budget: 1000 });
  const seconds = (performance.now() - start) / 1000;
  const events = epochs * sessions(GRU).sessions.length * (GRU.steps + 1);
  home.handle({ type: 'adopt', model: await trainer.handle({ type: 'model' }) });
  let found = 0;
  const asked = 300;
  for (let item = 0; item < asked; item++) {
    const { items } = home.handle({ type: 'similar', item: String(item), k: 10 });
    found += items.some((near) => near.item.id === String(after[item]));
  }
  return { eventsPerSecond: events / seconds, found: found / asked };
}

/** Milliseconds from an event to the new ten best, in the worst of a hundred; to be asked while another worker trains. */
async function latency({ items, asked }) {
  const options = { model: 'gru', dim: GRU.dim, skipGramEpochs: 0, negatives: 512, transitions: true };
  const { home, job } = await prepared(options, { ...GRU, items });
  const { Trainer } = await load('cpu');
  const trainer = new Trainer();
  await trainer.handle({ type: 'open' });
  await trainer.handle({ type: 'start', job });
  await trainer.handle({ type: 'advance', budget: 1000 });
  home.handle({ type: 'adopt', model: await trainer.handle({ type: 'model' }) });
  const times = [];
  for (let n = 0; n < asked; n++) {
    const start = performance.now();
    home.handle({ type: 'record', item: String((n * 7919) % items), time: 1.7e12 + n * 1000 });
    home.handle({ type: 'recommend', k: 10, repeats: 'exclude' });
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { p99: times[Math.floor(asked * 0.99)], median: times[asked >> 1] };
}
