import initSqlite from '../../vendor/sqlite3.js';
import { Failure } from '../failure.js';
import { eachRow } from './rows.js';
import { installFiles } from './vfs.js';

const MAIN = '/history';
const MAGIC = 'SQLite format 3\0';

/** Does a file that begins like this hold an SQLite database? */
export const isSqlite = (head) => new TextDecoder('latin1').decode(head.subarray(0, MAGIC.length)) === MAGIC;

const silent = () => {};
const QUIET = { debug: silent, log: silent, warn: silent, error: silent };

/** SQLite itself, from its compiled module: nothing is fetched here. */
export async function loadSqlite(module) {
  // Its other file systems would look for a browser's storage, which nothing here needs.
  globalThis.sqlite3ApiConfig = {
    ...QUIET,
    disable: { vfs: { kvvfs: true, opfs: true, 'opfs-vfs': true, 'opfs-wl': true, 'opfs-sahpool': true } },
  };
  const sqlite3 = await initSqlite({
    print: silent,
    printErr: silent,
    instantiateWasm(imports, done) {
      WebAssembly.instantiate(module, imports).then((instance) => done(instance, module));
      return {};
    },
  });
  return { sqlite3, system: installFiles(sqlite3) };
}

/** A visitor's database, with what its program had not written into it yet. Open one at a time. */
export class Database {
  #engine;
  #db;
  #name;

  /** `main`, `wal` and `journal` are `Bytes`; `name` stands in messages. */
  constructor(engine, { name, main, wal, journal }) {
    this.#engine = engine;
    this.#name = name;
    const { files } = engine.system;
    files.clear();
    files.set(MAIN, main);
    if (wal) files.set(`${MAIN}-wal`, wal);
    if (journal) files.set(`${MAIN}-journal`, journal);
    this.#attempt(() => {
      this.#db = new engine.sqlite3.oo1.DB({ filename: MAIN, flags: 'w', vfs: engine.system.name });
      // Alone with the file, SQLite needs no shared memory to read a write-ahead log.
      this.#db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY');
      this.#db.selectValue('SELECT count(*) FROM sqlite_schema');
    });
  }

  /** Names of the columns of each table. */
  tables() {
    const tables = new Map();
    this.#attempt(() => {
      const rows = this.#db.selectArrays(
        "SELECT t.name, c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
      );
      for (const [table, column] of rows) {
        if (!tables.has(table)) tables.set(table, new Set());
        tables.get(table).add(column);
      }
    });
    return tables;
  }

  /** Calls `onRow` with an array for each row. */
  rows(sql, onRow) {
    this.#attempt(() => {
      const statement = this.#db.prepare(sql);
      try {
        this.#db.checkRc(eachRow(this.#engine.sqlite3, statement, onRow));
      } finally {
        statement.finalize();
      }
    });
  }

  close() {
    this.#db?.close();
    this.#db = null;
    this.#engine.system.files.clear();
  }

  #attempt(work) {
    try {
      work();
    } catch (error) {
      const unreadable = this.#engine.system.takeFailure();
      this.close();
      throw error instanceof Failure ? error : explain(this.#name, error, unreadable, this.#engine.sqlite3.capi);
    }
  }
}

function explain(name, error, unreadable, capi) {
  if (unreadable) {
    return new Failure(
      'locked',
      `${name} could not be read: the browser it belongs to may hold it open, or it was moved. Close that browser, or copy the file first and choose the copy.`,
    );
  }
  const code = error.resultCode & 0xff;
  if (code === capi.SQLITE_NOTADB) {
    return new Failure(
      'not-a-database',
      `${name} is encrypted or no SQLite database. Choose the browser's own file, as the guide describes.`,
    );
  }
  if (code === capi.SQLITE_CORRUPT || code === capi.SQLITE_IOERR || code === capi.SQLITE_CANTOPEN) {
    return new Failure(
      'partial',
      `${name} is not whole: it was probably copied while its browser was writing to it. Close that browser and copy the file again, together with the files beside it that end in -wal or -journal.`,
    );
  }
  return new Failure('sqlite', `${name} could not be read (${error.message}). Close its browser and copy the file again.`);
}
