import { h, setText } from '../dom.js';
import { count, counted, deviceName, duration, modelName, phase, upper } from '../format.js';
import { createCurve } from './curve.js';

const MODELS = [
  ['gru-attention', 'Attention: a GRU that looks back'],
  ['gru', 'GRU: remembers as it reads'],
  ['lstm', 'LSTM: remembers with a second memory'],
  ['transformer', 'Transformer: weighs all that came before'],
  ['bert', 'BERT: learns by filling gaps'],
  ['skip-gram', 'Item vectors only: quick'],
  ['glove', 'GloVe: item vectors from counts'],
];

/** Fewer new views cannot tell whether learning them helps; item vectors alone are only trained anew. */
const LEAST_NEW = 60;
const ANEW_ONLY = new Set(['skip-gram', 'glove']);

/** The button that trains, and how training goes. */
export function createTraining(actions) {
  const options = createOptions();
  const idle = createIdle(actions, options.value);
  const running = createRunning(actions);
  const curve = createCurve();
  const device = h('p', { class: 'note device', testid: 'device' });

  const root = h(
    'section',
    { id: 'training', class: 'panel training', 'aria-labelledby': 'training-title' },
    h('h2', { id: 'training-title' }, 'Train'),
    idle.root,
    running.root,
    curve.root,
    options.root,
    device,
  );

  return {
    root,
    update(state) {
      const { training, trained } = state;
      idle.root.hidden = Boolean(training);
      running.root.hidden = !training;
      options.root.hidden = Boolean(training);
      if (training) running.update(training);
      else idle.update(state);
      curve.update((training ?? trained)?.curve ?? []);
      setText(device, deviceLine(state));
    },
  };
}

function deviceLine({ device, training }) {
  if (!device) return 'Looking for a device to train on…';
  return `${training ? 'Training' : 'Trains'} on ${deviceName(device.device)}: ${device.reason}`;
}

function createIdle(actions, options) {
  const about = h('p', {});
  const update = h('button', { type: 'button', testid: 'update', onclick: actions.update }, 'Learn what is new');
  const train = h('button', { type: 'button', class: 'primary', testid: 'train', onclick: () => actions.train(options()) });
  return {
    root: h('div', { class: 'stack' }, about, train, update),
    update({ summary, trained }) {
      const { model, events } = summary;
      update.hidden = !model || ANEW_ONLY.has(model.name) || events - model.trainedEvents < LEAST_NEW;
      setText(train, model ? 'Train again' : 'Train on this');
      setText(about, model ? since(summary, trained) : before(summary));
    },
  };
}

function before({ events, visitorEvents, simulated }) {
  const others = visitorEvents && `${counted(visitorEvents, 'view')} of ${simulated ? 'simulated' : 'other'} visitors`;
  const parts = [others, events && `your ${counted(events, 'view')}`].filter(Boolean);
  return parts.length ? `Learn from ${parts.join(' and ')}, in this tab.` : 'There is nothing to learn from yet.';
}

function since({ model, events }, trained) {
  const own = model.trainedEvents ? `, with ${counted(model.trainedEvents, 'view')} of yours` : '';
  const speed = trained ? ` It took ${duration(trained.seconds)} at ${count(Math.round(trained.eventsPerSecond))} events/s.` : '';
  const fresh = events - model.trainedEvents;
  const later = fresh > 0 ? ` ${counted(fresh, 'later view')} count for the ranking, and are not learned from yet.` : '';
  return `${upper(modelName(model.name))} is trained${own}.${speed}${later}`;
}

function createRunning(actions) {
  const what = h('p', { class: 'phase', testid: 'phase' });
  const fill = h('span', { class: 'bar-fill' });
  const bar = h(
    'div',
    { class: 'bar', role: 'progressbar', 'aria-label': 'Training', 'aria-valuemin': '0', 'aria-valuemax': '100', testid: 'progress' },
    fill,
  );
  const left = h('span');
  const speed = h('span');
  const restarted = h('p', { class: 'note', testid: 'restarted' });
  const root = h(
    'div',
    { class: 'stack', hidden: true },
    what,
    bar,
    h('p', { class: 'figures' }, left, speed),
    restarted,
    h('button', { type: 'button', testid: 'cancel', onclick: actions.cancel }, 'Cancel'),
  );
  return {
    root,
    update({ progress, restarted: replaced }) {
      const done = progress?.fraction ?? 0;
      const whole = Math.round(done * 100);
      const isWarming = progress?.phase === 'warming-up';
      setText(what, phase(progress));
      bar.classList.toggle('moving', isWarming);
      fill.style.setProperty('--done', String(done));
      bar.setAttribute('aria-valuenow', String(whole));
      bar.setAttribute('aria-valuetext', `${whole}%: ${phase(progress)}`);
      const share = progress?.secondsLeft == null ? `${whole}%` : `${whole}%, ${duration(progress.secondsLeft)} left`;
      setText(left, isWarming ? 'Once, before the first step' : share);
      setText(speed, progress?.eventsPerSecond ? `${count(Math.round(progress.eventsPerSecond))} events/s` : '');
      setText(restarted, replaced ?? '');
      restarted.hidden = !replaced;
    },
  };
}

function createOptions() {
  const model = h('select', { id: 'model', testid: 'model' }, MODELS.map(([value, name]) => h('option', { value }, name)));
  const epochs = h('input', { id: 'epochs', type: 'number', min: '1', max: '100', placeholder: 'automatic', testid: 'epochs' });
  return {
    root: h(
      'details',
      {},
      h('summary', {}, 'Options'),
      h('div', { class: 'field' }, h('label', { for: 'model' }, 'Model'), model),
      h('div', { class: 'field' }, h('label', { for: 'epochs' }, 'Rounds at most'), epochs),
    ),
    value() {
      const rounds = Math.max(1, epochs.valueAsNumber || 0);
      return epochs.value ? { model: model.value, epochs: rounds, skipGramEpochs: rounds, gloveEpochs: rounds } : { model: model.value };
    },
  };
}
