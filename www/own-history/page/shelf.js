import { h, icon, keyed, said, setText } from '../../dom.js';
import { ago, count, counted, modelName, percent, titleOf, upper } from '../../format.js';
import { CLOSE } from '../../icons.js';
import { reasonNodes } from './reasons.js';

const FIRST = 5;

/** A shelf: a heading, what it has been worth, and its items. `say(state)` gives what stands there where it is empty. */
export function createShelf({ id, name, about, say, told = VISITS, probability = false, after = null }, actions) {
  const worth = h('p', { class: 'worth', testid: `${id}-verdict` });
  const list = h('ol', { class: 'shelf-list' });
  const empty = h('p', { class: 'empty', testid: `${id}-empty` });
  const more = h('button', { type: 'button', class: 'link', onclick: () => ((all = !all), fill()) });
  let all = false;
  let shown = [];
  let first = FIRST;
  const root = h(
    'section',
    { id, class: 'panel shelf', 'aria-labelledby': `${id}-title`, testid: `shelf-${id}` },
    h('div', { class: 'panel-head' }, h('h2', { id: `${id}-title` }, name)),
    h('p', { class: 'note' }, about),
    worth,
    list,
    more,
    empty,
    after,
  );
  function fill() {
    keyed(list, all ? shown : shown.slice(0, first), keyOf, (entry) => createItem(entry, actions, probability));
    more.hidden = shown.length <= first;
    const show = first ? `Show all ${count(shown.length)}` : 'Show its best guesses';
    setText(more, all ? 'Show fewer' : show);
  }
  return {
    root,
    update(shelf, state) {
      worth.replaceChildren(...verdictNodes(shelf, told));
      worth.hidden = !worth.childNodes.length;
      shown = shelf.items;
      first = shelf.abstains ? 0 : FIRST;
      fill();
      setText(empty, shelf.items.length ? '' : say(state));
      empty.hidden = shelf.items.length > 0;
    },
  };
}

const keyOf = ({ item, trail }) => `${trail ?? ''} ${item.id}`;

/** A page of a list: a link to it, what is known of it, why it is here, and how to forget it. */
export function createItem({ item }, actions, probability) {
  const facts = h('span', { class: 'item-detail' });
  const reason = h('p', { class: 'reason', testid: 'shelf-reason' });
  const score = h('span', { class: 'probability' });
  const root = h(
    'li',
    { class: 'row', testid: 'shelf-item', 'data-item': item.id },
    h('div', { class: 'row-body' }, titleLink(item, actions), facts, reason),
    h('div', { class: 'row-end' }, score, forgetButton(item, actions)),
  );
  return {
    root,
    update(entry) {
      facts.replaceChildren(...factNodes(entry));
      reason.replaceChildren(...reasonNodes(entry.reasons));
      reason.hidden = !reason.childNodes.length;
      setText(score, probability ? percent(entry.score) : '');
      if (probability) score.title = 'How likely this is your next visit';
      root.classList.toggle('starts-trail', Boolean(entry.startsTrail));
    },
  };
}

function factNodes({ item, visits, lastVisit }) {
  const known = [
    item.topic && said(item.topic, { 'data-private': true }),
    visits > 0 && counted(visits, 'visit'),
    lastVisit && `last ${ago(lastVisit)}`,
  ];
  return known.filter(Boolean).flatMap((node, index) => (index ? [' · ', node] : [node]));
}

/** Where an item leads: its address; its site where the address was cut short; nothing where it is no address. */
export function addressOf(id) {
  if (!/^https:\/\//.test(id)) return null;
  try {
    const { href } = new URL(id);
    return id.endsWith('/…') ? new URL('/', id).href : href;
  } catch {
    return null;
  }
}

function titleLink(item, actions) {
  const href = addressOf(item.id);
  const text = said(titleOf(item), { 'data-private': true });
  if (!href) return h('span', { class: 'shelf-title' }, text);
  const properties = {
    class: 'shelf-title',
    href,
    target: '_blank',
    rel: 'noreferrer noopener',
    title: 'Opens the page, as a bookmark would',
    onclick: () => actions.opened(item),
  };
  return h('a', properties, text);
}

function forgetButton(item, actions) {
  return h(
    'button',
    {
      type: 'button',
      class: 'icon-button near',
      title: 'Forget this page or its site',
      testid: 'own-forget-item',
      onclick: () => actions.askForget(item),
    },
    icon(CLOSE),
    h('span', { class: 'unseen' }, `Forget ${titleOf(item)}`),
  );
}

/** What a shelf was worth, in words. `told` says what its figures are of, and what it has to say before there are any. */
function verdictNodes({ verdict, abstains, items }, told) {
  if (!items.length) return [];
  if (verdict.status === 'too-little') return [told.untold(verdict)];
  const [rate] = verdict.hitRate;
  const [other] = verdict.baselineHitRate;
  const figures = told.figures(percent(rate), count(verdict.events), `${upper(listName(verdict.baseline))}: ${percent(other)}`);
  const silent = abstains ? ' Nothing is likely enough just now, so that it keeps silent.' : '';
  if (verdict.gain[1] > 0) return [h('b', { class: 'wins' }, 'Better than any simple list. '), figures + silent];
  const isBetter = verdict.gain[2] < 0;
  return [h('b', { class: 'draws' }, told.draw(listName(verdict.baseline), isBetter ? 'better' : 'as good')), figures + silent];
}

const LISTS = { recent: 'the latest', longest: 'the longest', 'most-visited-sites': 'your most-visited sites' };
const listName = (name) => LISTS[name] ?? modelName(name);
const untold = ({ events, needed }) => `Too little to tell how good this is: ${count(events)} of ${count(needed)} test visits.`;
const drawn = (name, how) => `A simple list is ${how}: ${name}. `;

const VISITS = {
  figures: (rate, events, other) => `${rate} of ${events} test visits were on it. ${other}.`,
  draw: (name, how) => (name === modelName('frequent') ? `Your most-visited list is ${how}. ` : drawn(name, how)),
  untold,
};
/** Trails are judged a week later, not by a visit. */
export const TRAILS = {
  figures: (rate, events, other) => `${rate} of ${events} trails that it put first went on within a week. ${other}.`,
  draw: drawn,
  untold: ({ events }) =>
    events
      ? `Too little to tell how good this is: ${count(events)} of 100 trails whose week is over.`
      : 'Too little to tell how good this is: there were seldom more trails than it shows.',
};
/** A shelf of what was never opened is told by what is opened of it. */
export const OPENINGS = {
  figures: (rate, events, other) => `${rate} of the ${events} pages that you opened were on it. ${other}.`,
  draw: drawn,
  untold: ({ events, needed }) =>
    `Nothing tells yet how good this is: that takes ${count(needed)} pages opened from here, and there ${events === 1 ? 'was 1' : `were ${count(events)}`}.`,
};
