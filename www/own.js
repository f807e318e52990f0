import { keptHistory } from './own-kept.js';

const OWN = /^(?:history|places|bookmarks)(?:$|[-_. (])|\.(?:sqlite|db|zip|opml|html?|xml|rss|atom)$|-(?:wal|journal)$|^[^.]+$/i;

/** Are these a browser's own files, by their names? */
export const isOwnHistory = (files) => files.some(({ name }) => OWN.test(name));

/** A visitor's own history. Everything about it is loaded when it is first asked for, and before a file is opened. */
export function ownHistory({ rec, store, attempt, importLog }) {
  let loading = null;

  function load() {
    loading ??= import('./own-history/page/index.js')
      .then(({ createOwnHistory }) => createOwnHistory({ rec, store, attempt, importLog }))
      .then((own) => {
        own.ended = () => (loading = null);
        store.set({ ownView: own.view });
        return own;
      })
      .catch((error) => {
        loading = null;
        throw error;
      });
    return loading;
  }

  const withOwn = (busy, work) =>
    attempt(async () => {
      store.set({ busy });
      await work(await load());
    });

  return {
    openOwn: (files) => withOwn('Getting what reads histories', (own) => own.open(files)),
    /** So that nothing is left to load when the visitor has chosen, and the connection may be gone. */
    prepareOwn: () => load().catch(() => {}),
    unlockOwn: (passphrase) => withOwn('Getting what opens it', (own) => own.unlock(passphrase)),
    deleteOwn: () =>
      withOwn('Deleting', async (own) => {
        await own.deleteKept();
        store.set({ kept: null, status: 'What was kept is deleted.' });
      }),
    /** Other data took its place: what the reader holds goes with it. */
    leaveOwn: async () => {
      const left = loading;
      loading = null;
      (await left?.catch(() => null))?.close();
    },
    checkKept: async () => store.set({ kept: await keptHistory() }),
  };
}
