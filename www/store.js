/** The page's state: `set` lays a patch over it and draws once for all that was set together. */
export function createStore(state, draw) {
  let drawing = false;
  const store = {
    state,
    set(patch) {
      store.state = { ...store.state, ...patch };
      if (drawing) return;
      drawing = true;
      // Not requestAnimationFrame: a hidden tab must show the truth the moment it is seen again.
      queueMicrotask(() => {
        drawing = false;
        draw(store.state);
      });
    },
  };
  return store;
}

/** How many items Browse shows at a time: a phone's list must not bury what is below it. */
export const PAGE = matchMedia('(width < 48rem)').matches ? 8 : 24;

/** What the page shows before anything is known. */
export const initialState = {
  stage: 'welcome',
  busy: null,
  summary: null,
  device: null,
  keeping: false,
  browse: { query: '', topic: null, limit: PAGE, items: [], total: 0, topics: [] },
  next: { by: 'none', items: [] },
  repeats: 'exclude',
  history: { shown: 8, events: [], total: 0 },
  training: null,
  trained: null,
  evaluation: null,
  error: null,
  status: '',
  /** A visitor's own history, its view once that is loaded, and `{expires}` of one that is kept here. */
  own: null,
  ownView: null,
  kept: null,
};
