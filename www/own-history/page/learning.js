import { painted } from '../../dom.js';
import { packed } from './payload.js';

const SHOWN = 10;
/** What the table is called, where it has to have a name. */
export const TABLE = 'history.csv';

/**
 * What is learned of a visitor's own history, and sealed where it is kept. `own` gives what the page shows of it, `set` lays a patch over that;
 * `catalogue` is what the shelf New may rank beside the pool.
 */
export function createLearning({ rec, store, own, set, vault, catalogue }) {
  let newest = 0;

  /** Learns from what the reader took, from the beginning. */
  async function learn({ bytes, visits, pool }) {
    await seal({ bytes, pool });
    if (!visits) return nothingLeft();
    // What was kept before, of the demo or a log, would otherwise be followed by this, and unsealed.
    if (store.state.keeping) await rec.consent(false);
    // Handed over: two tables in memory would be one too many.
    const { summary } = await rec.importFiles([{ name: TABLE, bytes: bytes.buffer }]);
    const learning = { learned: 0, of: visits };
    set({ phase: 'shelves', preview: null, pool, visits, learning, shelves: null, refound: null, evaluation: null });
    store.set({ summary, keeping: false, stage: 'own', busy: null });
    learnOn();
  }

  async function nothingLeft() {
    await forgetAll();
    store.set({ own: null, stage: 'welcome', busy: null });
  }

  async function forgetAll() {
    stop();
    await rec.forget({ all: true });
    await rec.setCatalogue([]);
  }

  // A newer start ends an older one.
  async function learnOn() {
    const mine = (newest += 1);
    try {
      // With two processors, what Home does next would take time from the frame that is due.
      await painted();
      if (mine !== newest) return;
      for await (const learning of rec.learnHistory()) {
        if (mine !== newest) return;
        set({ learning });
      }
      await stock();
      if (mine !== newest) return;
      set({ learning: null });
      await painted();
      if (mine !== newest) return;
      const evaluation = await rec.historyEvaluation();
      if (mine === newest) set({ evaluation });
    } catch (error) {
      if (mine === newest) store.set({ error: { message: error.message } });
    }
  }

  /** Asks for the shelves as they are now. */
  async function stock() {
    const pool = own().bundled ? [...own().pool, ...catalogue] : own().pool;
    const mine = newest;
    const shelves = await rec.shelves({ k: SHOWN, pool });
    if (mine === newest) set({ shelves });
  }

  const stop = () => (newest += 1);

  /** What is kept, as bytes. */
  const sealable = ({ bytes, pool }) => packed({ options: own().options, bundled: own().bundled, pool }, bytes);
  const seal = async (taken) => vault.open && vault.save(sealable(taken));

  return { learn, stock, stop, seal, sealable, forgetAll };
}
