import { h, icon, keyed, said, setText } from '../dom.js';
import { ago, counted, titleOf } from '../format.js';
import { CLOSE } from '../icons.js';

/** What was viewed, newest first, and how to forget it. */
export function createHistory(actions) {
  const total = h('span', { class: 'tally' });
  const list = h('ul', { class: 'history-list' });
  const empty = h('p', { class: 'empty' }, 'Nothing yet. What you click under Browse appears here, and only here.');
  const more = h('button', { type: 'button', class: 'quiet', onclick: actions.showMoreHistory }, 'Show more');

  const root = h(
    'section',
    { id: 'history', class: 'panel history', 'aria-labelledby': 'history-title' },
    h('div', { class: 'panel-head' }, h('h2', { id: 'history-title' }, 'Your history'), total),
    list,
    empty,
    more,
  );

  return {
    root,
    update({ history }) {
      setText(total, history.total ? counted(history.total, 'view') : '');
      // Counted from the oldest: an event keeps its place, and with it its row, when a newer one comes on top.
      const events = history.events.map((event, index) => ({ ...event, place: history.total - index }));
      const shown = events.slice(0, history.shown);
      keyed(list, shown, ({ place, item }) => `${place} ${item.id}`, (event) => createEvent(event, actions));
      empty.hidden = history.total > 0;
      more.hidden = shown.length >= events.length;
    },
  };
}

function createEvent({ item }, actions) {
  const time = h('span', { class: 'time' });
  const root = h(
    'li',
    { testid: 'history-item', 'data-item': item.id },
    said(titleOf(item), { class: 'history-title' }),
    time,
    h(
      'button',
      { type: 'button', class: 'icon-button', title: 'Forget', testid: 'forget-item', onclick: () => actions.forget(item) },
      icon(CLOSE),
      h('span', { class: 'unseen' }, `Forget ${titleOf(item)}`),
    ),
  );
  return {
    root,
    update: (event) => setText(time, event.time == null ? '' : ago(event.time)),
  };
}
