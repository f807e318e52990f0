import { demoItems } from './demo.js';
import { counted, modelName, quoted, upper } from './format.js';
import { isOwnHistory, ownHistory } from './own.js';
import { PAGE } from './store.js';
import { training } from './training.js';

const SHOWN = 8;
// More of the history than is shown: Browse marks what was viewed.
const HISTORY = 500;

/** Everything a visitor can do: each asks the recommender, then lays what it answered into the store. */
export function createActions({ rec, store, ask }) {
  const set = store.set;
  const state = () => store.state;

  /** Shows what went wrong. */
  const fail = ({ message }) => set({ error: { message } });

  /** Does what the visitor asked for; what goes wrong is shown, and what was there before stays. */
  async function attempt(work) {
    set({ error: null });
    try {
      await work();
    } catch (error) {
      fail(error);
    } finally {
      set({ busy: null });
    }
  }

  const newest = latest();
  const newestPage = latest();

  /** Asks again for all that is shown. */
  async function refresh() {
    const isNewest = newest();
    const [summary, next, browse, history] = await Promise.all([
      rec.summary(),
      rec.recommend({ k: SHOWN, repeats: state().repeats }),
      browsed(),
      rec.history({ limit: HISTORY }),
    ]);
    if (!isNewest()) return;
    set({
      own: null,
      summary,
      next,
      browse: { ...state().browse, ...browse },
      history: { ...state().history, ...history },
      stage: summary.items ? 'main' : 'welcome',
      trained: summary.model ? state().trained : null,
    });
  }

  function browsed() {
    const { query, topic, limit } = state().browse;
    return rec.browse({ query, topic: topic ?? undefined, limit });
  }

  async function evaluate() {
    const evaluation = state().summary?.model ? await rec.evaluate() : null;
    set({ evaluation });
  }

  // Measuring replays the history, so it waits until the visitor pauses.
  const evaluateSoon = debounced(1500, () => evaluate().catch(fail));

  async function refreshAll() {
    await refresh();
    await evaluate();
  }

  async function browse(patch) {
    const isNewest = newestPage();
    set({ browse: { ...state().browse, ...patch } });
    await attempt(async () => {
      const answer = await browsed();
      if (isNewest()) set({ browse: { ...state().browse, ...answer } });
    });
  }

  async function importFiles(files, who) {
    const answer = await rec.importFiles(files, who);
    set({ busy: null });
    if (answer.status === 'who') {
      const chosen = await ask.who(answer);
      if (chosen) return importFiles(files, chosen);
      set({ status: 'The import was cancelled. Nothing changed.' });
      return;
    }
    // One person's own history is a closed world: leaving out what was seen would leave nothing.
    set({ repeats: answer.summary.visitors ? 'exclude' : 'allow', evaluation: null });
    resetBrowsing();
    own.leaveOwn();
    await refresh();
    await ask.report(answer);
  }

  async function showKeeping() {
    set({ keeping: (await rec.storage()).state === 'kept' });
  }

  const keep = (on) =>
    attempt(async () => {
      try {
        const { state, reason } = await rec.consent(on);
        if (on && state !== 'kept') throw new Error(reason);
        set({ status: on ? 'Kept on this device from now on.' : 'Nothing is kept on this device any more.' });
      } finally {
        // What is shown is what is so, also where switching failed.
        await showKeeping();
      }
    });

  function resetBrowsing() {
    set({
      browse: { ...state().browse, query: '', topic: null, limit: PAGE },
      history: { ...state().history, shown: SHOWN },
    });
  }

  const openLog = async (files) => {
    set({ busy: `Reading ${files.map(({ name }) => name).join(' and ')}` });
    await importFiles(files);
  };
  const own = ownHistory({ rec, store, attempt, importLog: openLog });

  return {
    refresh: () => attempt(refreshAll),
    ...own,

    tryDemo: () =>
      attempt(async () => {
        set({ busy: 'Simulating visitors' });
        await rec.setCatalogue(await demoItems());
        await rec.simulate({ seed: 1, visitors: 1200 });
        resetBrowsing();
        set({ repeats: 'exclude', evaluation: null });
        own.leaveOwn();
        await refresh();
      }),

    open: (files) => attempt(() => openLog(files)),

    /** What was dropped, whichever of the two it is. */
    drop: (files) => (isOwnHistory(files) ? own.openOwn(files) : attempt(() => openLog(files))),

    view: (item) =>
      attempt(async () => {
        await rec.record(item.id);
        await refresh();
        const first = state().next.items[0];
        set({ status: `Viewed ${quoted(item)}.${first ? ` First for you now: ${quoted(first.item)}.` : ''}` });
        evaluateSoon();
      }),

    search: debounced(120, (query) => browse({ query, limit: PAGE })),
    chooseTopic: (topic) => browse({ topic, limit: PAGE }),
    showMoreItems: () => browse({ limit: state().browse.limit + PAGE }),

    setRepeats: (repeats) =>
      attempt(async () => {
        set({ repeats });
        await refresh();
      }),

    showMoreHistory: () => set({ history: { ...state().history, shown: state().history.shown + 50 } }),

    forget: (item) =>
      attempt(async () => {
        const had = state().summary.model;
        const { model } = await rec.forget({ item: item.id });
        await refreshAll();
        const lost = model === 'dropped' ? ` ${upper(modelName(had.name))} had learned from it and is gone too.` : '';
        set({ status: `${quoted(item)} is forgotten.${lost}` });
      }),

    forgetAll: () =>
      attempt(async () => {
        if (!(await ask.forgetAll(state()))) return;
        await rec.forget({ all: true });
        await rec.setCatalogue([]);
        resetBrowsing();
        set({ keeping: false, evaluation: null });
        await refresh();
        set({ status: 'Everything is forgotten.' });
      }),

    showWhy: (item) =>
      attempt(async () => ask.why(await rec.explain(item.id, { k: SHOWN, repeats: state().repeats }))),

    showSimilar: (item) =>
      attempt(async () => {
        const { items } = await rec.similar(item.id, { k: SHOWN });
        ask.similar(item, items);
      }),

    keep,

    /** Where things are kept changed unasked: another tab, or a full disk. */
    keptChanged({ state: where, reason }) {
      if (state().keeping && where !== 'kept') set({ status: reason });
      set({ keeping: where === 'kept' });
    },

    /** Something went wrong unasked: a save, or Home itself. */
    async failed(error) {
      fail(error);
      await showKeeping().catch(() => {});
    },

    /** What was kept could not be restored. */
    refused: ({ message }) =>
      set({
        error: {
          message: `What was kept on this device could not be read: ${message} It is still there.`,
          remedy: { label: 'Delete it', run: () => keep(false) },
        },
      }),

    dismissError: () => set({ error: null }),

    ...training({ rec, store, attempt, refreshAll }),
  };
}

/** What a visitor holds, in a sentence. */
export function holdings({ items, visitors, simulated }) {
  const others = visitors ? `, ${counted(visitors, simulated ? 'simulated visitor' : 'other visitor')}` : '';
  return `${counted(items, 'item')}${others}`;
}

/** Each call makes the calls before it old: it gives a function that tells whether its own is still the newest. */
function latest() {
  let number = 0;
  return () => {
    const mine = ++number;
    return () => mine === number;
  };
}

function debounced(delay, work) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...values), delay);
  };
}
