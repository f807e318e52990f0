import { h, icon, keyed, said, setText } from '../dom.js';
import { count, counted, titleOf, underTitle } from '../format.js';
import { SEARCH } from '../icons.js';

/** The catalogue: searching, topics, and items whose click is a view. */
export function createBrowse(actions) {
  const search = h('input', {
    type: 'search',
    id: 'search',
    placeholder: 'Search titles',
    autocomplete: 'off',
    testid: 'browse-search',
    oninput: () => actions.search(search.value),
  });
  const topics = createTopics(actions);
  const list = h('ul', { class: 'items' });
  const found = h('p', { class: 'note' });
  const more = h('button', { type: 'button', class: 'quiet', onclick: actions.showMoreItems }, 'Show more');

  const root = h(
    'section',
    { id: 'browse', class: 'panel browse', 'aria-labelledby': 'browse-title' },
    h('h2', { id: 'browse-title' }, 'Browse'),
    h('p', { class: 'note' }, 'A click is a view: it joins your history, and the list follows.'),
    h('div', { class: 'search' }, icon(SEARCH), h('label', { for: 'search', class: 'unseen' }, 'Search titles'), search),
    topics.root,
    list,
    h('div', { class: 'list-end' }, found, more),
  );

  return {
    root,
    update({ browse, history }) {
      if (document.activeElement !== search && search.value !== browse.query) search.value = browse.query;
      topics.update(browse);
      const viewed = new Set(history.events.map(({ item }) => item.id));
      const items = browse.items.map((item) => ({ item, viewed: viewed.has(item.id) }));
      keyed(list, items, ({ item }) => item.id, (entry) => createItem(entry, actions));
      setText(found, describe(browse));
      more.hidden = browse.items.length >= browse.total;
    },
  };
}

function describe({ items, total, query }) {
  if (total) return items.length < total ? `${count(items.length)} of ${counted(total, 'item')}` : counted(total, 'item');
  return query ? `No title contains “${query}”. Try fewer letters or another topic.` : 'Nothing here.';
}

function createItem({ item }, actions) {
  const under = underTitle(item);
  const button = h(
    'button',
    { type: 'button', class: 'item', testid: 'browse-item', 'data-item': item.id, onclick: () => actions.view(item) },
    said(titleOf(item), { class: 'item-title' }),
    under && said(under, { class: 'item-detail' }),
  );
  const mark = h('span', { class: 'unseen' }, ' (viewed)');
  return {
    root: h('li', {}, button),
    update({ viewed }) {
      button.classList.toggle('is-viewed', viewed);
      if (viewed) button.append(mark);
      else mark.remove();
    },
  };
}

// Two rows of topics at first: two dozen of them would push the items off a small screen.
function createTopics(actions) {
  const list = h('div', { class: 'chips', role: 'group', 'aria-label': 'Topics' });
  const all = h('button', { type: 'button', class: 'link', 'aria-expanded': 'false' }, 'All topics');
  all.addEventListener('click', () => {
    const open = list.classList.toggle('is-open');
    all.setAttribute('aria-expanded', String(open));
    setText(all, open ? 'Fewer topics' : 'All topics');
  });
  const root = h('div', { class: 'topics', hidden: true }, list, all);
  return {
    root,
    update({ topics, topic }) {
      root.hidden = topics.length < 2;
      const chips = [null, ...topics].map((name) => ({ name, chosen: name === topic }));
      keyed(list, chips, ({ name }) => name, (chip) => createChip(chip, actions));
    },
  };
}

function createChip({ name }, actions) {
  const root = h(
    'button',
    { type: 'button', class: 'chip', onclick: () => actions.chooseTopic(name) },
    said(name ?? 'Everything'),
  );
  return { root, update: ({ chosen }) => root.setAttribute('aria-pressed', String(chosen)) };
}
