// What every task of homebody's begins with.
import { GRU, asText, sessions } from './workload.js';

/** Softmax over all items, from random vectors, without what homebody adds to an encoder. */
export const BARE = { skipGramEpochs: 0, negatives: 0, dropout: 0, transitions: false, copy: false };

/** The binding, and its linear memory. */
async function load(artifact) {
  const module = await import(`/pkg/wasm/homebody_${artifact}.js`);
  const { memory } = await module.default({ module_or_path: `/pkg/wasm/homebody_${artifact}_bg.wasm` });
  return { ...module, memory };
}

/** A Home that holds these sessions. */
export async function homeOf(walks) {
  const { Home } = await load('cpu');
  const home = new Home();
  const bytes = new TextEncoder().encode(asText(walks));
  home.handle({ type: 'import', files: [{ name: 'sessions.txt', bytes }], who: { type: 'nobody' } });
  return home;
}

/** A Home that holds the workload's sessions, and the job to train on them. */
export async function prepared(options, shape = GRU) {
  const home = await homeOf(sessions(shape).sessions);
  return { home, job: home.handle({ type: 'job', options }) };
}

/** A Trainer that has started the job, what it reported, and its linear memory. */
export async function started(artifact, home, job) {
  const { Trainer, memory } = await load(artifact);
  const trainer = new Trainer();
  await trainer.handle({ type: 'open', reference: artifact === 'cpu' ? undefined : home.handle({ type: 'reference' }) });
  return { trainer, memory, report: await trainer.handle({ type: 'start', job }) };
}
