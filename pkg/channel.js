import { failure, told } from './errors.js';

const WATCH_MS = 1000;

/**
 * Requests to one worker and their answers, matched by id. Crash-only: whatever goes wrong ends the worker, rejects
 * what was asked, and leaves `failure` set.
 */
export class Channel {
  #resolveEnded;
  /** Why this channel ended; null while it works. */
  failure = null;
  /** Resolves with `failure` once there is one. */
  ended = new Promise((resolve) => (this.#resolveEnded = resolve));

  #worker;
  #name;
  #pending = new Map();
  #lastId = 0;
  #onEvent;
  #alive = null;
  #watching = null;

  /** `name` stands in messages; `onEvent` gets what the worker says unasked. */
  constructor(worker, name, onEvent = () => {}) {
    this.#worker = worker;
    this.#name = name;
    this.#onEvent = onEvent;
    worker.addEventListener('message', ({ data }) => this.#receive(data));
    worker.addEventListener('messageerror', () => this.#crash('sent something unreadable'));
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.#crash(event.message ? `stopped: ${event.message}` : 'could not be loaded');
    });
  }

  /**
   * The first request. The worker holds a lock for as long as it lives: nothing else tells that one was terminated. Where there are no locks, a call
   * waits for its limit.
   */
  async boot(request, options) {
    const alive = `homebody-${Math.random()}`;
    const answer = await this.call({ ...request, alive }, options);
    if (globalThis.navigator?.locks) this.#alive = alive;
    return answer;
  }

  /** Asks; with a `limit` in milliseconds, a worker that stays silent for longer is taken for hung and ended. */
  call(request, { transfer = [], limit } = {}) {
    if (this.failure) return Promise.reject(this.failure);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const watchdog = limit && setTimeout(() => this.#hang(limit), limit);
      this.#pending.set(id, { resolve, reject, watchdog });
      this.#watch();
      this.#worker.postMessage({ id, request }, transfer);
    });
  }

  /** Tells the worker something, whatever it is at. */
  say(news) {
    if (!this.failure) this.#worker.postMessage({ news });
  }

  /** Ends the worker; everything still asked is rejected with `failure`. */
  end(failure) {
    if (this.failure) return;
    this.failure = failure;
    this.#worker.terminate();
    for (const { reject, watchdog } of this.#pending.values()) {
      clearTimeout(watchdog);
      reject(failure);
    }
    this.#pending.clear();
    this.#resolveEnded(failure);
  }

  #receive({ id, ok, value, error, fatal, event }) {
    if (event) return this.#onEvent(event);
    if (fatal) return this.end(told(fatal));
    const asked = this.#pending.get(id);
    if (!asked) return;
    this.#pending.delete(id);
    clearTimeout(asked.watchdog);
    if (ok) asked.resolve(value);
    else asked.reject(told(error));
  }

  // Asks now and then, while an answer is awaited, whether the worker is still there.
  #watch() {
    if (this.#watching || !this.#alive) return;
    this.#watching = setTimeout(async () => {
      const { held } = await navigator.locks.query();
      this.#watching = null;
      if (!held.some(({ name }) => name === this.#alive)) this.#crash('was ended');
      else if (this.#pending.size) this.#watch();
    }, WATCH_MS);
  }

  #crash(cause) {
    this.end(failure('worker', `${this.#name} ${cause}.`, 'Try again; reload the page if this goes on.'));
  }

  #hang(limit) {
    this.end(failure('hang', `${this.#name} gave no answer for ${limit / 1000} seconds.`, 'Try again.'));
  }
}
