import { h } from '../../dom.js';
import { count, modelName, percent, upper } from '../../format.js';

/** How well each predictor told the test visits of this history; the mixture's row first. */
export function createMeasured() {
  const body = h('div', { class: 'stack', testid: 'own-evaluation' });
  const root = h(
    'section',
    { class: 'panel evaluation', hidden: true, 'aria-labelledby': 'measured-title' },
    h('h2', { id: 'measured-title' }, 'How good is it on you?'),
    body,
  );
  let shown = null;
  return {
    root,
    update({ evaluation }) {
      root.hidden = !evaluation;
      if (!evaluation || evaluation === shown) return;
      shown = evaluation;
      body.replaceChildren(...(evaluation.status === 'measured' ? measured(evaluation) : tooLittle(evaluation)));
    },
  };
}

const tooLittle = ({ events, needed }) => [h('p', {}, `Too little to tell: ${count(events)} of ${count(needed)} test visits.`)];

function measured({ events, novel, rows }) {
  const head = ['Predictor', 'In its 5', 'In its 10', 'MRR'].map((name) => h('th', { scope: 'col' }, name));
  return [
    h(
      'div',
      { class: 'wide' },
      h(
        'table',
        {},
        h('caption', { class: 'note' }, `Each of ${count(events)} test visits (the later half, the latest 10,000 at most), predicted before it was learned`),
        h('thead', {}, h('tr', {}, head)),
        h('tbody', {}, rows.map(row)),
      ),
    ),
    h(
      'p',
      { class: 'note' },
      `${percent(novel)} of them were to something never visited before, which nobody can know: no row can be above ${percent(1 - novel)}.`,
    ),
    rows[0]?.ece != null &&
      h(
        'p',
        { class: 'note' },
        `The probabilities that it gives are off by ${(rows[0].ece * 100).toFixed(1)} points on average (expected calibration error).`,
      ),
  ].filter(Boolean);
}

function row({ model, hitRate5, hitRate10: [rate, low, high], mrr10 }) {
  const interval = h('span', { class: 'interval', 'aria-hidden': 'true' });
  interval.style.setProperty('--low', String(low));
  interval.style.setProperty('--high', String(high));
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, upper(modelName(model))),
    h('td', {}, percent(hitRate5[0])),
    h('td', {}, percent(rate), interval, h('span', { class: 'unseen' }, ` (${percent(low)} to ${percent(high)})`)),
    h('td', {}, mrr10[0].toFixed(3)),
  );
}
