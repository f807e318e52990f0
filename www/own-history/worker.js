// A worker that reads a visitor's own history, or keeps what another one read. It makes no request: what it needs is loaded or handed in
// before it sees a file.
import { readFiles } from './files.js';
import { Held } from './held.js';
import { loadSqlite } from './sqlite/database.js';
import { Visits } from './visits.js';

let sqlite;
let engine;
// What is learned from, and what is only looked at yet.
let held = null;
let seen = null;

// Most of what is kept, and many files, need none.
const database = () => (engine ??= loadSqlite(sqlite));

const answers = {
  boot({ module }) {
    sqlite = module;
  },

  /** What was learned from stays until something else is taken. */
  async read({ files, options }) {
    const visits = new Visits();
    const read = await readFiles(files, database, visits);
    if (read.log) return { status: 'log' };
    seen = Held.read({ ...read, visits }, options);
    return { status: 'read', preview: seen.preview() };
  },

  choose({ options }) {
    seen.choose(options);
    return { status: 'read', preview: seen.preview() };
  },

  cancel() {
    seen = null;
  },

  take() {
    [held, seen] = [seen ?? held, null];
    return held.take();
  },

  /** As `take`, for a worker that ends: what is held goes to the one at the other end of `port`. */
  handOver({ port }) {
    let handed = null;
    try {
      const taken = answers.take();
      handed = held.handOver();
      return taken;
    } finally {
      port.postMessage(handed);
    }
  },

  async receive({ port }) {
    const { data } = await new Promise((resolve) => (port.onmessage = resolve));
    port.close();
    if (data) held = Held.taken(data);
  },

  forget: ({ what }) => ({ forgotten: held.forget(what), ...held.take() }),
  visit: ({ item, time }) => held.visit(item, time),

  async addPool({ files }) {
    const { pool } = await readFiles(files, database, new Visits());
    (seen ?? held).addPool(pool);
    return answers.take();
  },
};

let last = Promise.resolve();

self.addEventListener('message', ({ data: { id, request } }) => {
  last = last.then(async () => {
    try {
      const value = await answers[request.type](request);
      self.postMessage({ id, value }, value?.bytes ? [value.bytes.buffer] : []);
    } catch (error) {
      self.postMessage({ id, error: { code: error.code ?? 'internal', message: error.message } });
    }
  });
});
