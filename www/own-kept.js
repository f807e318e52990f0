// Is a sealed history kept on this device? Asked before anything about it is loaded, and without creating anything.

export const DATABASE = 'homebody-own-history';
export const STORE = 'sealed';
export const RECORD = 'history';

/** `{expires}` of what is kept, or null; what has expired is deleted. */
export async function keptHistory() {
  try {
    // Firefox lists databases from 126 on; opening one that is not there makes none, either.
    const known = await indexedDB.databases?.();
    if (known && !known.some(({ name }) => name === DATABASE)) return null;
    const record = await read();
    if (record && record.expires > Date.now()) return { expires: record.expires };
    indexedDB.deleteDatabase(DATABASE);
  } catch {
    // Storage that is denied keeps nothing.
  }
  return null;
}

function read() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE);
    opening.onerror = () => reject(opening.error);
    opening.onupgradeneeded = () => opening.transaction.abort();
    opening.onsuccess = () => {
      const database = opening.result;
      const asked = database.transaction(STORE).objectStore(STORE).get(RECORD);
      asked.onsuccess = () => (database.close(), resolve(asked.result));
      asked.onerror = () => (database.close(), reject(asked.error));
    };
  });
}
