import { HomebodyError, Recommender } from '../pkg/index.js';
import { createActions } from './actions.js';
import { h } from './dom.js';
import { createStore, initialState } from './store.js';
import { createDialogs } from './views/dialogs.js';
import { createDropZone } from './views/drop.js';
import { createMain } from './views/main.js';
import { createShell } from './views/shell.js';
import { createWelcome } from './views/welcome.js';

// State goes in here, and comes out as elements: each view is made once and follows the state with `update`.

const page = document.getElementById('page');

async function start() {
  const device = new URLSearchParams(location.search).get('device') ?? 'auto';
  const rec = await Recommender.open({ device, storage: 'keep', prefetch: true });

  let draw = () => {};
  const store = createStore(initialState, (state) => draw(state));
  const actions = createActions({ rec, store, ask: createDialogs((item) => actions.view(item)) });
  draw = mount(actions);

  rec.on('device', (event) => store.set({ device: event }));
  rec.on('trainer', actions.restarted);
  rec.on('storage', actions.keptChanged);
  rec.on('change', ({ reason }) => reason === 'other-tab' && actions.refresh());
  rec.on('error', actions.failed);
  addEventListener('visibilitychange', () => document.hidden && rec.flush().catch(() => {}));

  const { state, refused } = await rec.storage();
  await actions.refresh();
  await actions.checkKept();
  store.set({ device: rec.device, keeping: state === 'kept' });
  if (refused) actions.refused(refused);
}

function mount(actions) {
  const views = { welcome: createWelcome(actions), main: createMain(actions) };
  const shell = createShell(actions);
  const dropZone = createDropZone(actions);
  page.replaceChildren(shell.root, dropZone.root);
  return (state) => {
    shell.update(state);
    const view = views[state.stage] ?? state.ownView;
    shell.show(view.root);
    view.update(state);
  };
}

start().catch((error) => {
  const cause = error instanceof HomebodyError ? error.message : `${error.message} Reload the page.`;
  page.replaceChildren(
    h(
      'main',
      { class: 'stalled is-shown', role: 'alert', testid: 'error' },
      h('h1', {}, 'homebody could not start'),
      h('p', {}, cause),
    ),
  );
});
