import { h } from '../dom.js';
import { count, modelName, percent } from '../format.js';

/** How well the model predicts this visitor, beside the simple predictors; no figure where there is too little to tell. */
export function createEvaluation() {
  const body = h('div', { testid: 'evaluation' });
  const root = h(
    'section',
    { class: 'panel evaluation', 'aria-labelledby': 'evaluation-title', hidden: true },
    h('h2', { id: 'evaluation-title' }, 'How good is it on you?'),
    body,
  );
  let shown = null;

  return {
    root,
    update({ evaluation, summary }) {
      root.hidden = !evaluation;
      if (!evaluation || evaluation === shown) return;
      shown = evaluation;
      body.replaceChildren(...(evaluation.status === 'measured' ? measured(evaluation) : tooLittle(evaluation)));
      if (summary.simulated) {
        body.append(h('p', { class: 'note' }, 'Only your own views count here. Simulated visitors are no evidence of quality.'));
      }
    },
  };
}

function tooLittle({ events, needed }) {
  const meter = h('span', { class: 'bar-fill' });
  meter.style.setProperty('--done', String(events / needed));
  return [
    h('p', {}, `Too little to tell: ${count(events)} of ${count(needed)} events.`),
    h('div', { class: 'bar slim', 'aria-hidden': 'true' }, meter),
  ];
}

function measured({ events, rows }) {
  return [
    h('p', {}, verdict(rows)),
    h(
      'table',
      {},
      h('caption', { class: 'note' }, `Each of ${count(events)} later views of yours, predicted before it was learned`),
      h(
        'thead',
        {},
        h('tr', {}, h('th', { scope: 'col' }, 'Predictor'), h('th', { scope: 'col' }, 'Among its 10'), h('th', { scope: 'col' }, 'MRR')),
      ),
      h('tbody', {}, rows.map(measuredRow)),
    ),
    h('p', { class: 'note' }, 'The bar is the 95% interval. MRR is the mean of 1/rank, 0 beyond the tenth.'),
  ];
}

function measuredRow({ model, hitRate: [rate, low, high], mrr }) {
  const interval = h('span', { class: 'interval', 'aria-hidden': 'true' });
  for (const [name, value] of Object.entries({ rate, low, high })) interval.style.setProperty(`--${name}`, String(value));
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, modelName(model)),
    h('td', {}, percent(rate), interval, h('span', { class: 'unseen' }, ` (${percent(low)} to ${percent(high)})`)),
    h('td', {}, mrr.toFixed(3)),
  );
}

// The intervals decide: a lead inside them is none.
function verdict([own, ...simple]) {
  const [rate, low] = own.hitRate;
  const best = simple.reduce((a, b) => (b.hitRate[0] > a.hitRate[0] ? b : a));
  if (best.hitRate[0] >= rate) return `A simpler predictor does at least as well on you: ${modelName(best.model)}.`;
  if (low > best.hitRate[0]) return 'It predicts you better than every simple predictor.';
  return `It leads ${modelName(best.model)}, but not clearly yet.`;
}
