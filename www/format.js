// Numbers, times and the program's names in a reader's words.

const whole = new Intl.NumberFormat('en');
const share = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 0 });
const smallShare = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const date = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });

export const count = (n) => whole.format(n);

export const upper = (text) => text[0].toUpperCase() + text.slice(1);

/** `1 view`, `12 views`. */
export const counted = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

/** A share of 1, with a digit after the point where it is small. */
export function percent(p) {
  if (p > 0 && p < 0.001) return '<0.1%';
  return (p < 0.1 ? smallShare : share).format(p);
}

const change = new Intl.NumberFormat('en', { signDisplay: 'exceptZero', minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** `+1.3`, `−0.4`. */
export const signed = (n) => change.format(n).replace('-', '−');

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago, or the date where it is more than a week. */
export function ago(time, now = Date.now()) {
  const past = now - time;
  if (past < 0 || past > 7 * DAY) return date.format(time);
  if (past < MINUTE) return 'just now';
  if (past < HOUR) return relative.format(-Math.floor(past / MINUTE), 'minute');
  if (past < DAY) return relative.format(-Math.floor(past / HOUR), 'hour');
  return relative.format(-Math.floor(past / DAY), 'day');
}

/** `40 s`, `3 min`. */
export function duration(seconds) {
  if (seconds < 1) return 'under a second';
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

const MODELS = {
  'gru-attention': 'the attention model',
  gru: 'the GRU model',
  lstm: 'the LSTM model',
  transformer: 'the Transformer',
  bert: 'the BERT model',
  'skip-gram': 'the item vectors',
  glove: 'the GloVe vectors',
  popularity: 'popularity',
  markov: 'what follows what (Markov)',
  frequency: 'frequency',
  recency: 'recency',
  frecency: 'frequency and recency',
  mixture: 'all of them, mixed',
  frequent: 'your most-visited list',
  recent: 'the latest first',
  'hour-of-week': 'the hour of the week',
  'access-rank': 'AccessRank',
  'session-recency': 'this sitting’s latest first',
};

/** A predictor's name in a sentence. */
export const modelName = (name) => MODELS[name] ?? name;

const DEVICES = { cpu: 'CPU (SIMD)', webgpu: 'WebGPU' };

export const deviceName = (device) => DEVICES[device] ?? device;

const round = ({ epoch, epochs }) => `round ${count(epoch)} of ${count(epochs)}`;

const PHASES = {
  'warming-up': ({ epoch, epochs }) => `Preparing the GPU: part ${count(epoch)} of ${count(epochs)}`,
  'skip-gram': (progress) => `Learning which items go together: ${round(progress)}`,
  glove: (progress) => `Learning which items go together: ${round(progress)}`,
  sequence: (progress) => `Learning what follows what: ${round(progress)}`,
  validation: () => 'Checking on sessions held back',
  done: () => 'Done',
};

/** What the training does now. */
export const phase = (progress) => (progress ? PHASES[progress.phase](progress) : 'Preparing the data');

/** An item's title. */
export const titleOf = (item) => item.title || item.id;

/** The title in a sentence, isolated from it as `bdi` would. */
export const quoted = (item) => `“\u2068${titleOf(item)}\u2069”`;

/** What stands under it. */
export const underTitle = (item) => [item.detail, item.topic].filter(Boolean).join(' · ');
