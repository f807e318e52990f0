import { Bytes } from './bytes.js';
import { Failure } from './failure.js';
import { chrome } from './formats/chrome.js';
import { readCsv } from './formats/csv.js';
import { firefox } from './formats/firefox.js';
import { jsonKind, readChromeBookmarks, readJson } from './formats/json.js';
import { markupKind, readMarkup } from './formats/markup.js';
import { safari } from './formats/safari.js';
import { beginning } from './formats/text.js';
import { isZip, openZip } from './formats/zip.js';
import { Database, isSqlite } from './sqlite/database.js';

const DATABASES = [chrome, firefox, safari];
const HEAD = 64 * 1024;
const BESIDE = /^(.*?)(-wal|-journal|-shm)$/;

/** What the formats are called. */
const NAMES = {
  takeout: 'Google Takeout',
  'safari-export': 'Safari’s export',
  json: 'JSON',
  'json-lines': 'JSON Lines',
  csv: 'CSV',
  bookmarks: 'Bookmarks',
  opml: 'OPML',
  feed: 'A feed',
};

/**
 * Reads what was chosen into `visits` and a list of bookmarks, whatever each file is. Returns `{sources, notes, pool, log}`; `log`: the
 * files are a log of items or of several people, which is the recommender's to read. `engine` gives SQLite. Throws a `Failure`.
 */
export async function readFiles(files, engine, visits) {
  const state = { engine, visits, pool: [], notes: [], sources: [], log: false };
  for (const group of grouped(files)) await readOne(group, state);
  if (!state.sources.length && !state.log) {
    throw new Failure('nothing', 'None of these files is a history. Choose the files that the guide for your browser names.');
  }
  return state;
}

/** Each file with those that its browser keeps beside it. */
function grouped(files) {
  const main = files.filter(({ name }) => !BESIDE.test(name));
  const beside = (name, ending) => files.find((file) => file.name === name + ending);
  const orphan = files.find(({ name }) => BESIDE.test(name) && !main.some((file) => file.name === name.match(BESIDE)[1]));
  if (orphan && !main.length) {
    const [, name] = orphan.name.match(BESIDE);
    throw new Failure('alone', `${orphan.name} is only what its browser had not yet written into ${name}. Choose both together.`);
  }
  return main.map((file) => ({ file, wal: beside(file.name, '-wal'), journal: beside(file.name, '-journal') }));
}

async function readOne({ file, wal, journal }, state) {
  const head = await headOf(file);
  if (!head.length) throw new Failure('empty', `${file.name} is empty. Copy it again while its browser is closed.`);
  if (isSqlite(head)) return readDatabase({ file, wal, journal }, state, await state.engine());
  if (isZip(head)) {
    for (const { name, kind, stream } of await openZip(file.name, file)) await readStream(`${file.name}: ${name}`, stream(), kind, state);
    return;
  }
  const text = beginning(head);
  const markup = text.startsWith('<') ? markupKind(text) : null;
  if (markup) return readStream(file.name, file.stream(), markup, state);
  if (/^[[{]/.test(text)) return readJsonFile(file, text, state);
  if (isText(head)) return readTable(file, state);
  throw new Failure(
    'unknown',
    `${file.name} is no history: neither a browser's database, an archive, nor a text that can be read. Choose the file that the guide for your browser names.`,
  );
}

async function headOf(file) {
  try {
    return new Uint8Array(await file.slice(0, HEAD).arrayBuffer());
  } catch {
    throw new Failure(
      'locked',
      `${file.name} cannot be opened: its browser holds it, or it was moved. Close that browser, or copy the file first and choose the copy.`,
    );
  }
}

function isText(head) {
  return !head.includes(0) && !new TextDecoder().decode(head.subarray(0, head.length - 4)).includes('\ufffd');
}

async function readJsonFile(file, text, state) {
  const kind = jsonKind(text);
  if (kind === 'bookmarks') return addPool(file.name, kind, await readChromeBookmarks(file.name, file), state);
  // Objects with a user or an item that is no address are the recommender's to read.
  if (kind.startsWith('json') && !/https?:\\?\/\\?\//.test(text)) state.log = true;
  else return readStream(file.name, file.stream(), kind, state);
}

async function readTable(file, state) {
  const before = state.visits.length;
  const { log, notes } = await readCsv(file.name, file, state.visits);
  if (log) state.log = true;
  else told(file.name, 'csv', state, before, notes);
}

async function readStream(name, stream, kind, state) {
  if (kind === 'bookmarks' || kind === 'opml' || kind === 'feed') return addPool(name, kind, await readMarkup(stream, kind), state);
  const before = state.visits.length;
  told(name, kind, state, before, await readJson(name, stream, kind, state.visits));
}

function readDatabase({ file, wal, journal }, state, engine) {
  const of = (part) => part && Bytes.ofBlob(part);
  const database = new Database(engine, { name: file.name, main: of(file), wal: of(wal), journal: of(journal) });
  try {
    const tables = database.tables();
    const format = DATABASES.find(({ reads }) => reads(tables));
    if (!format) throw foreign(file.name, tables);
    const before = state.visits.length;
    const bookmarks = format.read(database, state.visits, tables);
    if (state.visits.length === before) {
      throw new Failure(
        'no-visits',
        `${file.name} holds no visits: that history was cleared, or is another profile's. Choose the profile that you browse with.`,
      );
    }
    told(file.name, format.name, state, before, missing(file.name, format, wal));
    if (bookmarks.length) addPool(file.name, 'bookmarks', bookmarks, state);
  } finally {
    database.close();
  }
}

function missing(name, { id }, wal) {
  if (id !== 'firefox' || wal) return [];
  return [`${name} came without ${name}-wal: if that file lies beside it, the latest visits are in there. Choose both together.`];
}

function foreign(name, tables) {
  const held = [...tables.keys()].slice(0, 4).join(', ') || 'nothing';
  return new Failure(
    'foreign',
    `${name} is a database of another program (it holds ${held}). A browser's history is called History, places.sqlite or History.db.`,
  );
}

function told(name, format, { sources, notes, visits }, before, more) {
  sources.push({ name, format: NAMES[format] ?? format, visits: visits.length - before });
  notes.push(...more);
}

function addPool(name, kind, found, { pool, sources }) {
  for (const entry of found) pool.push(entry);
  if (!sources.some((source) => source.name === name)) sources.push({ name, format: NAMES[kind], visits: 0, pages: found.length });
}
