// Training, in homebody.
import { collect, counted } from './gpu-counts.js';
import { BARE, homeOf, prepared, started } from './homebody-binding.js';
import { EPOCHS, GRU, SAMPLED, SKIP_GRAM, TARGET, TRANSFORMER, paths, sessions } from './workload.js';

const GPU_WARM_UP = 1;
const WARM_UP = 10;

/** A GRU's step. */
export async function gru({ epochs = EPOCHS, ...settings }) {
  const { dim, learningRate } = GRU;
  return steps({ model: 'gru', dim, learningRate, epochs, patience: epochs, ...BARE }, GRU, settings);
}

/** A Transformer's step. */
export async function transformer(settings) {
  const { dim, batch, steps: T, heads, blocks, learningRate } = TRANSFORMER;
  const shape = { dim, batch, steps: T, window: T, heads, layers: blocks, positions: 'learned' };
  return steps({ model: 'transformer', ...shape, learningRate, epochs: EPOCHS, patience: EPOCHS, ...BARE }, TRANSFORMER, settings);
}

async function steps(options, shape, settings) {
  const { job, home } = await prepared(options, shape);
  return measured(job, home, settings);
}

/** Milliseconds and kernels of a step, the loss at its first and at step `lossAt`, and megabytes of linear memory. */
async function measured(job, home, { artifact, milliseconds, lossAt }) {
  const { trainer, memory } = await started(artifact, home, job);
  const losses = [];
  let done = false;
  const advance = async () => {
    const report = await trainer.handle({ type: 'advance', budget: 1 });
    losses.push([report.step, report.loss]);
    done = report.done;
    return report.step;
  };
  const warm = artifact === 'cpu' ? WARM_UP : GPU_WARM_UP;
  let first = 0;
  while (first < warm) first = await advance();
  const counts = counted();
  const start = performance.now();
  let step = first;
  while (!done && (performance.now() - start < milliseconds || step < lossAt)) step = await advance();
  const ms = (performance.now() - start) / (step - first);
  return {
    ms,
    steps: step,
    dispatchesPerStep: counts.dispatches / (step - first),
    losses: losses.filter(([at]) => at === 1 || at === lossAt),
    wasmMB: memory.buffer.byteLength / 1e6,
  };
}

/** A GRU's step with a loss over sampled items, at any size of catalogue. */
export async function scale({ artifact, milliseconds, ...shape }) {
  const { items, dim, batch, steps: T, negatives } = { ...SAMPLED, ...shape };
  const home = await homeOf(paths({ items, batch, steps: T }));
  const options = { model: 'gru', dim, batch, steps: T, epochs: 100, patience: 100, ...BARE, negatives };
  return measured(home.handle({ type: 'job', options }), home, { artifact, milliseconds, lossAt: 2 });
}

/** Bytes that are held after the first epoch, with its validation, and at step `until`. */
export async function growth({ artifact, until }) {
  const shape = { items: 300, batch: 16, steps: 10 };
  const perEpoch = Math.ceil(sessions(shape).sessions.length / shape.batch);
  const epochs = 2 + Math.ceil((1.2 * until) / perEpoch);
  const options = { model: 'gru', dim: 32, batch: shape.batch, steps: shape.steps, epochs, patience: epochs, ...BARE, negatives: 128 };
  const counts = counted();
  const { job, home } = await prepared(options, shape);
  const { trainer, memory } = await started(artifact, home, job);
  const held = async () => {
    await collect();
    return { wasm: memory.buffer.byteLength, gpu: counts.bytes };
  };
  let report;
  do report = await trainer.handle({ type: 'advance', budget: 100 });
  while (!(report.epoch > 1 && report.phase === 'sequence') && !report.done);
  const [from, begin] = [report.step, await held()];
  while (report.step < until && !report.done) report = await trainer.handle({ type: 'advance', budget: 100 });
  if (report.step < until) throw new Error(`training ended at step ${report.step}`);
  const end = await held();
  return { from, to: report.step, begin, end, wasmBytes: end.wasm - begin.wasm, gpuBytes: end.gpu - begin.gpu };
}

/** Events a second, and how often an item's own successor is among the ten items nearest to it. */
export async function skipGram() {
  const { dim, window, negatives, epochs } = SKIP_GRAM;
  const options = {
    model: 'skip-gram', dim, skipGramWindow: window, skipGramNegatives: negatives, skipGramEpochs: epochs, skipGramAlpha: 0.75,
  };
  const { after, home, job } = await prepared(options);
  let { trainer, report } = await started('cpu', home, job);
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
export async function gruToNdcg() {
  const { dim, learningRate } = GRU;
  const { job, home } = await prepared({ model: 'gru', dim, learningRate, epochs: 20, ...BARE, negatives: 256 });
  const start = performance.now();
  let { trainer, report } = await started('cpu', home, job);
  const curve = [];
  while (!report.done) {
    report = await trainer.handle({ type: 'advance', budget: 50 });
    const seconds = (performance.now() - start) / 1000;
    const { validation } = report;
    if (validation !== undefined && validation !== null && validation !== curve.at(-1)?.[1]) curve.push([seconds, validation]);
    if (validation >= TARGET) return { seconds, target: TARGET, curve };
  }
  throw new Error(`it ended before ${TARGET} was reached`);
}
