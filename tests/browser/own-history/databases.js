// Databases in the formats of browsers, made by the SQLite that the page itself carries: nobody's history.
import { readFile } from 'node:fs/promises';
import { Bytes } from '../../../www/own-history/bytes.js';
import { loadSqlite } from '../../../www/own-history/sqlite/database.js';

const PATH = '/made';

let engine;

/** Runs `fill(db)` on a new database; returns its files: with `wal`, what `fillLater(db)` adds is only in the write-ahead log. */
export async function make(name, fill, fillLater) {
  engine ??= await loadSqlite(await WebAssembly.compile(await readFile(new URL('../../../www/vendor/sqlite3.wasm', import.meta.url))));
  const { sqlite3, system } = engine;
  system.files.clear();
  const db = new sqlite3.oo1.DB({ filename: PATH, flags: 'c', vfs: system.name });
  if (fillLater) db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;');
  db.transaction(() => fill(db));
  if (fillLater) {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    db.transaction(() => fillLater(db));
  }
  const files = [...system.files].map(([path, bytes]) => ({
    name: path.replace(PATH, name),
    mimeType: 'application/octet-stream',
    buffer: Buffer.from(contents(bytes)),
  }));
  db.close();
  system.files.clear();
  return files.filter(({ buffer }) => buffer.length);
}

function contents(bytes) {
  const all = new Uint8Array(bytes.size);
  bytes.readInto(all, 0);
  return all;
}

/** Rows into a table. */
export function insert(db, sql, rows) {
  const statement = db.prepare(sql);
  for (const row of rows) statement.bind(row).stepReset();
  statement.finalize();
}

const WEBKIT = 11_644_473_600_000;
const CHAIN = 0x3000_0000;

/** Chrome's `History` of `visits`: `{url, title, time, transition}`. */
export function chromeHistory(visits) {
  return make('History', (db) => {
    // As Chromium 156 makes them, without the columns that nothing here reads.
    db.exec(`CREATE TABLE urls(id INTEGER PRIMARY KEY AUTOINCREMENT, url LONGVARCHAR, title LONGVARCHAR, visit_count INTEGER DEFAULT 0 NOT NULL,
        typed_count INTEGER DEFAULT 0 NOT NULL, last_visit_time INTEGER NOT NULL, hidden INTEGER DEFAULT 0 NOT NULL);
      CREATE TABLE visits(id INTEGER PRIMARY KEY AUTOINCREMENT, url INTEGER NOT NULL, visit_time INTEGER NOT NULL, from_visit INTEGER,
        transition INTEGER DEFAULT 0 NOT NULL, visit_duration INTEGER DEFAULT 0 NOT NULL);
      CREATE TABLE keyword_search_terms(keyword_id INTEGER NOT NULL, url_id INTEGER NOT NULL, term LONGVARCHAR NOT NULL);`);
    const ids = new Map();
    const urls = [];
    for (const { url, title, time } of visits) {
      if (ids.has(url)) continue;
      ids.set(url, ids.size + 1);
      urls.push([ids.size, url, title, BigInt(time + WEBKIT) * 1000n]);
    }
    insert(db, 'INSERT INTO urls (id, url, title, last_visit_time) VALUES (?, ?, ?, ?)', urls);
    insert(
      db,
      'INSERT INTO visits (url, visit_time, transition) VALUES (?, ?, ?)',
      visits.map(({ url, time, transition = CHAIN }) => [ids.get(url), BigInt(time + WEBKIT) * 1000n, transition]),
    );
  });
}

/** Firefox's `places.sqlite`, after toolkit/components/places/nsPlacesTables.h; `later` is only in `places.sqlite-wal`. */
export function firefoxHistory(visits, later = [], bookmarks = []) {
  const places = new Map();
  const add = (db, list) => {
    for (const { url, title, time, type = 1, from = 0 } of list) {
      if (!places.has(url)) {
        places.set(url, places.size + 1);
        insert(db, 'INSERT INTO moz_places (id, url, title, hidden) VALUES (?, ?, ?, 0)', [[places.size, url, title ?? null]]);
      }
      if (time) {
        insert(db, 'INSERT INTO moz_historyvisits (from_visit, place_id, visit_date, visit_type) VALUES (?, ?, ?, ?)', [
          [from, places.get(url), BigInt(time) * 1000n, type],
        ]);
      }
    }
  };
  return make(
    'places.sqlite',
    (db) => {
      db.exec(`CREATE TABLE moz_places (id INTEGER PRIMARY KEY, url LONGVARCHAR, title LONGVARCHAR, rev_host LONGVARCHAR,
          visit_count INTEGER DEFAULT 0, hidden INTEGER DEFAULT 0 NOT NULL, typed INTEGER DEFAULT 0 NOT NULL,
          frecency INTEGER DEFAULT -1 NOT NULL, last_visit_date INTEGER, guid TEXT, foreign_count INTEGER DEFAULT 0 NOT NULL,
          url_hash INTEGER DEFAULT 0 NOT NULL, description TEXT, preview_image_url TEXT, site_name TEXT, origin_id INTEGER);
        CREATE TABLE moz_historyvisits (id INTEGER PRIMARY KEY, from_visit INTEGER, place_id INTEGER, visit_date INTEGER, visit_type INTEGER,
          session INTEGER, source INTEGER DEFAULT 0 NOT NULL, triggeringPlaceId INTEGER);
        CREATE TABLE moz_bookmarks (id INTEGER PRIMARY KEY, type INTEGER, fk INTEGER DEFAULT NULL, parent INTEGER, position INTEGER,
          title LONGVARCHAR, keyword_id INTEGER, folder_type TEXT, dateAdded INTEGER, lastModified INTEGER, guid TEXT);`);
      add(db, visits);
      add(db, bookmarks);
      insert(
        db,
        'INSERT INTO moz_bookmarks (type, fk, title) VALUES (1, ?, ?)',
        bookmarks.map(({ url, title }) => [places.get(url), title]),
      );
    },
    (db) => add(db, later),
  );
}

/** Safari's `History.db`. */
export function safariHistory(visits) {
  return make('History.db', (db) => {
    db.exec(`CREATE TABLE history_items (id INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL UNIQUE, domain_expansion TEXT,
        visit_count INTEGER NOT NULL, daily_visit_counts BLOB NOT NULL, weekly_visit_counts BLOB, autocomplete_triggers BLOB,
        should_recompute_derived_visit_counts INTEGER NOT NULL, visit_count_score INTEGER NOT NULL);
      CREATE TABLE history_visits (id INTEGER PRIMARY KEY AUTOINCREMENT, history_item INTEGER NOT NULL REFERENCES history_items(id) ON DELETE CASCADE,
        visit_time REAL NOT NULL, title TEXT, load_successful BOOLEAN NOT NULL DEFAULT 1, http_non_get BOOLEAN NOT NULL DEFAULT 0,
        synthesized BOOLEAN NOT NULL DEFAULT 0, redirect_source INTEGER, redirect_destination INTEGER, origin INTEGER NOT NULL DEFAULT 0);`);
    const ids = new Map();
    for (const { url, title, time, destination = null, loaded = 1 } of visits) {
      if (!ids.has(url)) {
        ids.set(url, ids.size + 1);
        insert(db, "INSERT INTO history_items VALUES (?, ?, NULL, 1, x'', NULL, NULL, 0, 0)", [[ids.size, url]]);
      }
      insert(
        db,
        'INSERT INTO history_visits (history_item, visit_time, title, redirect_destination, load_successful) VALUES (?, ?, ?, ?, ?)',
        [[ids.get(url), time / 1000 - 978_307_200, title, destination, loaded]],
      );
    }
  });
}
