import { cpuModule, requireSimd } from './artifacts.js';
import { baseModelBytes } from './base-model.js';
import { elsewhere, failure } from './errors.js';
import { bytesOf, readFiles } from './files.js';
import { HomeLink } from './home-link.js';
import { anything, check, flag, items, number, oneOf, settle, signal, text, texts, whole } from './options.js';
import { profile } from './profile.js';
import { Supervisor } from './supervisor.js';

export {
  DataError,
  DeviceError,
  HomebodyError,
  OptionError,
  StorageError,
  TrainingError,
  WorkerError,
} from './errors.js';

const EVENTS = ['device', 'storage', 'progress', 'trainer', 'change', 'impression', 'click', 'error'];
const PARTS = ['catalogue', 'history', 'visitors', 'model'];
const MODELS = ['gru-attention', 'gru', 'lstm', 'transformer', 'bert', 'skip-gram', 'glove'];
const REPEATS = oneOf('exclude', 'allow', 'only');
const COUNT = whole(1, 1000);
const OFFSET = whole(0, 2 ** 31);
const TIME = number(0, 8.64e15);

const OPEN = {
  catalogue: [undefined, items],
  storage: ['memory', oneOf('memory', 'keep')],
  consent: [undefined, flag],
  device: ['auto', oneOf('auto', 'cpu', 'webgpu')],
  model: [{}, { test: (value) => MODELS.includes(value) || (typeof value === 'object' && value), says: `one of ${MODELS.join(', ')}, or training options` }],
  baseModel: [undefined, anything],
  prefetch: [false, flag],
};

/** A recommender in this browser. Every method that returns a promise rejects with a `HomebodyError`. */
export class Recommender {
  #home;
  #supervisor;
  #model;
  #arms = {};
  #listeners = new Map(EVENTS.map((name) => [name, new Set()]));

  /** Use `Recommender.open`. */
  constructor({ home, supervisor, model }) {
    this.#home = home;
    this.#model = model;
    this.#supervisor = supervisor((name, event) => this.#emit(name, event));
  }

  /** Starts Home and, where `prefetch` asks for it, gets everything that training needs, so that no request is made later. */
  static async open(options = {}) {
    return Recommender.#open('Recommender.open', options);
  }

  /** Starts with what `export` gave. */
  static async import(file, options = {}) {
    const state = await bytesOf(file, 'The file to import');
    return Recommender.#open('Recommender.import', options, state);
  }

  static async #open(where, options, state) {
    const { catalogue, storage, consent, device, model, baseModel, prefetch } = settle(where, options, OPEN);
    requireSimd();
    const [module, base] = await Promise.all([cpuModule(), baseModel && baseModelBytes(baseModel)]);
    let recommender;
    const home = new HomeLink({ module, storage, consent, onEvent: (event) => recommender?.#hear(event) });
    try {
      await home.start();
      if (state) await home.call({ type: 'restore', state });
      if (catalogue) await home.setUp('catalogue', { type: 'catalogue', items: catalogue });
      // It is joined to the catalogue that is there.
      if (base) await home.setUp('base', { type: 'base', model: base });
    } catch (error) {
      home.end(closed());
      throw error;
    }
    const supervisor = (emit) => new Supervisor({ home, cpuModule: module, choice: device, emit });
    recommender = new Recommender({ home, supervisor, model: typeof model === 'string' ? { model } : model });
    recommender.#arms = await home.call({ type: 'arms' });
    // A failure is told when training asks for a Trainer again.
    if (prefetch) recommender.#supervisor.ready().catch(() => {});
    return recommender;
  }

  /** The device that trains, and why; null until it is known. */
  get device() {
    return this.#supervisor.device;
  }

  /** Calls `listener` on each event of that name; returns what ends that. */
  on(name, listener) {
    const listeners = this.#listeners.get(check('An event', name, oneOf(...EVENTS)));
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Replaces the catalogue. */
  async setCatalogue(list) {
    check('The catalogue', list, items);
    return this.#replaceData(this.#joined(this.#home.setUp('catalogue', { type: 'catalogue', items: list })));
  }

  /** Changes the catalogue. */
  async updateCatalogue(delta) {
    const lists = { remove: [[], texts], hide: [[], texts], show: [[], texts], pin: [[], texts], unpin: [[], texts] };
    const { put, ...change } = settle('updateCatalogue', delta, { put: [[], items], ...lists });
    const asked = this.#home.setUp(Symbol('delta'), { type: 'change-catalogue', ...change, items: put });
    return this.#replaceData(put.length ? this.#joined(asked) : asked);
  }

  /** Adds simulated visitors of the catalogue. */
  async simulate(options = {}) {
    const known = { seed: [1, whole(0, 2 ** 32 - 1)], visitors: [1200, whole(1, 100_000)] };
    return this.#replaceData(this.#home.call({ type: 'simulate', ...settle('simulate', options, known) }));
  }

  /** Reads files into catalogue, history and other visitors. */
  async importFiles(files, who = { type: 'unknown' }) {
    const named = await readFiles(files);
    const transfer = named.map(({ bytes }) => bytes.buffer);
    return this.#replaceData(this.#home.call({ type: 'import', files: named, who }, { transfer }));
  }

  /** Uses another base model, or none. */
  async setBaseModel(source) {
    const model = source == null ? null : await baseModelBytes(source);
    return this.#replaceData(this.#home.setUp('base', { type: 'base', model }));
  }

  /** Adds an event to the history. */
  async record(event) {
    const known = { item: [undefined, text], time: [undefined, number(0, 4_102_444_800_000)], kind: [undefined, text] };
    const { item, time = Date.now(), kind } = settle('record', typeof event === 'string' ? { item: event } : event, known);
    check('record: "item"', item, text);
    const summary = await this.#home.call({ type: 'record', item, time, kind });
    this.#emit('change', { reason: 'record' });
    return summary;
  }

  /** Ranks what comes next. */
  async recommend(options = {}) {
    const { context, ...rest } = settle('recommend', options, {
      k: [10, COUNT],
      repeats: ['exclude', REPEATS],
      exclude: [[], texts],
      diversity: [0, number(0, 1)],
      context: [[], { test: (value) => text.test(value) || texts.test(value), says: 'an id, or an array of ids' }],
    });
    return this.#home.call({ type: 'recommend', ...rest, context: [context].flat() });
  }

  /** Why an item is ranked where it is. */
  async explain(item, options = {}) {
    check('explain: the item', item, text);
    const known = { k: [10, COUNT], repeats: ['exclude', REPEATS] };
    return this.#home.call({ type: 'explain', item, ...settle('explain', options, known) });
  }

  /** The items nearest to one. */
  async similar(item, options = {}) {
    check('similar: the item', item, text);
    return this.#home.call({ type: 'similar', item, ...settle('similar', options, { k: [10, COUNT] }) });
  }

  /** A page of the catalogue. */
  async browse(options = {}) {
    const known = { query: ['', text], topic: [undefined, text], offset: [0, OFFSET], limit: [50, OFFSET] };
    return this.#home.call({ type: 'browse', ...settle('browse', options, known) });
  }

  /** A page of the history, newest first. */
  async history(options = {}) {
    const known = { offset: [0, OFFSET], limit: [50, OFFSET] };
    return this.#home.call({ type: 'history', ...settle('history', options, known) });
  }

  /** What is held. */
  summary() {
    return this.#home.call({ type: 'summary' });
  }

  /** All it knows about the visitor. */
  profile() {
    return profile(this, this.#arms);
  }

  /** How well the model predicts the visitor's own later events. */
  evaluate() {
    return this.#home.call({ type: 'evaluation' });
  }

  /** Learns the visitor's own history as a closed world, visit by visit; a report after each slice. */
  async *learnHistory(options = {}) {
    const { budget } = settle('learnHistory', options, { budget: [250, number(1, 60_000)] });
    for (;;) {
      const progress = await this.#home.call({ type: 'learn-history', budget });
      yield progress;
      if (progress.learned >= progress.of) return;
    }
  }

  /** The shelves of the visitor's own history: next, rediscover, unfinished, new. */
  async shelves(options = {}) {
    const known = { now: [Date.now(), TIME], k: [10, COUNT], exclude: [[], texts], pool: [[], items] };
    return this.#home.call({ type: 'shelves', ...settle('shelves', options, known) });
  }

  /** Finds again what was visited, by words of its title. */
  async refind(query, options = {}) {
    check('refind: the words', query, text);
    const known = { now: [Date.now(), TIME], k: [10, COUNT], from: [undefined, TIME], to: [undefined, TIME] };
    return this.#home.call({ type: 'refind', query, ...settle('refind', options, known) });
  }

  /** How well each predictor told the later half of the visitor's own history. */
  historyEvaluation() {
    return this.#home.call({ type: 'history-evaluation' });
  }

  /** Trains and adopts the model. Iterate over it for reports; leaving the loop, or the signal, cancels. */
  async *train(options = {}) {
    const { signal: abort, update = false, resume = true, ...given } = options;
    settle('train', { signal: abort, update, resume }, { signal: [undefined, signal], update: [false, flag], resume: [true, flag] });
    for await (const progress of this.#supervisor.train({ ...this.#model, ...given }, { signal: abort, update, resume })) {
      this.#emit('progress', progress);
      if (progress.done) this.#emit('change', { reason: 'model' });
      yield progress;
    }
  }

  /** Forgets an item, everything before a time, or all. */
  async forget(what) {
    const known = { item: [undefined, text], before: [undefined, number(0, 4_102_444_800_000)], all: [undefined, oneOf(true)] };
    const { item, before, all } = settle('forget', what, known);
    if ([item, before, all].filter((one) => one !== undefined).length !== 1) {
      throw failure('config', 'forget takes one of "item", "before" and "all".', 'Ask once for each.');
    }
    const request = all ? { type: 'all' } : item === undefined ? { type: 'before', time: before } : { type: 'item', item };
    if (all) this.#arms = {};
    return this.#forgotten({ type: 'forget', what: request });
  }

  /** The visitor's answer to "may this device's storage be used?". */
  async consent(given) {
    return this.#home.call({ type: 'consent', given: check('consent', given, flag) });
  }

  /** Forgets everything but the catalogue, and records nothing from now on. */
  async switchOff() {
    this.#arms = {};
    return this.#forgotten({ type: 'off' });
  }

  /** Records again. */
  switchOn() {
    return this.#home.call({ type: 'on' });
  }

  /** Where things are kept. */
  storage() {
    return this.#home.call({ type: 'status' });
  }

  /** Resolves once every change so far is on the device, where things are kept. */
  flush() {
    return this.#home.call({ type: 'flush' });
  }

  /** A file of what is held. */
  async export(options = {}) {
    const parts = { test: (value) => texts.test(value) && value.every((part) => PARTS.includes(part)), says: `an array of ${PARTS.join(', ')}` };
    const { include } = settle('export', options, { include: [['catalogue'], parts] });
    const bytes = await this.#home.call({ type: 'export', include });
    return new Blob([bytes], { type: 'application/octet-stream' });
  }

  /** The arm of a test that this visitor is in. */
  async arm(test, arms) {
    check('arm: the test', test, text);
    check('arm: the arms', arms, { test: (value) => texts.test(value) && value.length > 0, says: 'an array of names' });
    this.#arms = await this.#home.call({ type: 'arm', test, arms });
    return this.#arms[test];
  }

  /** Tells `impression` listeners that a list was seen. */
  shown({ by, items: list }) {
    this.#emit('impression', { by, count: list.length, arms: { ...this.#arms } });
  }

  /** Tells `click` listeners that an item of a list was chosen. */
  clicked({ by, items: list }, id) {
    const position = list.findIndex(({ item }) => item.id === id) + 1;
    this.#emit('click', { by, position, arms: { ...this.#arms } });
  }

  /** Ends both workers, once what is asked to be kept is on the device. */
  async close() {
    this.#supervisor.close(closed());
    await this.#home.close(closed());
  }

  [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    return this.close();
  }

  // The base model may know what is new in the catalogue.
  async #joined(asked) {
    const summary = await asked;
    return (await this.#home.again('base')) ?? summary;
  }

  // Where the model that went on from the base model is gone, the base model ranks again.
  async #forgotten(request) {
    const report = await this.#replaceData(this.#home.call(request));
    const again = report.model === 'dropped' && (await this.#home.again('base'));
    return again ? { ...report, summary: again } : report;
  }

  // A training learns from the data that was there when it began.
  async #replaceData(asked) {
    const answer = await asked;
    if (answer.status === 'who') return answer;
    this.#supervisor.supersede();
    this.#emit('change', { reason: 'data' });
    return answer;
  }

  // What Home says unasked.
  #hear({ type, ...event }) {
    if (type === 'error') return this.#emit('error', event.error);
    if (type === 'storage') return this.#emit('storage', event.status);
    if (type === 'trained-elsewhere') return this.#supervisor.supersede(elsewhere());
    if (event.reason === 'other-tab') this.#supervisor.supersede();
    this.#emit('change', event);
  }

  #emit(name, event) {
    for (const listener of this.#listeners.get(name)) listener(event);
  }
}

const closed = () => failure('closed', 'This recommender was closed.', 'Open another one.');
