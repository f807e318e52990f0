import { holdings } from '../actions.js';
import { h, icon, setText } from '../dom.js';
import { CLOCK, GRID, PULSE, SPARK } from '../icons.js';
import { createBrowse } from './browse.js';
import { createEvaluation } from './evaluation.js';
import { createHistory } from './history.js';
import { createKeeping } from './keeping.js';
import { createNext } from './next.js';
import { createTraining } from './training.js';

const PLACES = [
  ['browse', 'Browse', GRID],
  ['next', 'For you', SPARK],
  ['training', 'Train', PULSE],
  ['history', 'History', CLOCK],
];

/** The view with everything: browse, what's next, training, history. */
export function createMain(actions) {
  const panels = {
    browse: createBrowse(actions),
    next: createNext(actions),
    training: createTraining(actions),
    evaluation: createEvaluation(),
    history: createHistory(actions),
    keeping: createKeeping(actions),
  };
  const data = h('p', { class: 'data-line' });

  const root = h(
    'div',
    { class: 'desk' },
    h('h1', { class: 'unseen' }, 'Your recommender'),
    data,
    panels.browse.root,
    panels.next.root,
    h(
      'div',
      { class: 'side' },
      panels.training.root,
      panels.evaluation.root,
      panels.history.root,
      panels.keeping.root,
    ),
    h(
      'nav',
      { class: 'places', 'aria-label': 'Parts of this page' },
      PLACES.map(([id, name, path]) => h('a', { href: `#${id}` }, icon(path), name)),
    ),
  );

  return {
    root,
    update(state) {
      setText(data, `${holdings(state.summary)}.${state.summary.simulated ? SIMULATED : ''}`);
      for (const panel of Object.values(panels)) panel.update(state);
    },
  };
}

const SIMULATED = ' The other visitors are simulated: good for looking around, no evidence of quality.';
