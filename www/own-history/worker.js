// The worker that reads a visitor's own history. It makes no request: what it needs is loaded or handed in before it sees a file.
import { readFiles } from './files.js';
import { Held } from './held.js';
import { loadSqlite } from './sqlite/database.js';
import { Visits } from './visits.js';

let engine;
let held = null;

const answers = {
  async boot({ module }) {
    engine = await loadSqlite(module);
  },

  /** What was read before stays until this has succeeded. */
  async read({ files, options }) {
    const visits = new Visits();
    const read = await readFiles(files, engine, visits);
    if (read.log) return { status: 'log' };
    held = new Held({ ...read, visits });
    return answers.choose({ options });
  },

  choose({ options }) {
    held.choose(options);
    return { status: 'read', preview: held.preview() };
  },

  take: () => held.take(),
  forget: ({ what }) => ({ forgotten: held.forget(what), ...held.take() }),
  visit: ({ item, time }) => held.visit(item, time),

  async addPool({ files }) {
    const { pool } = await readFiles(files, engine, new Visits());
    held.addPool(pool);
    return held.take();
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
