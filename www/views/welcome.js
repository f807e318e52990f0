import { h, icon } from '../dom.js';
import { CLOCK, FILE, SPARK } from '../icons.js';
import { fileInput } from './files.js';
import { createIllustration } from './illustration.js';
import { createKept } from './kept.js';

const FORMATS = [
  ['CSV', 'with a header that names the item (item, product_id, movieId, title …) and, if there are any, user and time'],
  ['JSON', 'a list of views, each with an item and, if there are any, a user and a time'],
  ['JSON Lines', 'the same, one view a line'],
  ['Sequences', 'plain text, one session a line, items separated by blanks'],
  ['MovieLens', 'ratings.csv and movies.csv, chosen together'],
];

/** The first view: what this is, and the three ways in. */
export function createWelcome(actions) {
  const demo = h(
    'button',
    { type: 'button', class: 'primary', testid: 'try-demo', onclick: actions.tryDemo },
    icon(SPARK),
    'Try the demo',
  );
  const kept = createKept(actions);
  const guide = createGuide(actions);
  const ownHistory = h(
    'label',
    { class: 'button', onpointerenter: actions.prepareOwn, onfocusin: actions.prepareOwn },
    icon(CLOCK),
    'Open your history',
    fileInput(actions.openOwn, { class: 'unseen', testid: 'own-input', accept: false }),
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
        { class: 'way', 'aria-labelledby': 'history-way-title' },
        h('h2', { id: 'history-way-title' }, 'Your own history'),
        h(
          'p',
          {},
          'Years of your browsing, from Chrome, Edge, Brave, Firefox, Safari or Google Takeout. You see what is in it before anything is learned.',
        ),
        ownHistory,
        guide.button,
        kept.root,
      ),
      h(
        'section',
        { class: 'way', 'aria-labelledby': 'own-title' },
        h('h2', { id: 'own-title' }, 'A log of many people'),
        h('p', {}, 'Views, plays, purchases or ratings, of one person or thousands. Choose a file here, or drop it anywhere on the page.'),
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
    guide.panel,
    createPrivacy(),
  );
  return {
    root,
    update({ busy, kept: found }) {
      demo.disabled = Boolean(busy);
      kept.update(found);
    },
  };
}

// What it says is part of what is loaded only for histories.
function createGuide(actions) {
  const panel = h('section', { class: 'way', id: 'guide', hidden: true, 'aria-label': 'Where your history is' });
  const button = h(
    'button',
    { type: 'button', class: 'link', testid: 'guide', 'aria-expanded': 'false', 'aria-controls': 'guide', onclick: toggle },
    'Where do I find it?',
  );
  async function toggle() {
    panel.hidden = !panel.hidden;
    button.setAttribute('aria-expanded', String(!panel.hidden));
    if (panel.hidden || panel.firstChild) return;
    actions.prepareOwn();
    const { createGuide: create } = await import('../own-history/page/guide-view.js');
    panel.replaceChildren(create());
  }
  return { button, panel };
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
