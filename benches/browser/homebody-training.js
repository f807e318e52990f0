// Training, in homebody.
import { collect, counted } from './gpu-counts.js';
import { BARE, homeOf, prepared, started } from './homebody-binding.js';
import { EPOCHS, GRU, SAMPLED, SKIP_GRAM, TO_NDCG, TRANSFORMER, median, paths, sessions, split } from './workload.js';

/** A GRU's step. */
export async function gru({ epochs = EPOCHS, ...settings }) {
  const { dim, batch, steps: T, learningRate } = GRU;
  return steps({ model: 'gru', dim, batch, steps: T, learningRate, epochs, patience: epochs, ...BARE }, GRU, settings);
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

/** Milliseconds and kernels of a step, at the median of those after the first; losses at the steps asked for; megabytes of linear memory. */
async function measured(job, home, { artifact, milliseconds, lossesAt }) {
  const { trainer, memory, report } = await started(artifact, home, job);
  const counts = counted();
  const [losses, times, kernels] = [[], [], []];
  let { step, done } = report;
  const start = performance.now();
  while (!done && (step < lossesAt.at(-1) || performance.now() - start < milliseconds)) {
    const before = { step, time: performance.now(), dispatches: counts.dispatches };
    const { loss, ...now } = await trainer.handle({ type: 'advance', budget: 1 });
    ({ step, done } = now);
    // Else it validated.
    if (step === before.step) continue;
    if (step > 1) {
      times.push(performance.now() - before.time);
      kernels.push(counts.dispatches - before.dispatches);
    }
    if (lossesAt.includes(step)) losses.push([step, loss]);
  }
  return { ms: median(times), steps: times.length + 1, dispatchesPerStep: median(kernels), losses, wasmMB: memory.buffer.byteLength / 1e6 };
}

/** A GRU's step with a loss over sampled items, at any size of catalogue. */
export async function scale({ artifact, milliseconds, ...shape }) {
  const { home, job } = await sampled(shape);
  return measured(job, home, { artifact, milliseconds, lossesAt: [3] });
}

/** How many times as long the step takes over many items as over few. They take turns, so that a busy machine slows both. */
export async function itemsCost({ few, many, milliseconds }) {
  const sides = [];
  for (const items of [few, many]) {
    const { home, job } = await sampled({ items });
    sides.push({ times: [], trainer: (await started('cpu', home, job)).trainer });
    home.free();
  }
  const start = performance.now();
  while (performance.now() - start < milliseconds) {
    for (const { times, trainer } of sides) {
      const from = performance.now();
      const { step } = await trainer.handle({ type: 'advance', budget: 1 });
      if (step > 1) times.push(performance.now() - from);
    }
  }
  const [ofFew, ofMany] = sides.map(({ times }) => median(times));
  return { times: ofMany / ofFew, ofFew, ofMany, steps: sides[1].times.length };
}

async function sampled(shape) {
  const { items, dim, batch, steps: T, walks, negatives } = { ...SAMPLED, ...shape };
  const home = await homeOf(paths({ items, batch, steps: T, walks }));
  const options = { model: 'gru', dim, batch, steps: T, epochs: 100, patience: 100, ...BARE, negatives };
  return { home, job: home.handle({ type: 'job', options }) };
}

/** Bytes that are held after the first epoch, with its validation, and at step `until`. */
export async function growth({ artifact, until }) {
  const shape = { items: 300, batch: 8, steps: 5, walks: 130 };
  const perEpoch = Math.ceil(sessions(shape).sessions.length / shape.batch);
  const epochs = 2 + Math.ceil((1.2 * until) / perEpoch);
  const options = { model: 'gru', dim: 16, batch: shape.batch, steps: shape.steps, epochs, patience: epochs, ...BARE, negatives: 64 };
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

/**
 * Events a second, and how often what followed an item most often is among the ten items nearest to it. Of the workload's sessions, or of a file of the
 * benchmark's folder with a session a line.
 */
export async function skipGram({ file }) {
  const walks = file ? await fileOf(file) : sessions(GRU).sessions;
  const { dim, window, negatives, epochs } = SKIP_GRAM;
  const options = {
    model: 'skip-gram', dim, skipGramWindow: window, skipGramNegatives: negatives, skipGramEpochs: epochs, skipGramAlpha: 0.75,
  };
  const home = await homeOf(walks);
  const job = home.handle({ type: 'job', options });
  let { trainer, report } = await started('cpu', home, job);
  const start = performance.now();
  while (!report.done) report = await trainer.handle({ type: 'advance', budget: 1000 });
  const seconds = (performance.now() - start) / 1000;
  // One session in twelve is not learned from.
  const events = epochs * split(walks).learned.reduce((sum, session) => sum + session.length, 0);
  home.handle({ type: 'adopt', model: await trainer.handle({ type: 'model' }) });
  let found = 0;
  const asked = successors(walks).slice(0, 300);
  for (const [item, after] of asked) {
    const { items } = home.handle({ type: 'similar', item: String(item), k: 10 });
    found += items.some((near) => near.item.id === String(after));
  }
  return { eventsPerSecond: events / seconds, found: found / asked.length };
}

const fileOf = async (file) => (await (await fetch(file)).text()).trim().split('\n').map((line) => line.split(' ').map(Number));

/** Items with what followed each most often, as they appear. */
function successors(walks) {
  const counts = new Map();
  for (const walk of walks) {
    walk.slice(1).forEach((following, at) => {
      if (!counts.has(walk[at])) counts.set(walk[at], new Map());
      const ofItem = counts.get(walk[at]);
      ofItem.set(following, (ofItem.get(following) ?? 0) + 1);
    });
  }
  const most = (ofItem) => [...ofItem].reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
  return [...counts].map(([item, ofItem]) => [item, most(ofItem)]);
}

/**
 * Seconds of training, its beginning included, until the target is reached, with a loss over sampled items. Judged as the peers are, off the clock, and
 * not by homebody's own validation.
 */
export async function gruToNdcg({ negatives = 512 }) {
  const { dim, batch, steps: T, learningRate, target, judgedEvery } = TO_NDCG;
  const options = { model: 'gru', dim, batch, steps: T, learningRate, epochs: EPOCHS, patience: EPOCHS, ...BARE, negatives };
  const { job, home } = await prepared(options, TO_NDCG);
  const cases = split(sessions(TO_NDCG).sessions).heldOut;
  let start = performance.now();
  let { trainer, report } = await started('cpu', home, job);
  let milliseconds = performance.now() - start;
  const curve = [];
  while (!report.done) {
    const before = report.step;
    start = performance.now();
    report = await trainer.handle({ type: 'advance', budget: 1 });
    // Else it validated.
    if (report.step > before) milliseconds += performance.now() - start;
    if (report.step === before || report.step % judgedEvery > 0) continue;
    home.handle({ type: 'adopt', model: await trainer.handle({ type: 'model' }) });
    curve.push([report.step, milliseconds / 1000, meanNdcg(home, cases)]);
    if (curve.at(-1)[2] >= target) return { seconds: milliseconds / 1000, target, curve };
  }
  throw new Error(`it ended before ${target} was reached: ${JSON.stringify(curve)}`);
}

/** NDCG@10 of the sessions' last items among all, each viewed a day after the one before. */
function meanNdcg(home, cases) {
  const DAY = 86_400_000;
  const gain = (session) => {
    const time = (clock += DAY);
    const items = session.map(String);
    items.slice(0, -1).forEach((item, at) => home.handle({ type: 'record', item, time: time + 1000 * at }));
    const listed = home.handle({ type: 'recommend', k: 10, repeats: 'allow' }).items;
    const at = listed.findIndex(({ item }) => item.id === items.at(-1));
    return at < 0 ? 0 : 1 / Math.log2(at + 2);
  };
  return cases.reduce((sum, session) => sum + gain(session), 0) / cases.length;
}

let clock = 0;
