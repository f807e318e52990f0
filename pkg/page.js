import { failure } from './errors.js';

// What a page of a site does with a recommender, whichever entry point it uses.

/** A view that repeats the latest one within this time is the same view: a reload, a way back from a list, an effect that ran twice. */
const SAME_VIEW_MS = 30 * 60_000;
/** A page that is never idle is served after this. */
const PATIENCE_MS = 5_000;

/** Resolves once the page has loaded and the browser is idle; `signal` rejects it. */
export function whenIdle({ signal } = {}) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    // Safari has no requestIdleCallback.
    const wait = () =>
      globalThis.requestIdleCallback ? requestIdleCallback(() => resolve(), { timeout: PATIENCE_MS }) : setTimeout(resolve, 200);
    if (document.readyState === 'complete') wait();
    else addEventListener('load', wait, { once: true });
  });
}

const recording = new WeakMap();

/** Records that the page of an item is viewed, once: not again for a reload or a repeated call. True where it was recorded. */
export function recordView(recommender, item) {
  // One after the other: two calls at once would both find that nothing was recorded yet.
  const recorded = (recording.get(recommender) ?? Promise.resolve()).catch(() => {}).then(() => recordOnce(recommender, item));
  recording.set(recommender, recorded);
  return recorded;
}

async function recordOnce(recommender, item) {
  const { events } = await recommender.history({ limit: 1 });
  const [last] = events;
  if (last?.item.id === item && Date.now() - (last.time ?? 0) < SAME_VIEW_MS) return false;
  await recommender.record({ item, time: Date.now() });
  return true;
}

const opened = new Map();

/** The page's one recommender of these options: a page has several lists, and one history. It lives as long as the page. */
export function openShared(options) {
  const same = settled(options);
  const key = JSON.stringify(Object.entries(same).sort());
  if (!opened.has(key)) {
    const opening = open(same);
    opened.set(key, opening);
    // Whoever tries again gets another try.
    opening.catch(() => opened.delete(key));
  }
  return opened.get(key);
}

// Two ways to write an address are one address.
function settled({ catalogue, baseModel, ...options }) {
  const absolute = (address) => new URL(address, document.baseURI).href;
  const { url, ...check } = typeof baseModel === 'string' || baseModel instanceof URL ? { url: baseModel } : (baseModel ?? {});
  return {
    ...options,
    catalogue: typeof catalogue === 'string' ? absolute(catalogue) : catalogue,
    ...(baseModel && { baseModel: url ? { ...check, url: absolute(url) } : baseModel }),
  };
}

async function open({ catalogue, ...options }) {
  await whenIdle();
  // What is not needed until now is not loaded until now.
  const { Recommender } = await import('./index.js');
  return Recommender.open({ ...options, catalogue: typeof catalogue === 'string' ? await fetched(catalogue) : catalogue });
}

async function fetched(address) {
  const response = await fetch(address);
  if (!response.ok) throw failure('file', `The catalogue ${address} could not be fetched (HTTP ${response.status}).`, 'Check its address.');
  return response.json();
}
