// homebody in a worker of its own, by its binding: what the package's workers do, without their messages.
import { EPOCHS, GRU, SKIP_GRAM, TARGET, TRANSFORMER, asText, sessions } from './workload.js';

const GPU_WARM_UP = 1;
const WARM_UP = 10;

self.addEventListener('message', async ({ data: { task, ...settings } }) => {
  try {
    self.postMessage({ value: await tasks[task](settings) });
  } catch (error) {
    self.postMessage({ error: `${error.code ?? error.name}: ${error.message}` });
  }
});

const tasks = { gru, transformer, ndcg, skipGram, latency, topTen };

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

/** Softmax over all items, from random vectors, without what homebody adds to an encoder. */
const BARE = { skipGramEpochs: 0, negatives: 0, dropout: 0, transitions: false, copy: false };

/** Milliseconds and kernels of a step, and the loss at its first and at step `lossAt`. */
async function gru({ epochs = EPOCHS, ...settings }) {
  const { dim, learningRate } = GRU;
  return steps({ model: 'gru', dim, learningRate, epochs, patience: epochs, ...BARE }, GRU, settings);
}

async function transformer(settings) {
  const { dim, batch, steps: T, heads, blocks, learningRate } = TRANSFORMER;
  const shape = { dim, batch, steps: T, window: T, heads, layers: blocks, positions: 'learned' };
  return steps({ model: 'transformer', ...shape, learningRate, epochs: EPOCHS, patience: EPOCHS, ...BARE }, TRANSFORMER, settings);
}

async function steps(options, shape, { artifact, milliseconds, lossAt }) {
  const { job, home } = await prepared(options, shape);
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

/** Seconds of training, validations included, until the target is reached, with a loss over sampled items. */
async function ndcg() {
  const { dim, learningRate } = GRU;
  const { job } = await prepared({ model: 'gru', dim, learningRate, epochs: 20, ...BARE, negatives: 256 });
  const { Trainer } = await load('cpu');
  const trainer = new Trainer();
  await trainer.handle({ type: 'open' });
  const start = performance.now();
  const curve = [];
  for (let report = await trainer.handle({ type: 'start', job }); !report.done; ) {
    report = await trainer.handle({ type: 'advance', budget: 50 });
    const seconds = (performance.now() - start) / 1000;
    const { validation } = report;
    if (validation !== undefined && validation !== null && validation !== curve.at(-1)?.[1]) curve.push([seconds, validation]);
    if (validation >= TARGET) return { seconds, target: TARGET, curve };
  }
  throw new Error(`it ended before ${TARGET} was reached`);
}

/** Milliseconds from an event to the ten best of a million items, in the worst of fifty and at the median. */
async function topTen({ items, asked }) {
  const { Home, Trainer } = await load('cpu');
  const home = new Home();
  const length = 20;
  const walks = Array.from({ length: items / length }, (_, walk) => Array.from({ length }, (_, at) => walk * length + at));
  const bytes = new TextEncoder().encode(asText(walks));
  home.handle({ type: 'import', files: [{ name: 'sessions.txt', bytes }], who: { type: 'nobody' } });
  const job = home.handle({ type: 'job', options: { model: 'gru', dim: GRU.dim, ...BARE, negatives: 512, epochs: 1 } });
  const trainer = new Trainer();
  await trainer.handle({ type: 'open' });
  await trainer.handle({ type: 'start', job });
  await trainer.handle({ type: 'advance', budget: 1 });
  home.handle({ type: 'adopt', model: await trainer.handle({ type: 'model' }) });
  trainer.free();
  const times = [];
  for (let n = 0; n < asked; n++) {
    const start = performance.now();
    home.handle({ type: 'record', item: String((n * 7919) % items), time: 1.7e12 + n * 1000 });
    home.handle({ type: 'recommend', k: 10, repeats: 'exclude' });
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { median: times[asked >> 1], worst: times.at(-1) };
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
