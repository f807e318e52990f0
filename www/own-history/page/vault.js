import { HomebodyError } from '../../../pkg/index.js';
import { DATABASE, RECORD, STORE } from '../../own-kept.js';

// A history that is kept: sealed with a passphrase before it is written, and only until a day that the visitor chose. The key is derived by
// PBKDF2 with 600,000 rounds of SHA-256 (OWASP's figure of 2023) and seals with AES-GCM, which also tells a wrong passphrase.

const ROUNDS = 600_000;

/** What keeps: it holds the key in memory, so that changes are sealed without asking again. */
export class Vault {
  #key = null;
  #salt = null;
  expires = null;

  get open() {
    return this.#key !== null;
  }

  /** Keeps `payload` (bytes) until `expires` under a passphrase. */
  async create(passphrase, expires, payload) {
    this.#salt = crypto.getRandomValues(new Uint8Array(16));
    this.#key = await derived(passphrase, this.#salt);
    this.expires = expires;
    await this.save(payload);
  }

  /** Seals and writes; nothing where nothing is kept. */
  async save(payload) {
    if (!this.#key) return;
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, this.#key, await squeezed(payload));
    await write({ version: 1, salt: this.#salt, iv, sealed: new Uint8Array(sealed), expires: this.expires });
  }

  /** Opens what is kept. */
  async unlock(passphrase) {
    const record = await request('readonly', (store) => store.get(RECORD));
    if (!record || record.expires <= Date.now()) throw new HomebodyError('expired', 'What was kept has expired and is gone.');
    const key = await derived(passphrase, record.salt);
    let opened;
    try {
      opened = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: record.iv }, key, record.sealed);
    } catch {
      throw new HomebodyError(
        'passphrase',
        'That passphrase does not open it. Try again, or delete what is kept: without the passphrase nobody can read it.',
      );
    }
    this.#key = key;
    this.#salt = record.salt;
    this.expires = record.expires;
    return unsqueezed(opened);
  }

  async delete() {
    this.#key = null;
    this.expires = null;
    await request('readwrite', (store) => store.delete(RECORD));
    await gone();
  }
}

async function derived(passphrase, salt) {
  const material = await crypto.subtle.importKey('raw', new TextEncoder().encode(passphrase), 'PBKDF2', false, ['deriveKey']);
  return crypto.subtle.deriveKey(
    { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: ROUNDS },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  );
}

const through = (bytes, transform) => new Response(new Blob([bytes]).stream().pipeThrough(transform)).arrayBuffer();
const squeezed = (bytes) => through(bytes, new CompressionStream('gzip'));
const unsqueezed = async (bytes) => new Uint8Array(await through(bytes, new DecompressionStream('gzip')));

async function write(record) {
  try {
    await request('readwrite', (store) => store.put(record, RECORD));
  } catch (error) {
    const full = error.name === 'QuotaExceededError';
    throw new HomebodyError(
      full ? 'quota' : 'storage',
      full
        ? 'The browser’s storage for this page is full: nothing was kept. Free some space, or learn from sites instead of pages.'
        : `The browser did not let this page store anything (${error.message}). Nothing was kept; everything stays in memory.`,
    );
  }
}

function opened() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

async function request(mode, ask) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode, { durability: 'strict' });
      const asked = ask(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = () => reject(transaction.error ?? asked.error);
    });
  } finally {
    database.close();
  }
}

function gone() {
  return new Promise((resolve) => {
    const deleting = indexedDB.deleteDatabase(DATABASE);
    deleting.onsuccess = deleting.onerror = deleting.onblocked = () => resolve();
  });
}
