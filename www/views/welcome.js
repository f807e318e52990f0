import { h, icon } from '../dom.js';
import { FILE, SPARK } from '../icons.js';
import { fileInput } from './files.js';
import { createIllustration } from './illustration.js';

const FORMATS = [
  ['CSV', 'with a header that names the item (item, product_id, movieId, title …) and, if there are any, user and time'],
  ['JSON', 'a list of views, each with an item and, if there are any, a user and a time'],
  ['JSON Lines', 'the same, one view a line'],
  ['Sequences', 'plain text, one session a line, items separated by blanks'],
  ['MovieLens', 'ratings.csv and movies.csv, chosen together'],
];

/** The first view: what this is, and the two ways in. */
export function createWelcome(actions) {
  const demo = h(
    'button',
    { type: 'button', class: 'primary', testid: 'try-demo', onclick: actions.tryDemo },
    icon(SPARK),
    'Try the demo',
  );
  const root = h(
    'div',
    { class: 'welcome' },
    h(
      'section',
      { class: 'hero', 'aria-labelledby': 'welcome-title' },
      h(
        'div',
        { class: 'hero-text' },
        h('h1', { id: 'welcome-title' }, 'Recommendations that never leave home'),
        h(
          'p',
          { class: 'lead' },
          'homebody trains a recommender in this browser tab, on what you view, and tells you why it recommends what it does.',
        ),
      ),
      createIllustration(),
    ),
    h(
      'div',
      { class: 'ways' },
      h(
        'section',
        { class: 'way', 'aria-labelledby': 'demo-title' },
        h('h2', { id: 'demo-title' }, 'Look around'),
        h(
          'p',
          {},
          'Films, books, places and ideas to click through. The list follows you. The other visitors it learns from are simulated.',
        ),
        demo,
      ),
      h(
        'section',
        { class: 'way', 'aria-labelledby': 'own-title' },
        h('h2', { id: 'own-title' }, 'Bring your own'),
        h('p', {}, 'A log of views, plays, purchases or ratings. Choose a file here, or drop it anywhere on the page.'),
        h(
          'label',
          { class: 'button' },
          icon(FILE),
          'Use your own file',
          fileInput(actions.open, { class: 'unseen', testid: 'file-input' }),
        ),
        h(
          'details',
          {},
          h('summary', {}, 'What a file may look like'),
          h('dl', { class: 'formats' }, FORMATS.map(([name, what]) => [h('dt', {}, name), h('dd', {}, what)])),
        ),
      ),
    ),
    createPrivacy(),
  );
  return {
    root,
    update({ busy }) {
      demo.disabled = Boolean(busy);
    },
  };
}

/** What "nothing leaves this page" means, exactly. */
export function createPrivacy() {
  return h(
    'details',
    { class: 'privacy' },
    h('summary', {}, 'Nothing you view or open leaves this page'),
    h(
      'ul',
      {},
      h('li', {}, 'Files are read, the model is trained and the list is ranked by programs that run in this tab.'),
      h('li', {}, 'The history stays in the tab’s memory and is gone when you close it, unless you switch on “Keep on this device”.'),
      h(
        'li',
        {},
        'The page loads its own files from the address it came from, and makes no request that carries anything of yours. ' +
          'Whoever runs that address can see that the page was opened, as with every page.',
      ),
    ),
  );
}
