import { count, duration } from './format.js';

/** Training as the page sees it: one at a time, its reports in the store, cancelled by a signal. */
export function training({ rec, store, attempt, refreshAll }) {
  let abort = null;

  async function run(reports) {
    const started = performance.now();
    for await (const progress of reports) {
      const { curve } = store.state.training;
      store.set({ training: { ...store.state.training, progress, curve: extended(curve, progress) } });
    }
    const { progress, curve } = store.state.training;
    const seconds = (performance.now() - started) / 1000;
    store.set({
      trained: { curve, seconds, eventsPerSecond: progress.eventsPerSecond },
      status: `Trained in ${duration(seconds)}. The list is yours now.`,
    });
  }

  const begin = (start) =>
    attempt(async () => {
      abort = new AbortController();
      store.set({ training: { progress: null, curve: [], restarted: null }, trained: null, status: 'Training started.' });
      try {
        await run(start({ signal: abort.signal }));
      } catch (error) {
        if (error !== abort.signal.reason && error.code !== 'superseded') throw error;
        const why = error.code === 'superseded' ? error.message : 'Training was cancelled.';
        store.set({ status: `${why} What was there before stays.` });
      } finally {
        store.set({ training: null });
        await refreshAll();
      }
    });

  return {
    train: (options) => begin((run) => rec.train({ ...options, ...run })),

    /** Goes on from the model in use with what was viewed since it learned. */
    update: () => begin((run) => rec.train({ ...run, update: true })),

    cancel: () => abort?.abort(),

    /** The supervisor lost a trainer and goes on with another. */
    restarted({ reason, step }) {
      const restarted = `The trainer was replaced and goes on from step ${count(step)}. The reason: ${reason}`;
      if (store.state.training) store.set({ training: { ...store.state.training, restarted } });
      store.set({ status: restarted });
    },
  };
}

/** The curve with a report's loss; a trainer that resumed goes over the same steps again, so what lies ahead is dropped. */
function extended(curve, { step, loss, phase }) {
  if (loss == null || phase === 'validation') return curve;
  return [...curve.filter((point) => point.step < step), { step, loss, phase }];
}
