import { HistoryReader } from '../reader.js';
import { demoItems } from '../../demo.js';
import { counted } from '../../format.js';
import { createDesk } from './desk.js';
import { createOwnDialogs } from './dialogs.js';
import { knowledge } from './knowledge.js';
import { packed, unpacked } from './payload.js';
import { createPreview } from './preview-view.js';
import { refindRange } from './refind.js';
import { watchRequests } from './requests.js';
import { createStages } from './stages.js';
import { Vault } from './vault.js';

const SHOWN = 10;
const DAY = 86_400_000;
const TABLE = 'history.csv';

/** What is known of a visitor's own history, as the page shows it. */
const NOTHING = {
  phase: 'none',
  preview: null,
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
  let before = 'welcome';
  let learning = 0;

  async function read(files, options) {
    requests.mark();
    store.set({ busy: `Reading ${files.map(({ name }) => name).join(' and ')}` });
    return reader.read(files, options);
  }

  async function open(files) {
    const answer = await read(files);
    // It says so itself, and leaves this behind.
    if (answer.status === 'log') return importLog(files);
    if (store.state.stage !== 'own') before = store.state.stage;
    set({ ...NOTHING, blurred: own().blurred, phase: 'preview', preview: answer.preview });
    store.set({ stage: 'own', busy: null });
    scrollTo(0, 0);
  }

  async function choose(patch) {
    const options = { ...own().options, ...patch };
    // At once, so that a tick stays where it was put while the rest is counted anew.
    set({ options });
    set({ preview: (await reader.choose(options)).preview });
  }

  /** Learns from what the reader took, and seals it where things are kept. */
  async function learn({ bytes, visits, pool }) {
    await seal({ bytes, pool });
    if (!visits) return nothingLeft();
    // What was kept before, of the demo or a log, would otherwise be followed by this, and unsealed.
    if (store.state.keeping) await rec.consent(false);
    const { summary } = await rec.importFiles([{ name: TABLE, bytes }]);
    set({
      phase: 'shelves',
      preview: null,
      pool,
      visits,
      shelves: null,
      learning: { learned: 0, of: visits },
      refound: null,
      evaluation: null,
    });
    store.set({ summary, keeping: false, stage: 'own', busy: null });
    learnOn();
  }

  async function forgetAll() {
    await rec.forget({ all: true });
    return rec.setCatalogue([]);
  }

  async function nothingLeft() {
    await forgetAll();
    set({ ...NOTHING, phase: 'none', blurred: own().blurred });
    store.set({ stage: 'welcome', busy: null });
  }

  const sealed = ({ bytes, pool }) => packed({ options: own().options, bundled: own().bundled, pool }, bytes);
  const seal = async (taken) => vault.open && vault.save(sealed(taken));
  const sealSoon = debounced(2000, () => attempt(async () => vault.open && seal(await reader.take())));

  async function stock() {
    const pool = own().bundled ? [...own().pool, ...catalogue] : own().pool;
    set({ shelves: await rec.shelves({ k: SHOWN, pool }) });
  }

  // A newer start ends an older one.
  async function learnOn() {
    const mine = (learning += 1);
    try {
      for await (const progress of rec.learnHistory()) {
        if (mine !== learning) return;
        set({ learning: progress });
      }
      await stock();
      if (mine !== learning) return;
      set({ learning: null });
      const evaluation = await rec.historyEvaluation();
      if (mine === learning) set({ evaluation });
    } catch (error) {
      if (mine === learning) store.set({ error: { message: error.message } });
    }
  }

  async function forget(what, told) {
    store.set({ busy: 'Forgetting' });
    learning += 1;
    const { forgotten, ...rest } = await reader.forget(what);
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
    cancel: () => store.set({ stage: before === 'own' ? 'welcome' : before, status: 'Nothing was learned.' }),
    learn: () =>
      attempt(async () => {
        store.set({ busy: 'Learning' });
        await learn(await reader.take());
      }),

    opened: (item) =>
      attempt(async () => {
        const time = Date.now();
        await Promise.all([reader.visit(item.id, time), rec.record({ item: item.id, time })]);
        await stock();
        sealSoon();
      }),

    refind: latest(async (isLatest, text, when) => {
      const { query, ...range } = refindRange(text, when);
      const found = query ? await rec.refind(query, { k: SHOWN, ...range }) : null;
      if (isLatest()) set({ refound: found && { ...found, query } });
    }),

    askForget: (item) =>
      attempt(async () => {
        const chosen = await ask.forget(item);
        if (chosen) await forget(chosen.what, chosen.told);
      }),
    forgetSite: (site) => attempt(() => forget({ site }, site)),
    forgetDay: (day) =>
      attempt(async () => {
        const from = new Date(`${day}T00:00`).getTime();
        const to = new Date(new Date(from).setDate(new Date(from).getDate() + 1)).getTime();
        await forget({ from, to }, `The visits of ${new Intl.DateTimeFormat('en', { dateStyle: 'long' }).format(from)}`);
      }),
    forgetEverything: () =>
      attempt(async () => {
        if (!(await ask.forgetEverything(own()))) return;
        learning += 1;
        await vault.delete();
        await forgetAll();
        reader.close();
        store.set({ own: null, kept: null, stage: 'welcome', summary: await rec.summary(), status: 'Everything is forgotten.' });
        actions.ended();
      }),

    addPool: (files) =>
      attempt(async () => {
        store.set({ busy: 'Reading' });
        const { bytes, pool } = await reader.addPool(files);
        await seal({ bytes, pool });
        set({ pool });
        await stock();
        store.set({ status: `${counted(pool.length, 'page')} never opened ${pool.length === 1 ? 'is' : 'are'} ranked under New.` });
      }),

    useBundled: () =>
      attempt(async () => {
        set({ bundled: true });
        await stock();
        sealSoon();
      }),

    blur: (blurred) => set({ blurred }),
    knowledge: () => attempt(async () => ask.knowledge(await knowledge(rec, own()))),

    keep: (on) =>
      attempt(async () => {
        if (!on) {
          await vault.delete();
          set({ keptUntil: null });
          store.set({ status: 'Nothing is kept on this device any more.' });
          return;
        }
        const answer = await ask.keep();
        if (!answer) return set({ keptUntil: null });
        store.set({ busy: 'Sealing' });
        await vault.create(answer.passphrase, Date.now() + answer.days * DAY, sealed(await reader.take()));
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
      learning += 1;
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
