// Ranking, in homebody.
import { BARE, homeOf, prepared, started } from './homebody-binding.js';
import { GRU } from './workload.js';

/** Milliseconds from an event to the ten best of many items: at the median, in the worst of a hundred, at worst. */
export async function topTen({ items, asked }) {
  const length = 20;
  const home = await homeOf(Array.from({ length: items / length }, (_, walk) => Array.from({ length }, (_, at) => walk * length + at)));
  const job = home.handle({ type: 'job', options: { model: 'gru', dim: GRU.dim, ...BARE, negatives: 512, epochs: 1 } });
  await trained(home, job, 1);
  return fromEventToTen(home, items, asked);
}

/** The same with all that homebody adds to an encoder; to be asked while another worker trains. */
export async function latency({ items, asked }) {
  const options = { model: 'gru', dim: GRU.dim, skipGramEpochs: 0, negatives: 512, transitions: true };
  const { home, job } = await prepared(options, { ...GRU, items });
  await trained(home, job, 1000);
  return fromEventToTen(home, items, asked);
}

/** Trains for some milliseconds, and hands the model over. */
async function trained(home, job, budget) {
  const { trainer } = await started('cpu', home, job);
  await trainer.handle({ type: 'advance', budget });
  home.handle({ type: 'adopt', model: await trainer.handle({ type: 'model' }) });
  trainer.free();
}

function fromEventToTen(home, items, asked) {
  const times = [];
  for (let n = 0; n < asked; n++) {
    const start = performance.now();
    home.handle({ type: 'record', item: String((n * 7919) % items), time: 1.7e12 + n * 1000 });
    home.handle({ type: 'recommend', k: 10, repeats: 'exclude' });
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { median: times[asked >> 1], p99: times[Math.floor(asked * 0.99)], worst: times.at(-1) };
}
