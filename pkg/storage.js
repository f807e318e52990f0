// IndexedDB inside Home: bytes and events in, bytes and events out; Rust owns the formats, kept.js what is written when.
// Everything is written with strict durability: a promise that resolved is on the device, also if the tab dies the next moment.

import { crc32 } from './crc.js';
import { failure } from './errors.js';

const DATABASE = 'homebody';
/** 1: one record, `home`. 2: a log of events, checkpoints by generation. */
const VERSION = 2;
const STATE = 'state';
const LOG = 'log';
const CHECKPOINT = 'checkpoint-';

/** Settings, the newest checkpoints first, an interrupted training; null where there is no database. Nothing is made by looking. */
export async function readState() {
  return transact('readonly', { create: false }, async (state) => {
    const [keys, settings, training] = await Promise.all([
      result(state.getAllKeys()),
      result(state.get('settings')),
      result(state.get('training')),
    ]);
    const generations = generationsOf(keys).reverse();
    const checkpoints = await Promise.all(generations.map((number) => result(state.get(CHECKPOINT + number))));
    // The key says it, whatever became of the record.
    return { settings, training, checkpoints: checkpoints.map((record, at) => ({ ...record, generation: generations[at] })) };
  });
}

/** Events of the log after a key: `[[key, event], …]`; null where there is no database. */
export const readLog = (after) => transact('readonly', { create: false }, (_, log) => eventsAfter(log, after));

/** Adds an event to the log and gives its key; null where there is no database. */
export const append = (event) => transact('readwrite', { create: false }, (_, log) => result(log.add(event)));

/**
 * Writes the next checkpoint. Inside the transaction: `catchUp(events)` takes in what other tabs added to the log, then `save()` gives the bytes.
 * Refused as `conflict` where the newest one is not `generation`, or where there is no database and none is to be made. The checkpoint before
 * stays, with the log since: should the new one ever be damaged, nothing is lost. With `wipe`, nothing of before stays.
 */
export async function writeCheckpoint({ generation, after, catchUp, save, settings, create, wipe }) {
  const written = await transact('readwrite', { create }, async (state, log) => {
    const generations = generationsOf(await result(state.getAllKeys()));
    const newest = generations.at(-1) ?? 0;
    if (newest !== generation) throw failure('conflict', 'Another tab wrote a newer checkpoint.');
    const events = await eventsAfter(log, after);
    catchUp(events);
    const through = events.at(-1)?.[0] ?? after;
    const bytes = save();
    state.put(sealed({ generation: newest + 1, through, bytes }), CHECKPOINT + (newest + 1));
    state.put(settings, 'settings');
    const before = newest && !wipe ? await result(state.get(CHECKPOINT + newest)) : null;
    for (const old of generations) if (wipe || old !== newest) state.delete(CHECKPOINT + old);
    if (wipe) {
      log.clear();
      state.delete('training');
    } else if (before?.through > 0) {
      log.delete(IDBKeyRange.upperBound(before.through));
    }
    return { generation: newest + 1, through };
  });
  if (!written) throw failure('conflict', 'Another tab deleted what was kept.');
  return written;
}

/** Is a checkpoint, or an interrupted training, as it was written, with these numbers? One of a newer format is refused. */
export function requireWhole(record, numbers) {
  if (record.format > VERSION) {
    throw failure('newer', 'What is kept on this device was written by a newer version.', 'Reload the page to get that version.');
  }
  const isWhole = numbers.every((name) => Number.isInteger(record[name])) && record.bytes instanceof Uint8Array;
  if (!isWhole || crc32(record.bytes) !== record.crc) {
    throw failure('corrupt', 'What is kept on this device was damaged.', 'Forget it, or go on without it.');
  }
  return record;
}

/** Bytes with what tells later whether they are whole. */
export const sealed = (record) => ({ ...record, format: VERSION, crc: crc32(record.bytes) });

/** Notes how far an interrupted training came; with null, that there is none. */
export const writeTraining = (training) =>
  transact('readwrite', { create: false }, (state) =>
    training ? state.put(training, 'training') : state.delete('training'),
  );

/** Writes settings. */
export const writeSettings = (settings, create = false) =>
  transact('readwrite', { create }, (state) => state.put(settings, 'settings'));

/** Deletes everything. */
export function removeAll() {
  return new Promise((resolve, reject) => {
    let request;
    try {
      request = indexedDB.deleteDatabase(DATABASE);
    } catch (error) {
      return reject(storageError(error));
    }
    request.onsuccess = () => resolve();
    request.onerror = () => reject(storageError(request.error));
  });
}

function generationsOf(keys) {
  const numbers = keys.filter((key) => String(key).startsWith(CHECKPOINT)).map((key) => Number(key.slice(CHECKPOINT.length)));
  return numbers.sort((a, b) => a - b);
}

async function eventsAfter(log, after) {
  const range = IDBKeyRange.lowerBound(after, true);
  const [keys, events] = await Promise.all([result(log.getAllKeys(range)), result(log.getAll(range))]);
  return keys.map((key, at) => [key, events[at]]);
}

/** Runs `work(state, log)` in one transaction; its value once that is committed. Null where there is no database. */
async function transact(mode, { create }, work) {
  const database = await open(create);
  if (!database) return null;
  try {
    const transaction = database.transaction([STATE, LOG], mode, { durability: 'strict' });
    const committed = completed(transaction);
    // Whoever fails first tells why; the other must not go unheard.
    committed.catch(() => {});
    let value;
    try {
      value = await work(transaction.objectStore(STATE), transaction.objectStore(LOG));
    } catch (error) {
      try {
        transaction.abort();
      } catch {
        // It was over already.
      }
      throw error;
    }
    await committed;
    return value instanceof IDBRequest ? value.result : value;
  } catch (error) {
    throw error.code && typeof error.code === 'string' ? error : storageError(error);
  } finally {
    database.close();
  }
}

/** The database; null where there is none and it is not to be made. */
function open(create) {
  return new Promise((resolve, reject) => {
    let request;
    try {
      request = indexedDB.open(DATABASE, VERSION);
    } catch (error) {
      return reject(storageError(error));
    }
    request.onupgradeneeded = ({ oldVersion }) => {
      if (oldVersion === 0 && !create) return request.transaction.abort();
      upgrade(request.result, request.transaction, oldVersion);
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () =>
      !create && request.error?.name === 'AbortError' ? resolve(null) : reject(storageError(request.error));
  });
}

function upgrade(database, transaction, from) {
  if (from < 1) database.createObjectStore(STATE);
  database.createObjectStore(LOG, { autoIncrement: true });
  if (from !== 1) return;
  const state = transaction.objectStore(STATE);
  state.get('home').onsuccess = ({ target }) => {
    const bytes = target.result?.bytes;
    state.delete('home');
    if (bytes) state.put(sealed({ generation: 1, through: 0, bytes }), `${CHECKPOINT}1`);
  };
}

function result(request) {
  const promise = new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(storageError(request.error));
  });
  // Of several requests of a transaction that fails, one tells why; the others must not count as unheard.
  promise.catch(() => {});
  return promise;
}

function completed(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(storageError(transaction.error));
  });
}

function storageError(error) {
  if (error?.name === 'QuotaExceededError') {
    return failure('quota', 'This device’s storage for this site is full.', 'Free some space.');
  }
  if (error?.name === 'VersionError') {
    return failure('newer', 'What is kept on this device was written by a newer version.', 'Reload the page to get that version.');
  }
  const cause = error?.name ?? 'unknown reason';
  return failure('storage', `This browser did not let the page use its storage (${cause}).`, 'Free some space, or leave private browsing.');
}
