// The worker that reads a visitor's own history. It makes no request: what it needs is loaded or handed in before it sees a file.
import { readFiles } from './files.js';
import { Held } from './held.js';
import { loadSqlite } from './sqlite/database.js';
import { Visits } from './visits.js';

let engine;
// What is learned from, and what is only looked at yet.
let held = null;
let seen = null;

const answers = {
  async boot({ module }) {
    engine = await loadSqlite(module);
  },

  /** What was learned from stays until something else is taken. */
  async read({ files, options }) {
    const visits = new Visits();
    const read = await readFiles(files, engine, visits);
    if (read.log) return { status: 'log' };
    seen = new Held({ ...read, visits });
    return answers.choose({ options });
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

  forget: ({ what }) => ({ forgotten: held.forget(what), ...held.take() }),
  visit: ({ item, time }) => held.visit(item, time),

  async addPool({ files }) {
    const { pool } = await readFiles(files, engine, new Visits());
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
