import { h, keyed, said } from '../dom.js';
import { count, counted, percent, signed, titleOf, underTitle } from '../format.js';
import { show } from './dialog.js';

/** The questions and reports that interrupt. Each resolves when its dialog closes. */
export function createDialogs(view) {
  return { who, report, forgetAll, similar: (item, items) => similar(item, items, view), why };
}

const button = (text, onclick, properties = {}) => h('button', { type: 'button', onclick, ...properties }, text);

/** Which user of a log is the visitor? */
function who({ users, total }) {
  return show('Who are you in this file?', (close) => {
    const list = h('ul', { class: 'choices' });
    const filter = h('input', {
      type: 'search',
      id: 'who-filter',
      placeholder: 'Find or type an id',
      autocomplete: 'off',
      oninput: () => fill(filter.value.trim()),
    });
    const choose = (user) => () => close({ type: 'user', user });
    const fill = (text) => {
      const found = users.filter(({ user }) => user.toLowerCase().includes(text.toLowerCase()));
      // Only the users with the most views were sent: another id can still be typed.
      const typed = text && total > users.length && !users.some(({ user }) => user === text) ? [{ user: text }] : [];
      keyed(list, [...found, ...typed], ({ user, events }) => `${events} ${user}`, ({ user, events }) => ({
        root: h(
          'li',
          {},
          h(
            'button',
            { type: 'button', class: 'choice', testid: 'who-user', onclick: choose(user) },
            said(user),
            h('span', { class: 'note' }, events == null ? 'as typed' : counted(events, 'view')),
          ),
        ),
      }));
    };
    fill('');
    return h(
      'div',
      { class: 'stack' },
      h(
        'p',
        {},
        `The file holds ${counted(total, 'user')}. The one you choose becomes your history; the others are the other visitors.`,
        total > users.length ? ` These are the ${count(users.length)} with the most views.` : '',
      ),
      h('label', { for: 'who-filter', class: 'unseen' }, 'Find or type an id'),
      filter,
      list,
      button('I am none of them', () => close({ type: 'nobody' }), { testid: 'who-nobody' }),
    );
  });
}

/** What an import read, and what it left out. */
function report({ summary, report: { rows, kept, dropped, notes } }) {
  return show(
    'What was read',
    (close) =>
      h(
        'div',
        { class: 'stack' },
        h(
          'p',
          {},
          `${counted(kept, 'view')} of ${counted(rows, 'row')} read: ${counted(summary.items, 'item')}, ` +
            `${count(summary.events)} of the views yours, ${counted(summary.visitors, 'other visitor')}.`,
        ),
        dropped.length > 0 && h('h3', {}, 'Left out'),
        dropped.length > 0 && h('ul', { class: 'dropped' }, dropped.map(droppedRow)),
        notes.length > 0 && h('h3', {}, 'Worth knowing'),
        notes.length > 0 && h('ul', {}, notes.map((note) => h('li', {}, said(note)))),
        button('Go on', () => close(), { class: 'primary', autofocus: true }),
      ),
    { testid: 'report' },
  );
}

function droppedRow({ reason, count: rows, example }) {
  return h('li', {}, h('b', {}, count(rows)), ' ', said(reason), example && h('code', {}, said(example)));
}

/** Really everything? */
function forgetAll({ summary, keeping }) {
  return show('Forget everything?', (close) =>
    h(
      'div',
      { class: 'stack' },
      h(
        'p',
        {},
        `Your ${counted(summary.events, 'view')}, the catalogue, the other visitors and the model` +
          `${keeping ? ', here and as kept on this device,' : ''} will be gone. This cannot be undone.`,
      ),
      h(
        'div',
        { class: 'buttons' },
        button('Forget everything', () => close(true), { class: 'danger', testid: 'confirm-forget' }),
        button('Cancel', () => close(false), { autofocus: true }),
      ),
    ),
  );
}

/** What lies near an item. */
function similar(item, items, view) {
  return show(`Close to ${titleOf(item)}`, (close) =>
    h(
      'div',
      { class: 'stack' },
      items.length === 0 && h('p', { class: 'empty' }, 'Nothing is close to it yet.'),
      h(
        'ul',
        { class: 'choices' },
        items.map(({ item: near, cosine }) =>
          h(
            'li',
            {},
            h(
              'button',
              { type: 'button', class: 'choice', testid: 'similar-item', onclick: () => (close(), view(near)) },
              h('span', {}, said(titleOf(near)), said(underTitle(near), { class: 'item-detail' })),
              h('span', { class: 'note', title: 'Cosine of the two items’ vectors' }, percent(Math.max(0, cosine))),
            ),
          ),
        ),
      ),
      h('p', { class: 'note' }, 'Items that visitors view in the same company. A click views one.'),
    ),
  );
}

/** Why an item is recommended. */
function why({ item, pushes, needs }) {
  const largest = Math.max(...pushes.map(({ nats }) => Math.abs(nats)), 1e-6);
  const list = new Intl.ListFormat('en').formatToParts(needs.map(titleOf));
  const named = list.map(({ type, value }) => (type === 'element' ? said(value, { class: 'cause' }) : value));
  return show(`Why ${titleOf(item)}`, () =>
    h(
      'div',
      { class: 'stack' },
      needs.length
        ? h('p', { testid: 'needs' }, 'It would not be in this list without ', ...named, '.')
        : h('p', { testid: 'needs' }, 'It would be in this list whichever few of your views were taken away.'),
      pushes.length > 0 && h('h3', {}, 'What each view adds'),
      h(
        'ul',
        { class: 'pushes' },
        pushes.map(({ item: viewed, nats }) => {
          const bar = h('span', { class: nats < 0 ? 'push against' : 'push', 'aria-hidden': 'true' });
          bar.style.setProperty('--share', String(Math.abs(nats) / largest));
          return h('li', { testid: 'push' }, said(titleOf(viewed)), bar, h('span', { class: 'note' }, signed(nats)));
        }),
      ),
      pushes.length > 0 &&
        h('p', { class: 'note' }, 'In nats of log-odds, beside an average item in its place: +0.7 doubles its odds, −0.7 halves them.'),
    ),
  );
}
