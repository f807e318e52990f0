import { cpuModule, requireSimd } from './artifacts.js';
import { Channel } from './channel.js';
import { HomebodyError } from './errors.js';
import { readFiles } from './files.js';
import { oneOf, settle } from './options.js';
import { Supervisor } from './supervisor.js';

export { HomebodyError };

const DEVICES = ['auto', 'cpu', 'webgpu'];
const EVENTS = ['device', 'trainer', 'error'];

/** A recommender in this browser. Every method that returns a promise rejects with a `HomebodyError`. */
export class Recommender {
  #home;
  #supervisor;
  #listeners = new Map(EVENTS.map((name) => [name, new Set()]));

  /** Use `Recommender.open`. */
  constructor(home, makeSupervisor) {
    this.#home = home;
    this.#supervisor = makeSupervisor((name, event) => this.#emit(name, event));
    home.ended.then((failure) => failure.code !== 'closed' && this.#emit('error', failure));
  }

  /** Starts Home and, unless `prefetch` is false, gets everything that training needs, so that no request is made later. */
  static async open(options = {}) {
    const { device, prefetch } = settle('Recommender.open', options, { device: 'auto', prefetch: true });
    oneOf('device', device, DEVICES);
    requireSimd();
    const module = await cpuModule();
    let recommender;
    const worker = new Worker(new URL('./home.js', import.meta.url), { type: 'module' });
    const home = new Channel(worker, 'Home', ({ error }) =>
      recommender?.#emit('error', new HomebodyError(error.code, error.message)),
    );
    await home.call({ type: 'boot', module });
    recommender = new Recommender(
      home,
      (emit) => new Supervisor({ home, cpuModule: module, choice: device, emit }),
    );
    // A failure is told when training asks for a Trainer again.
    if (prefetch) recommender.#supervisor.ready().catch(() => {});
    return recommender;
  }

  /** The device that trains, and why; null until it is known. */
  get device() {
    return this.#supervisor.device;
  }

  /** Calls `listener` on each `device`, `trainer` or `error` event; returns what ends that. */
  on(name, listener) {
    const listeners = this.#listeners.get(oneOf('An event', name, EVENTS));
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Replaces the catalogue. */
  setCatalogue(items) {
    return this.#replaceData({ type: 'catalogue', items });
  }

  /** Adds simulated visitors of the catalogue. */
  async simulate(options = {}) {
    return this.#replaceData({ type: 'simulate', ...settle('simulate', options, { seed: 1, visitors: 1200 }) });
  }

  /** Reads files into catalogue, history and other visitors. */
  async importFiles(files, who = { type: 'unknown' }) {
    const named = await readFiles(files);
    return this.#replaceData({ type: 'import', files: named, who }, { transfer: named.map(({ bytes }) => bytes.buffer) });
  }

  /** Adds an event to the history. */
  async record(item, options = {}) {
    const { time, kind } = settle('record', options, { time: undefined, kind: undefined });
    return this.#home.call({ type: 'record', item, time, kind });
  }

  /** Ranks what comes next. */
  async recommend(options = {}) {
    return this.#home.call({
      type: 'recommend',
      ...settle('recommend', options, { k: 10, repeats: 'exclude', exclude: [] }),
    });
  }

  /** Why an item is ranked where it is. */
  async explain(item, options = {}) {
    return this.#home.call({ type: 'explain', item, ...settle('explain', options, { k: 10, repeats: 'exclude' }) });
  }

  /** The items nearest to one. */
  async similar(item, options = {}) {
    return this.#home.call({ type: 'similar', item, ...settle('similar', options, { k: 10 }) });
  }

  /** A page of the catalogue. */
  async browse(options = {}) {
    const defaults = { query: '', topic: undefined, offset: 0, limit: 50 };
    return this.#home.call({ type: 'browse', ...settle('browse', options, defaults) });
  }

  /** A page of the history, newest first. */
  async history(options = {}) {
    return this.#home.call({ type: 'history', ...settle('history', options, { offset: 0, limit: 50 }) });
  }

  /** Forgets: an item, everything before a time, or all. */
  forget(what) {
    return this.#replaceData({ type: 'forget', what });
  }

  /** What is held. */
  summary() {
    return this.#home.call({ type: 'summary' });
  }

  /** How well the model predicts the visitor's own later events. */
  evaluation() {
    return this.#home.call({ type: 'evaluation' });
  }

  /** Learns the visitor's own history as a closed world, visit by visit; a report after each slice. */
  async *learnHistory(options = {}) {
    const { budget } = settle('learnHistory', options, { budget: 250 });
    for (;;) {
      const progress = await this.#home.call({ type: 'learn-history', budget });
      yield progress;
      if (progress.learned >= progress.of) return;
    }
  }

  /** The shelves of the visitor's own history: next, rediscover, unfinished, new. */
  async shelves(options = {}) {
    const defaults = { now: Date.now(), k: 10, exclude: [], pool: undefined };
    return this.#home.call({ type: 'shelves', ...settle('shelves', options, defaults) });
  }

  /** Finds again what was visited, by words of its title. */
  async refind(query, options = {}) {
    const defaults = { now: Date.now(), k: 10, from: undefined, to: undefined };
    return this.#home.call({ type: 'refind', query, ...settle('refind', options, defaults) });
  }

  /** How well each predictor told the later half of the visitor's own history. */
  historyEvaluation() {
    return this.#home.call({ type: 'history-evaluation' });
  }

  /** Trains and adopts the model. Iterate over it for reports; leaving the loop, or the signal, cancels. */
  train(options = {}, { signal } = {}) {
    return this.#supervisor.train(options, signal);
  }

  /** Goes on from the model in use with what was viewed since it learned: a fraction of the work of training anew. */
  update(options = {}, { signal } = {}) {
    return this.#supervisor.train(options, signal, true);
  }

  /** Keeps everything on this device from now on, or removes what is kept. */
  keep(on) {
    return this.#home.call({ type: 'keep', on });
  }

  /** Is anything kept? `refused` says why what is kept could not be restored. */
  kept() {
    return this.#home.call({ type: 'kept' });
  }

  /** Resolves once every change so far is on the device, where keeping is on. */
  flush() {
    return this.#home.call({ type: 'flush' });
  }

  /** Ends both workers. What was not kept is gone. */
  close() {
    const closed = new HomebodyError('closed', 'This recommender was closed. Open another one.');
    this.#supervisor.close(closed);
    this.#home.end(closed);
  }

  // A training learns from the data that was there when it began.
  async #replaceData(request, options) {
    const answer = await this.#home.call(request, options);
    if (answer.status !== 'who') this.#supervisor.supersede();
    return answer;
  }

  #emit(name, event) {
    for (const listener of this.#listeners.get(name)) listener(event);
  }
}
