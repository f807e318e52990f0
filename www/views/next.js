import { h, icon, keyed, said, setText } from '../dom.js';
import { count, counted, modelName, percent, titleOf, underTitle } from '../format.js';
import { NEAR } from '../icons.js';

const POLICIES = [
  ['exclude', 'New to me'],
  ['allow', 'New and seen'],
  ['only', 'Seen before'],
];

/** The list, and a reason under each line. */
export function createNext(actions) {
  const by = h('p', { class: 'note' });
  const policy = h(
    'select',
    { id: 'repeats', testid: 'repeats', onchange: () => actions.setRepeats(policy.value) },
    POLICIES.map(([value, name]) => h('option', { value }, name)),
  );
  const looked = h('p', { class: 'attended', testid: 'attention' });
  const list = h('ol', { class: 'next-list' });
  const empty = h('p', { class: 'empty' });

  const root = h(
    'section',
    { id: 'next', class: 'panel next', 'aria-labelledby': 'next-title' },
    h(
      'div',
      { class: 'panel-head' },
      h('h2', { id: 'next-title' }, 'What’s next for you'),
      h('div', { class: 'field' }, h('label', { for: 'repeats', class: 'unseen' }, 'Which items to recommend'), policy),
    ),
    by,
    looked,
    list,
    empty,
  );

  return {
    root,
    update(state) {
      const { next, repeats } = state;
      policy.value = repeats;
      setText(by, rankedBy(state));
      // One look at the history ranks the whole list, so it is told once.
      const shared = sameAttention(next.items);
      showAttended(looked, shared ? next.items[0].attended : []);
      const alone = state.summary.visitors === 0;
      const entries = next.items.map((recommendation) => ({ recommendation, by: next.by, alone, shared }));
      keyed(list, entries, ({ recommendation }) => recommendation.item.id, (entry) => createRow(entry, actions));
      setText(empty, next.items.length ? '' : nothing(state));
    },
  };
}

const UNTRAINED = {
  together: 'Viewed together with what you viewed, or like it.',
  content: 'Like what you viewed, by title and topic.',
};

function rankedBy({ next, summary }) {
  if (next.by === 'none') return '';
  if (next.by === 'popularity') {
    const then = summary.model ? 'View something, and the list follows you.' : 'Train to make it yours.';
    return `Most viewed by ${summary.visitors ? 'others' : 'you'}. ${then}`;
  }
  if (UNTRAINED[next.by]) return `${UNTRAINED[next.by]} Train to make it yours.`;
  if (!summary.events) return `Ranked by ${modelName(next.by)}. View something, and the list follows you.`;
  return `Ranked by ${modelName(next.by)} from your ${counted(summary.events, 'view')}.`;
}

function nothing({ next, repeats, summary }) {
  if (next.by === 'none') return 'There is nothing to rank by yet. View an item, or train.';
  if (repeats === 'only') return 'You have not viewed anything yet, so there is nothing to see again.';
  if (summary.distinct >= summary.items) return 'You have seen everything there is. Choose “New and seen” for what to return to.';
  return 'Nothing to recommend.';
}

function createRow({ recommendation: { item } }, actions) {
  const probability = h('span', { class: 'probability' });
  const reason = h('p', { class: 'reason', testid: 'recommendation-reason' });
  const attended = h('p', { class: 'attended' });
  const seen = h('span', { class: 'tag', hidden: true }, 'seen');
  const near = h(
    'button',
    { type: 'button', class: 'icon-button near', title: 'Similar items', onclick: () => actions.showSimilar(item) },
    icon(NEAR),
    h('span', { class: 'unseen' }, `Items similar to ${titleOf(item)}`),
  );
  const why = h(
    'button',
    { type: 'button', class: 'link why', testid: 'why', onclick: () => actions.showWhy(item) },
    'Why?',
    h('span', { class: 'unseen' }, ` What ${titleOf(item)} rests on`),
  );
  const under = underTitle(item);
  const root = h(
    'li',
    { class: 'row', testid: 'recommendation', 'data-item': item.id },
    h('span', { class: 'rank', 'aria-hidden': 'true' }),
    h(
      'div',
      { class: 'row-body' },
      h('button', { type: 'button', class: 'row-title', onclick: () => actions.view(item) }, said(titleOf(item))),
      seen,
      under && said(under, { class: 'item-detail' }),
      h('div', { class: 'because' }, reason, why),
      attended,
    ),
    h('div', { class: 'row-end' }, probability, near),
  );

  return {
    root,
    update({ recommendation, by, alone, shared }, index) {
      const popular = by === 'popularity';
      setText(root.firstChild, count(index + 1));
      setText(probability, percent(recommendation.probability));
      probability.title = popular ? 'Share of all views' : 'How likely the model thinks this is your next view';
      seen.hidden = !recommendation.seen;
      why.hidden = popular || by in UNTRAINED;
      showReason(reason, recommendation, otherwise(by, alone));
      showAttended(attended, shared ? [] : recommendation.attended);
    },
  };
}

/** What stands where no view is the cause. An untrained list says it once, above all lines. */
function otherwise(by, alone) {
  if (by === 'popularity') return `Viewed often by ${alone ? 'you' : 'others'}`;
  return by in UNTRAINED ? '' : 'No single item explains this';
}

function showReason(element, { because }, otherwise) {
  if (because) element.replaceChildren('Because of ', said(titleOf(because.item), { class: 'cause' }));
  else setText(element, otherwise);
}

function sameAttention([first, ...others]) {
  const told = ({ attended }) => JSON.stringify(attended);
  return Boolean(first) && others.every((other) => told(other) === told(first));
}

function showAttended(element, attended) {
  element.hidden = !attended.length;
  element.replaceChildren(
    h('span', {}, 'Looked most at '),
    ...attended.map(({ item, weight }) => {
      const bar = h('span', { class: 'attention' }, said(titleOf(item)), ' ', h('b', {}, percent(weight)));
      bar.style.setProperty('--weight', String(weight));
      return bar;
    }),
  );
}
