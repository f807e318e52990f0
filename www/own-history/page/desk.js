import { h, setText } from '../../dom.js';
import { count, counted } from '../../format.js';
import { fileInput } from '../../views/files.js';
import { createControls } from './controls.js';
import { createMeasured } from './measured.js';
import { createRefind } from './refind.js';
import { createRequests } from './requests.js';
import { createShelf, OPENINGS, TRAILS } from './shelf.js';

const POOL_FILES = '.html,.htm,.opml,.xml,.rss,.atom,.json';

/** The four shelves, and beside them what is known, kept and asked for. */
export function createDesk(actions) {
  const refind = createRefind(actions);
  const bundled = h(
    'button',
    { type: 'button', class: 'link', testid: 'use-bundled', onclick: actions.useBundled },
    'Rank the bundled catalogue too',
  );
  const shelves = {
    next: createShelf(
      { id: 'next', name: 'Next', about: 'What you are likely to return to now.', probability: true, say: () => 'Nothing yet.' },
      actions,
    ),
    rediscover: createShelf(
      {
        id: 'rediscover',
        name: 'Rediscover',
        about: 'Not visited for two weeks or more, and relevant now.',
        say: () => 'Nothing that you left two weeks ago or more seems relevant now.',
      },
      actions,
    ),
    unfinished: createShelf(
      {
        id: 'unfinished',
        name: 'Unfinished',
        about: 'Trails of research that stopped.',
        told: TRAILS,
        say: () => 'No trail of several pages was found that stopped.',
      },
      actions,
    ),
    new: createShelf(
      {
        id: 'new',
        name: 'New',
        told: OPENINGS,
        about: 'Never opened, from bookmarks, a feed, an OPML file or the bundled catalogue; ranked by what they say.',
        say: ({ own }) =>
          own.pool.length || own.bundled
            ? 'Nothing in it is close to what you read.'
            : 'Nobody can know pages that you have not seen. Add your bookmarks, a feed or an OPML file, and what you never opened is ranked here.',
        after: h(
          'div',
          { class: 'buttons' },
          h(
            'label',
            { class: 'button small' },
            'Add bookmarks or a feed',
            fileInput(actions.addPool, { class: 'unseen', accept: POOL_FILES, testid: 'pool-input' }),
          ),
          bundled,
        ),
      },
      actions,
    ),
  };
  const measured = createMeasured();
  const controls = createControls(actions);
  const requests = createRequests(actions.requests);
  const learning = createLearning();
  const holdings = h('p', { class: 'data-line' });
  const root = h(
    'div',
    { class: 'own-desk', testid: 'own-desk' },
    h('div', { class: 'own-head' }, h('h1', {}, 'Your own history'), holdings, learning.root),
    h(
      'div',
      { class: 'shelves' },
      refind.root,
      Object.values(shelves).map((shelf) => shelf.root),
    ),
    h('div', { class: 'side' }, measured.root, controls.root, requests.root),
  );
  return {
    root,
    update(state) {
      const { own, summary } = state;
      setText(
        holdings,
        `${counted(own.visits, 'visit')}, ${counted(summary.items, own.options.level === 'site' ? 'site' : 'page')}. In this tab only${own.keptUntil ? ', and sealed on this device' : ''}.`,
      );
      learning.update(own.learning);
      for (const [id, shelf] of Object.entries(shelves)) if (own.shelves) shelf.update(trails(own.shelves[id]), state);
      bundled.hidden = own.bundled;
      refind.update(own.refound);
      measured.update(own);
      controls.update(state);
      requests.update();
    },
  };
}

/** The first page of each trail is told apart. */
function trails(shelf) {
  const items = shelf.items.map((entry, index) => ({
    ...entry,
    startsTrail: entry.trail != null && index > 0 && entry.trail !== shelf.items[index - 1].trail,
  }));
  return { ...shelf, items };
}

function createLearning() {
  const fill = h('span', { class: 'bar-fill' });
  const bar = h(
    'div',
    { class: 'bar slim', role: 'progressbar', 'aria-label': 'Learning', 'aria-valuemin': '0', 'aria-valuemax': '100' },
    fill,
  );
  const text = h('p', { class: 'note' });
  const root = h('div', { class: 'learning', testid: 'own-learning', hidden: true }, text, bar);
  return {
    root,
    update(learning) {
      root.hidden = !learning;
      if (!learning) return;
      const done = learning.of ? learning.learned / learning.of : 0;
      fill.style.setProperty('--done', String(done));
      bar.setAttribute('aria-valuenow', String(Math.round(done * 100)));
      setText(
        text,
        `Learning visit by visit, each predicted before it is learned: ${count(learning.learned)} of ${count(learning.of)}. The shelves follow.`,
      );
    },
  };
}
