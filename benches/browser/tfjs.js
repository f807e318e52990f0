// The same steps in TensorFlow.js, in the page: embedding, encoder, logits tied to the embedding, softmax over all items, Adam.
import { GRU, TO_NDCG, TRANSFORMER, median, sessions, split, stepSize } from './workload.js';

/** A GRU's step. */
export async function gru(settings) {
  const tf = await backend(settings);
  return measured(trainer(tf, GRU, gruEncoder(tf)), GRU, settings);
}

/** Seconds of training until the target is reached; the first step, which compiles the shaders, does not count. */
export async function gruToNdcg(settings) {
  const tf = await backend(settings);
  const { batch, learningRate, target, judgedEvery, passes } = TO_NDCG;
  const model = trainer(tf, TO_NDCG, gruEncoder(tf));
  const { learned, heldOut } = split(sessions(TO_NDCG).sessions);
  const perPass = Math.floor(learned.length / batch);
  const curve = [];
  let seconds = 0;
  for (let step = 0; step < passes * perPass; step++) {
    const first = (step % perPass) * batch;
    const start = performance.now();
    await model.step(learned.slice(first, first + batch), learningRate);
    if (step > 0) seconds += (performance.now() - start) / 1000;
    if ((step + 1) % judgedEvery > 0) continue;
    curve.push([step + 1, seconds, await ndcg(tf, model, heldOut)]);
    if (curve.at(-1)[2] >= target) return { seconds, target, curve };
  }
  throw new Error(`it ended before ${target} was reached: ${JSON.stringify(curve)}`);
}

/** NDCG@10 of the sessions' last items among all; a tie counts against them. */
async function ndcg(tf, model, cases) {
  const { items, batch, steps } = TO_NDCG;
  let sum = 0;
  for (let first = 0; first < cases.length; first += batch) {
    const rows = cases.slice(first, first + batch);
    const ranks = tf.tidy(() => {
      const last = model.logits(rows).reshape([batch, steps, items]).slice([0, steps - 1], [-1, 1]).squeeze([1]);
      const own = tf.oneHot(tf.tensor1d(rows.map((row) => row.at(-1)), 'int32'), items).mul(last).sum(1, true);
      return last.greaterEqual(own).sum(1);
    });
    for (const rank of await ranks.data()) sum += rank <= 10 ? 1 / Math.log2(1 + rank) : 0;
    ranks.dispose();
  }
  return sum / cases.length;
}

/** Its reset gate comes before the recurrent product, as in its only variant: the same work. All weights start as homebody's do. */
function gruEncoder(tf) {
  const { dim, steps } = GRU;
  const bound = 1 / Math.sqrt(dim);
  const initial = (seed) => tf.initializers.randomUniform({ minval: -bound, maxval: bound, seed });
  const layer = tf.layers.gru({
    units: dim, returnSequences: true, inputShape: [steps, dim], recurrentActivation: 'sigmoid',
    kernelInitializer: initial(2), recurrentInitializer: initial(3), biasInitializer: initial(4),
  });
  return (x) => layer.apply(x, { training: true });
}

/** A causal Transformer, normalised before each part. */
export async function transformer(settings) {
  const tf = await backend(settings);
  const { dim, steps, heads, blocks } = TRANSFORMER;
  const bound = (rows, columns) => Math.sqrt(6 / (rows + columns));
  const matrix = (rows, columns) => tf.variable(tf.randomUniform([rows, columns], -bound(rows, columns), bound(rows, columns)));
  const linear = (input, output) => ({ weight: matrix(input, output), bias: tf.variable(tf.zeros([output])) });
  const norm = () => ({ weight: tf.variable(tf.ones([dim])), bias: tf.variable(tf.zeros([dim])) });
  const layers = Array.from({ length: blocks }, () => ({
    norm1: norm(), projection: linear(dim, 3 * dim), output: linear(dim, dim), norm2: norm(), wide: linear(dim, 4 * dim), narrow: linear(4 * dim, dim),
  }));
  const last = norm();
  const places = tf.variable(tf.randomNormal([steps, dim], 0, 0.02));
  const future = tf.tensor2d(Array.from({ length: steps }, (_, t) => Array.from({ length: steps }, (_, s) => (s > t ? -1e9 : 0))));
  const apply = (x, { weight, bias }) => {
    const rows = x.shape.slice(0, -1);
    return tf.matMul(x.reshape([-1, x.shape.at(-1)]), weight).add(bias).reshape([...rows, weight.shape[1]]);
  };
  const normalised = (x, { weight, bias }) => {
    const { mean, variance } = tf.moments(x, -1, true);
    return x.sub(mean).div(variance.add(1e-5).sqrt()).mul(weight).add(bias);
  };
  const attended = (x, { projection, output }) => {
    const split = (part) => part.reshape([-1, steps, heads, dim / heads]).transpose([0, 2, 1, 3]);
    const [queries, keys, values] = tf.split(apply(x, projection), 3, -1).map(split);
    const weights = tf.softmax(tf.matMul(queries, keys, false, true).mul(1 / Math.sqrt(dim / heads)).add(future));
    return apply(tf.matMul(weights, values).transpose([0, 2, 1, 3]).reshape([-1, steps, dim]), output);
  };
  const encode = (x) => {
    let hidden = x.add(places);
    for (const layer of layers) {
      hidden = hidden.add(attended(normalised(hidden, layer.norm1), layer));
      hidden = hidden.add(apply(apply(normalised(hidden, layer.norm2), layer.wide).relu(), layer.narrow));
    }
    return normalised(hidden, last);
  };
  return measured(trainer(tf, TRANSFORMER, encode), TRANSFORMER, settings);
}

async function backend({ backend }) {
  const { tf } = globalThis;
  if (!(await tf.setBackend(backend))) throw new Error(`no ${backend} here`);
  await tf.ready();
  return tf;
}

/** Adam's ε, Keras' default; `TensorFlow.js`' own is 1e-4 on some backends, too much for the gradients of rare items. */
const EPSILON = 1e-7;

/** An item table over an encoder, and Adam. */
function trainer(tf, { items, dim, batch, steps, learningRate }, encode) {
  const table = tf.variable(tf.randomUniform([items, dim], -1 / Math.sqrt(dim), 1 / Math.sqrt(dim), 'float32', 1));
  const optimizer = tf.train.adam(learningRate, 0.9, 0.999, EPSILON);
  const hiddenOf = (rows) => {
    const x = tf.gather(table, tf.tensor2d(rows.map((row) => row.slice(0, -1)), [batch, steps], 'int32'));
    return encode(x).reshape([batch * steps, dim]);
  };
  const loss = (rows) => {
    const hidden = hiddenOf(rows);
    const own = tf.gather(table, tf.tensor1d(rows.flatMap((row) => row.slice(1)), 'int32'));
    return tf.logSumExp(tf.matMul(hidden, table, false, true), 1).sub(hidden.mul(own).sum(1)).mean();
  };
  const step = async (rows, rate) => {
    optimizer.learningRate = rate;
    const value = optimizer.minimize(() => loss(rows), true);
    const [read] = await value.data();
    value.dispose();
    return read;
  };
  return { step, logits: (rows) => tf.matMul(hiddenOf(rows), table, false, true) };
}

/** Milliseconds of a step, at the median of those after the first, and losses at the steps asked for. */
async function measured(model, shape, { milliseconds, lossesAt }) {
  const walks = sessions(shape).sessions;
  const [losses, times] = [[], []];
  const start = performance.now();
  for (let step = 0; step < lossesAt.at(-1) || performance.now() - start < milliseconds; step++) {
    const rows = Array.from({ length: shape.batch }, (_, lane) => walks[(step * shape.batch + lane) % walks.length]);
    const from = performance.now();
    const loss = await model.step(rows, stepSize(shape, step));
    if (step > 0) times.push(performance.now() - from);
    if (lossesAt.includes(step + 1)) losses.push([step + 1, loss]);
  }
  return { ms: median(times), steps: times.length + 1, losses };
}
