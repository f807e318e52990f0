// SQLite over files in pieces: what a browser had not yet written into its database counts, and what it had not finished does not.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { Bytes } from '../../www/own-history/bytes.js';
import { chrome } from '../../www/own-history/formats/chrome.js';
import { Database, isSqlite, loadSqlite } from '../../www/own-history/sqlite/database.js';
import { Visits } from '../../www/own-history/visits.js';
import { chromeHistory, firefoxHistory } from '../browser/own-history/databases.js';
import { person } from '../browser/own-history/person.js';

let engine;

before(async () => {
  engine = await loadSqlite(await WebAssembly.compile(await readFile(new URL('../../www/vendor/sqlite3.wasm', import.meta.url))));
});

const bytes = (file) => file && Bytes.ofArray(new Uint8Array(file.buffer ?? file));
const found = (files, name) => bytes(files.find((file) => file.name === name));

function counted(parts, table) {
  const database = new Database(engine, { name: 'file', ...parts });
  let rows;
  database.rows(`SELECT count(*) FROM ${table}`, ([number]) => (rows = number));
  database.close();
  return rows;
}

test('a write-ahead log is applied', async () => {
  const visit = (number) => ({ url: `https://a.org/${number}`, title: 'A', time: Date.now() + number });
  const files = await firefoxHistory([visit(1)], [visit(2), visit(3)]);
  const main = () => found(files, 'places.sqlite');
  assert.equal(counted({ main: main(), wal: found(files, 'places.sqlite-wal') }, 'moz_historyvisits'), 3);
  assert.equal(counted({ main: main() }, 'moz_historyvisits'), 1);
});

test('what was being written when the files were copied is rolled back by the journal, in memory', async () => {
  const [history] = await chromeHistory(person({ count: 3000 }));
  const { files, name } = engine.system;
  const held = bytes(history);
  files.clear();
  files.set('/busy', held);
  const db = new engine.sqlite3.oo1.DB({ filename: '/busy', flags: 'w', vfs: name });
  // A cache of one page spills into the file at once.
  db.exec("PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN; UPDATE urls SET title = 'torn'; DELETE FROM visits WHERE id % 2;");
  const copy = (path) => {
    const all = new Uint8Array(files.get(path).size);
    files.get(path).readInto(all, 0);
    return all;
  };
  const torn = copy('/busy');
  const journal = copy('/busy-journal');
  db.exec('ROLLBACK');
  db.close();
  assert.ok(journal.length > 4096);
  assert.notDeepEqual(Buffer.from(torn), history.buffer);
  const before = Buffer.from(torn);
  const database = new Database(engine, { name: 'History', main: Bytes.ofArray(torn), journal: Bytes.ofArray(journal) });
  const visits = new Visits();
  chrome.read(database, visits, database.tables());
  database.close();
  assert.equal(visits.length, 3000);
  assert.ok(visits.pages.every(({ title }) => title !== 'torn'));
  assert.deepEqual(Buffer.from(torn), before);
});

test('what is no database is told from its beginning', () => {
  assert.equal(isSqlite(new TextEncoder().encode('SQLite format 3\0rest')), true);
  assert.equal(isSqlite(new TextEncoder().encode('SQLite format 2\0')), false);
  assert.throws(() => counted({ main: bytes(new Uint8Array(100)) }, 'urls'), /not whole|no SQLite/);
});
