// The data and shapes that all sides train on.

/** One training step of a GRU: V items, width d, B sequences of T steps, softmax over all items, Adam. `walks`: sequences by lane. */
export const GRU = { items: 3000, dim: 64, batch: 64, steps: 20, walks: 130, learningRate: 0.02 };
/** The same step of a Transformer of two blocks, with two heads, feed-forward layers four times as wide and learned positions. */
export const TRANSFORMER = { items: 3000, dim: 64, batch: 128, steps: 50, walks: 24, heads: 2, blocks: 2, learningRate: 0.003 };
/** Passes that are planned: they set the step size's schedule. */
export const EPOCHS = 3;
/**
 * The GRU's first sessions, on which it is trained until an NDCG@10 on the held-out ones; the best possible is about .7, the share of regular
 * steps. One step size, the best for Keras of .002, .01, .02 to .06. All are judged after each eighth of a pass, off the clock.
 */
export const TO_NDCG = { ...GRU, walks: 96, learningRate: 0.05, target: 0.6, judgedEvery: 11, passes: 5 };
/** The step whose kernels are counted, and from which sizes are varied: a loss over sampled items. */
export const SAMPLED = { items: 10_000, dim: 64, batch: 128, steps: 50, walks: 130, negatives: 2048 };
/** Skip-gram, with word2vec's defaults but for the passes. */
export const SKIP_GRAM = { dim: 64, window: 5, negatives: 5, epochs: 5 };
/** How often an item is followed by its own successor; else any item follows. */
const REGULAR = 0.7;

/** Walks of `steps + 1` items over a ring in a fixed random order, `batch × walks` of them. */
export function sessions({ items, batch, steps, walks }) {
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
  return { sessions: Array.from({ length: batch * walks }, walk) };
}

/** One session in twelve is held out, as homebody does. */
export function split(sessions) {
  const out = (_, at) => at % 12 === 11;
  return { learned: sessions.filter((session, at) => !out(session, at)), heldOut: sessions.filter(out) };
}

/** Walks of `steps + 1` items, one item after another, `batch × walks` of them, or as many as visit each item of the catalogue once. */
export function paths({ items, batch, steps, walks }) {
  const count = Math.max(batch * walks, Math.ceil(items / (steps + 1)));
  return Array.from({ length: count }, (_, walk) => Array.from({ length: steps + 1 }, (_, at) => (walk * (steps + 1) + at) % items));
}

/** homebody's step size at a step from 0, for the other sides: a rise over the first twentieth, then half a cosine down to a tenth. */
export function stepSize({ learningRate, walks }, step) {
  const total = EPOCHS * walks;
  const rise = Math.min(Math.max(Math.floor(total / 20), 1), 200);
  if (step < rise) return (learningRate * (step + 1)) / rise;
  const progress = Math.min((step - rise) / (total - rise), 1);
  return learningRate * (0.1 + 0.9 * 0.5 * (1 + Math.cos(Math.PI * progress)));
}

/** The middle one of some numbers. */
export function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
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
