import { h, icon, keyed, setText } from '../../dom.js';
import { counted } from '../../format.js';
import { SEARCH } from '../../icons.js';
import { createItem } from './shelf.js';

const WHEN = [
  ['', 'any time'],
  ['7', 'the last week'],
  ['31', 'the last month'],
  ['92', 'the last three months'],
  ['366', 'the last year'],
];

/** Finding again what was seen once: words of its title, spelled about right, and when it was. */
export function createRefind(actions) {
  const words = h('input', {
    type: 'search',
    id: 'refind',
    placeholder: 'Words of its title, such as: sourdough in March',
    autocomplete: 'off',
    testid: 'refind',
    oninput: () => ask(),
  });
  const when = h(
    'select',
    { id: 'refind-when', testid: 'refind-when', onchange: () => ask() },
    WHEN.map(([value, name]) => h('option', { value }, name)),
  );
  const list = h('ol', { class: 'shelf-list', testid: 'refound' });
  const found = h('p', { class: 'note', role: 'status' });
  const ask = () => actions.refind(words.value.trim(), when.value || monthIn(words.value));
  const root = h(
    'section',
    { class: 'panel refind', 'aria-labelledby': 'refind-title' },
    h('h2', { id: 'refind-title' }, 'Find one that you lost'),
    h(
      'div',
      { class: 'refind-row' },
      h('div', { class: 'search' }, icon(SEARCH), h('label', { for: 'refind', class: 'unseen' }, 'Words of its title'), words),
      h('label', { for: 'refind-when', class: 'unseen' }, 'When you saw it'),
      when,
    ),
    found,
    list,
  );
  return {
    root,
    update(refound) {
      keyed(
        list,
        refound?.items ?? [],
        ({ item }) => item.id,
        (entry) => createItem(entry, actions, false),
      );
      setText(found, describe(refound));
      if (!refound) words.value = '';
    },
  };
}

function describe(refound) {
  if (!refound?.query) return '';
  return refound.total ? counted(refound.total, 'page') : 'No title comes near that. Try fewer or other words.';
}

const MONTHS = 'january february march april may june july august september october november december'.split(' ');

/** The month that is named after “in”, as in “the article I lost in March”. */
export function monthIn(text) {
  const [, name] = text.toLowerCase().match(/\bin ([a-z]+)\b/) ?? [];
  return name && MONTHS.includes(name) ? name : '';
}

/** The words without the month, and from when to when: milliseconds since 1970, local time. */
export function refindRange(text, when, now = new Date()) {
  if (/^\d+$/.test(when)) return { query: text, from: now.getTime() - Number(when) * 86_400_000 };
  const month = MONTHS.indexOf(when);
  if (month < 0) return { query: text };
  const year = now.getFullYear() - (month > now.getMonth() ? 1 : 0);
  const query = text.replace(new RegExp(`\\bin ${when}\\b`, 'i'), ' ').trim();
  return { query, from: new Date(year, month, 1).getTime(), to: new Date(year, month + 1, 1).getTime() - 1 };
}
