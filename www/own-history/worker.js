// The worker that reads a visitor's own history. It makes no request: what it needs is loaded or handed in before it sees a file.
import { clean, describePages } from './cleaning/cleaner.js';
import { readFiles } from './files.js';
import { describePool, unopened } from './pool.js';
import { itemOf, preview } from './preview.js';
import { loadSqlite } from './sqlite/database.js';
import { table } from './table.js';
import { Visits } from './visits.js';

const SHOWN = { level: 'page', include: [], exclude: [] };

let engine;
let held = null;

const answers = {
  async boot({ module }) {
    engine = await loadSqlite(module);
  },

  /** Reads files; what was read before stays until this has succeeded. */
  async read({ files }) {
    const visits = new Visits();
    const { sources, notes, pool, log } = await readFiles(files, engine, visits);
    if (log) return { status: 'log' };
    const read = { columns: visits.sorted(), sources, notes, pool: describePool(pool) };
    held = { read, pages: describePages(visits.pages), options: SHOWN, cleaned: null };
    return answers.clean({ options: SHOWN });
  },

  clean({ options }) {
    held.options = { ...SHOWN, ...options };
    held.cleaned = clean({ columns: held.read.columns, pages: held.pages }, held.options);
    return { status: 'read', preview: preview(held) };
  },

  /** What is learned from: the table, and what was never opened of the pool. */
  take() {
    const { read, pages, cleaned, options } = held;
    const opened = new Set(cleaned.kept.page.map((number) => itemOf(pages[number], options.level)));
    const pool = unopened(read.pool, opened, options).map(({ item, title, site }) => ({ id: item, title, topic: site }));
    return { bytes: table({ kept: cleaned.kept, pages, level: options.level }), pool };
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
