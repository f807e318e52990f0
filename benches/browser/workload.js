// The data and shapes that all sides train on.

/** One training step of a GRU: V items, width d, B sequences of T steps, softmax over all items, Adam. */
export const GRU = { items: 3000, dim: 64, batch: 64, steps: 20, learningRate: 0.002 };
/** Passes that a GRU is to train: they set its step size's schedule. */
export const EPOCHS = 3;
/** The validation NDCG@10 to reach; the best possible is about .7, the share of regular steps. */
export const TARGET = 0.6;
/** The same step of a Transformer of two blocks, with two heads, feed-forward layers four times as wide and learned positions. */
export const TRANSFORMER = { items: 3000, dim: 64, batch: 128, steps: 50, heads: 2, blocks: 2, learningRate: 0.001 };
/** The step whose kernels are counted, and from which sizes are varied: a loss over sampled items. */
export const SAMPLED = { items: 10_000, dim: 64, batch: 128, steps: 50, negatives: 2048 };
/** Sessions per sequence of a batch. */
const SESSIONS = 130;
/** Skip-gram, with word2vec's defaults but for the passes. */
export const SKIP_GRAM = { dim: 64, window: 5, negatives: 5, epochs: 5 };
/** How often an item is followed by its own successor; else any item follows. */
const REGULAR = 0.7;

/** Walks of `steps + 1` items over a ring in a fixed random order, `batch × 128` of them: enough that homebody's defaults give the same batch. */
export function sessions({ items, batch, steps }) {
  const draw = generator(20);
  const ring = Array.from({ length: items }, (_, item) => item);
  for (let i = items - 1; i > 0; i--) {
    const j = Math.floor(draw() * (i + 1));
    [ring[i], ring[j]] = [ring[j], ring[i]];
  }
  const after = new Uint32Array(items);
  ring.forEach((item, i) => (after[item] = ring[(i + 1) % items]));
  const walk = () => {
    const session = [Math.floor(draw() * items)];
    while (session.length <= steps) {
      session.push(draw() < REGULAR ? after[session.at(-1)] : Math.floor(draw() * items));
    }
    return session;
  };
  return { after, sessions: Array.from({ length: batch * SESSIONS }, walk) };
}

/** One session in twelve is held out, as homebody does. */
export function split(sessions) {
  const out = (_, at) => at % 12 === 11;
  return { learned: sessions.filter((session, at) => !out(session, at)), heldOut: sessions.filter(out) };
}

/** Walks of `steps + 1` items, one item after another, as many as `batch × SESSIONS`, or as visit each item of the catalogue once. */
export function paths({ items, batch, steps }) {
  const count = Math.max(batch * SESSIONS, Math.ceil(items / (steps + 1)));
  return Array.from({ length: count }, (_, walk) => Array.from({ length: steps + 1 }, (_, at) => (walk * (steps + 1) + at) % items));
}

/** homebody's step size at a step from 0, for the other sides: a rise over the first twentieth, then half a cosine down to a tenth. */
export function stepSize({ learningRate }, step) {
  const total = EPOCHS * SESSIONS;
  const rise = Math.min(Math.max(Math.floor(total / 20), 1), 200);
  if (step < rise) return (learningRate * (step + 1)) / rise;
  const progress = Math.min((step - rise) / (total - rise), 1);
  return learningRate * (0.1 + 0.9 * 0.5 * (1 + Math.cos(Math.PI * progress)));
}

/** One session a line, items by blanks. */
export function asText(sessions) {
  return sessions.map((session) => session.join(' ')).join('\n') + '\n';
}

/** Numbers in 0..1, the same everywhere (mulberry32). */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
