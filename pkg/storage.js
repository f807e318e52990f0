// Runs inside Home: bytes in, bytes out; Rust owns their format. One record in IndexedDB, written with strict durability.
// Nothing, not even an empty database, is on the device until keeping is asked for, and nothing is left when it ends.

const DATABASE = 'homebody';
const STORE = 'state';
const KEY = 'home';
const SAVE_DELAY_MS = 500;

/** Home's state as kept on this device. Off until asked. */
export class Kept {
  #save;
  #restore;
  #onFailure;
  #keeping = false;
  #refused = null;
  // The revision that this Home last read or wrote; another one in the record means that another tab was here.
  #revision = null;
  #dirty = false;
  #timer;
  #last = Promise.resolve();

  /** `save()` gives the state, `restore(bytes)` takes it back, `onFailure` hears of saves that nobody waits for. */
  constructor({ save, restore, onFailure }) {
    this.#save = save;
    this.#restore = restore;
    this.#onFailure = onFailure;
  }

  /** Is the state kept, and was what is kept refused? */
  get status() {
    return { keeping: this.#keeping, refused: this.#refused };
  }

  /** Restores what is kept, if anything. What is refused stays where it is, untouched, until `keep` is called. */
  async open() {
    const record = await read().catch(() => null);
    if (!record) return this.status;
    try {
      this.#restore(record.bytes);
      this.#revision = record.revision;
      this.#keeping = true;
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) throw error;
      this.#refused = { code: error.code ?? 'storage', message: String(error.message ?? error) };
    }
    return this.status;
  }

  /** Notes a change; it is saved soon. */
  changed() {
    if (!this.#keeping) return;
    this.#dirty = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush().catch(this.#onFailure), SAVE_DELAY_MS);
  }

  /** Saves what is not saved yet; answered once it is on the device. */
  flush() {
    clearTimeout(this.#timer);
    return this.#serially(async () => {
      if (this.#dirty) await this.#write(this.#revision);
    });
  }

  /** Turns keeping on (answered once the state is on the device) or off (answered once it is gone from there). */
  keep(on) {
    clearTimeout(this.#timer);
    return this.#serially(async () => {
      if (on) await this.#write(ANY);
      else await remove();
      this.#keeping = on;
      this.#dirty = false;
      this.#refused = null;
      return this.status;
    });
  }

  async #write(expected) {
    this.#dirty = false;
    const record = { revision: Math.random(), bytes: this.#save() };
    try {
      await write(record, expected);
      this.#revision = record.revision;
    } catch (error) {
      if (error.code === 'conflict') this.#keeping = false;
      else this.#dirty = true;
      throw error;
    }
  }

  #serially(work) {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }
}

const ANY = Symbol('any revision');

async function read() {
  const database = await open({ create: false });
  if (!database) return null;
  try {
    const transaction = database.transaction(STORE, 'readonly');
    return await result(transaction.objectStore(STORE).get(KEY));
  } finally {
    database.close();
  }
}

async function write(record, expected) {
  const database = await open({ create: expected === ANY });
  if (!database) throw conflict();
  try {
    const transaction = database.transaction(STORE, 'readwrite', { durability: 'strict' });
    const store = transaction.objectStore(STORE);
    const current = await result(store.get(KEY));
    if (expected !== ANY && current?.revision !== expected) throw conflict();
    store.put(record, KEY);
    await completed(transaction);
  } finally {
    database.close();
  }
}

async function remove() {
  await result(indexedDB.deleteDatabase(DATABASE));
}

/** The database; null where there is none and `create` is false (it is not made just by looking). */
function open({ create }) {
  return new Promise((resolve, reject) => {
    let request;
    try {
      request = indexedDB.open(DATABASE, 1);
    } catch (error) {
      return reject(storageError(error));
    }
    request.onupgradeneeded = () => {
      if (create) request.result.createObjectStore(STORE);
      else request.transaction.abort();
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => (!create && request.error.name === 'AbortError' ? resolve(null) : reject(storageError(request.error)));
  });
}

function result(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(storageError(request.error));
  });
}

function completed(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(storageError(transaction.error));
  });
}

const failure = (code, message) => Object.assign(new Error(message), { code });

const conflict = () =>
  failure(
    'conflict',
    'Another tab of this site changed what is kept on this device, so this tab no longer saves. Reload it to go on from there.',
  );

const storageError = (error) =>
  failure(
    'storage',
    `This browser did not let the page use its storage (${error?.name ?? 'unknown reason'}). ` +
      'Free some space or leave private browsing, then switch keeping on again.',
  );
