import { HomebodyError } from '../../pkg/index.js';

/**
 * Reads a visitor's own history, in a worker of its own, which ends, and gives its memory back, once something is taken: another one, which was
 * started with it, keeps what was taken and reads on. `open` gets all that any format needs, so that no request is made once a file is opened.
 * Every promise rejects with a `HomebodyError`.
 */
export class HistoryReader {
  #worker;
  #successor;
  #pending = new Map();
  #lastId = 0;
  #failure = null;

  /** Use `HistoryReader.open`. */
  constructor(start) {
    [this.#worker, this.#successor] = [start(), start()];
    for (const worker of [this.#worker, this.#successor]) {
      worker.addEventListener('message', ({ data }) => this.#settle(data));
      worker.addEventListener('error', (event) => {
        event.preventDefault();
        this.#end(`The reader stopped${event.message ? `: ${event.message}` : ''}. Reload the page and choose the file again.`);
      });
    }
  }

  static async open() {
    let module;
    try {
      const response = await fetch(new URL('../vendor/sqlite3.wasm', import.meta.url));
      if (!response.ok) throw new Error(`status ${response.status}`);
      module = await WebAssembly.compile(await response.arrayBuffer());
    } catch (error) {
      throw new HomebodyError('load', `What reads histories could not be loaded (${error.message}). Check the connection and try again.`);
    }
    const reader = new HistoryReader(() => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }));
    await Promise.all([reader.#worker, reader.#successor].map((worker) => reader.#call({ type: 'boot', module }, { worker })));
    return reader;
  }

  /**
   * Reads files under choices (`{level, include, exclude}`; none: pages, no sensitive kind): `{status: 'read', preview}`, or
   * `{status: 'log'}` where they are a log for the recommender itself.
   */
  read(files, options) {
    return this.#call({ type: 'read', files, options });
  }

  /** Cleans what was read by other choices; answers as `read` does. */
  choose(options) {
    return this.#call({ type: 'choose', options });
  }

  /** Drops what was read and not taken. */
  cancel() {
    return this.#call({ type: 'cancel' });
  }

  /** What the choices leave: `{bytes, visits, pool}`, a table of visits and the pages never opened. All else is dropped from memory. */
  async take() {
    if (!this.#successor) return this.#call({ type: 'take' });
    const [from, to] = [this.#worker, this.#successor];
    const { port1, port2 } = new MessageChannel();
    const taken = this.#call({ type: 'handOver', port: port1 }, { transfer: [port1] });
    // Whatever is asked from now on waits there.
    [this.#worker, this.#successor] = [to, null];
    const received = this.#call({ type: 'receive', port: port2 }, { transfer: [port2] });
    const [answer] = await Promise.all([taken, received]).finally(() => from.terminate());
    return answer;
  }

  /** Forgets `{item}`, `{site}` or `{from, to}`; answers as `take` does, and how many visits that were. */
  forget(what) {
    return this.#call({ type: 'forget', what });
  }

  /** Adds a visit of a page that is known. */
  visit(item, time) {
    return this.#call({ type: 'visit', item, time });
  }

  /** Adds the pages of bookmarks, OPML or feeds; answers as `take` does. */
  addPool(files) {
    return this.#call({ type: 'addPool', files });
  }

  /** Ends the workers, and with them everything that was read. */
  close() {
    this.#end('The reader was closed.');
  }

  #call(request, { worker = this.#worker, transfer } = {}) {
    if (this.#failure) return Promise.reject(this.#failure);
    const id = (this.#lastId += 1);
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      worker.postMessage({ id, request }, { transfer });
    });
  }

  #settle({ id, value, error }) {
    const { resolve, reject } = this.#pending.get(id);
    this.#pending.delete(id);
    if (error) reject(new HomebodyError(error.code, error.message));
    else resolve(value);
  }

  #end(message) {
    this.#failure = new HomebodyError('reader', message);
    this.#worker.terminate();
    this.#successor?.terminate();
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
  }
}
