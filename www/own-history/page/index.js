import { HistoryReader } from '../reader.js';
import { demoItems } from '../../demo.js';
import { counted } from '../../format.js';
import { createDesk } from './desk.js';
import { createOwnDialogs } from './dialogs.js';
import { knowledge } from './knowledge.js';
import { createLearning, TABLE } from './learning.js';
import { unpacked } from './payload.js';
import { createPreview } from './preview-view.js';
import { refindRange } from './refind.js';
import { watchRequests } from './requests.js';
import { createStages } from './stages.js';
import { Vault } from './vault.js';

const SHOWN = 10;
const DAY = 86_400_000;

/** What is known of a visitor's own history, as the page shows it. */
const NOTHING = {
  phase: 'none',
  preview: null,
  // Counts what was opened: choices make another preview of the same reading.
  reading: 0,
  options: { level: 'page', include: [], exclude: [] },
  learning: null,
  shelves: null,
  refound: null,
  evaluation: null,
  visits: 0,
  pool: [],
  // Is the bundled catalogue a pool too?
  bundled: false,
  blurred: false,
  keptUntil: null,
};

/**
 * A visitor's own history on the page. `view` draws it; all else are things to do. The reader's worker holds what was learned from, so that
 * forgetting learns anew from the rest: nothing forgotten stays, in a model or a catalogue.
 */
export async function createOwnHistory({ rec, store, attempt, importLog }) {
  await stylesheet();
  const [reader, catalogue] = await Promise.all([HistoryReader.open(), demoItems()]);
  const requests = watchRequests();
  const vault = new Vault();
  const ask = createOwnDialogs();
  const own = () => store.state.own ?? NOTHING;
  const set = (patch) => store.set({ own: { ...own(), ...patch } });
  // What was there before a preview: the stage, and this state of it.
  let before = null;
  let readings = 0;
  let turn = Promise.resolve();
  // One after the other: each begins with what the one before left.
  const inTurn = (work) => (turn = turn.then(() => attempt(work)));

  async function read(files, options) {
    requests.mark();
    store.set({ busy: `Reading ${files.map(({ name }) => name).join(' and ')}` });
    return reader.read(files, options);
  }

  async function open(files) {
    const answer = await read(files);
    // It says so itself, and leaves this behind.
    if (answer.status === 'log') return importLog(files);
    if (own().phase !== 'preview') before = { stage: store.state.stage, own: store.state.own };
    set({ ...NOTHING, blurred: own().blurred, phase: 'preview', preview: answer.preview, reading: (readings += 1) });
    store.set({ stage: 'own', busy: null });
    scrollTo(0, 0);
  }

  async function choose(patch) {
    const options = { ...own().options, ...patch };
    // At once, so that a tick stays where it was put while the rest is counted anew.
    set({ options });
    set({ preview: (await reader.choose(options)).preview });
  }

  const { learn, stock, stop, seal, sealable, forgetAll } = createLearning({ rec, store, own, set, vault, catalogue });
  const sealSoon = debounced(2000, () => inTurn(async () => vault.open && seal(await reader.take())));

  async function forget(what, told) {
    store.set({ busy: 'Forgetting' });
    const { forgotten, ...rest } = await reader.forget(what);
    if (!forgotten) return store.set({ status: 'There was nothing of that. Nothing changed.' });
    stop();
    await learn(rest);
    store.set({
      status: `${told} ${forgotten === 1 ? 'is' : 'are'} forgotten: ${counted(forgotten, 'visit')} fewer, and all that was learned was learned anew without ${forgotten === 1 ? 'it' : 'them'}.`,
    });
  }

  const actions = {
    open: (files) => open(files),
    choose: (patch) => attempt(() => choose(patch)),
    toggleKind: (id, on) => attempt(() => choose({ include: toggled(own().options.include, id, on) })),
    toggleSite: (site, on) => attempt(() => choose({ exclude: toggled(own().options.exclude, site, !on) })),
    cancel: () =>
      inTurn(async () => {
        await reader.cancel();
        store.set({ ...before, status: 'Nothing was learned.' });
      }),
    learn: () =>
      inTurn(async () => {
        store.set({ busy: 'Learning' });
        stop();
        await learn(await reader.take());
      }),

    opened: (item) =>
      inTurn(async () => {
        const time = Date.now();
        await Promise.all([reader.visit(item.id, time), rec.record({ item: item.id, time })]);
        set({ pool: own().pool.filter(({ id }) => id !== item.id) });
        await stock();
        sealSoon();
      }),

    refind: latest(async (isLatest, text, when) => {
      const { query, ...range } = refindRange(text, when);
      const found = query ? await rec.refind(query, { k: SHOWN, ...range }) : null;
      if (isLatest()) set({ refound: found && { ...found, query } });
    }),

    askForget: (item) =>
      inTurn(async () => {
        const chosen = await ask.forget(item);
        if (chosen) await forget(chosen.what, chosen.told);
      }),
    forgetSite: (site) => inTurn(() => forget({ site }, site)),
    forgetDay: (day) =>
      inTurn(async () => {
        const from = new Date(`${day}T00:00`).getTime();
        const to = new Date(new Date(from).setDate(new Date(from).getDate() + 1)).getTime();
        await forget({ from, to }, `The visits of ${new Intl.DateTimeFormat('en', { dateStyle: 'long' }).format(from)}`);
      }),
    forgetEverything: () =>
      inTurn(async () => {
        if (!(await ask.forgetEverything(own()))) return;
        await vault.delete();
        await forgetAll();
        reader.close();
        store.set({ own: null, kept: null, stage: 'welcome', summary: await rec.summary(), status: 'Everything is forgotten.' });
        actions.ended();
      }),

    addPool: (files) =>
      inTurn(async () => {
        store.set({ busy: 'Reading' });
        const { bytes, pool } = await reader.addPool(files);
        await seal({ bytes, pool });
        set({ pool });
        await stock();
        store.set({ status: `${counted(pool.length, 'page')} never opened ${pool.length === 1 ? 'is' : 'are'} ranked under New.` });
      }),

    useBundled: () =>
      inTurn(async () => {
        set({ bundled: true });
        await stock();
        sealSoon();
      }),

    blur: (blurred) => set({ blurred }),
    knowledge: () => attempt(async () => ask.knowledge(await knowledge(rec, own()))),

    keep: (on) =>
      inTurn(async () => {
        if (!on) {
          await vault.delete();
          set({ keptUntil: null });
          store.set({ status: 'Nothing is kept on this device any more.' });
          return;
        }
        const answer = await ask.keep();
        if (!answer) return set({ keptUntil: null });
        store.set({ busy: 'Sealing' });
        await vault.create(answer.passphrase, Date.now() + answer.days * DAY, sealable(await reader.take()));
        set({ keptUntil: vault.expires });
        store.set({ status: 'Kept on this device, sealed with your passphrase.' });
      }),

    /** Opens what is kept. */
    async unlock(passphrase) {
      requests.mark();
      store.set({ busy: 'Opening what is kept' });
      const { head, table } = unpacked(await vault.unlock(passphrase));
      await reader.read([new File([table], TABLE)], head.options);
      set({ ...NOTHING, options: head.options, bundled: head.bundled, keptUntil: vault.expires });
      await reader.addPool([poolFile(head.pool)]);
      await learn(await reader.take());
    },
    deleteKept: () => vault.delete(),
    close() {
      stop();
      reader.close();
    },
    ended: () => {},
    requests,
  };
  actions.view = createStages({ preview: createPreview(actions), shelves: createDesk(actions) });
  return actions;
}

// The pool as Chrome's own bookmarks file: one reader for all.
const poolFile = (pool) =>
  new File([JSON.stringify({ roots: { kept: { children: pool.map(({ id, title }) => ({ url: id, name: title })) } } })], 'Bookmarks');

const toggled = (list, value, on) => (on ? [...new Set([...list, value])] : list.filter((other) => other !== value));

function debounced(delay, work) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, delay);
  };
}

/** Only the newest call's answer counts. */
function latest(work) {
  let number = 0;
  return (...values) => {
    const mine = (number += 1);
    return work(() => mine === number, ...values);
  };
}

function stylesheet() {
  return new Promise((resolve, reject) => {
    const link = document.createElement('link');
    Object.assign(link, { rel: 'stylesheet', href: new URL('../own.css', import.meta.url).href, onload: resolve });
    link.onerror = () => reject(new Error('The page’s own files could not be loaded. Check the connection and try again.'));
    document.head.append(link);
  });
}
