// The same steps in TensorFlow.js, in the page: embedding, encoder, logits tied to the embedding, softmax over all items, Adam.
import { GRU, TRANSFORMER, sessions, stepSize } from './workload.js';

/** A GRU. Its reset gate comes before the recurrent product, as in its only variant: the same work. */
export async function gru(settings) {
  const tf = await backend(settings);
  const layer = tf.layers.gru({ units: GRU.dim, returnSequences: true, inputShape: [GRU.steps, GRU.dim] });
  return measured(tf, GRU, (x) => layer.apply(x, { training: true }), settings);
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
  return measured(tf, TRANSFORMER, encode, settings);
}

async function backend({ backend }) {
  const { tf } = globalThis;
  if (!(await tf.setBackend(backend))) throw new Error(`no ${backend} here`);
  await tf.ready();
  return tf;
}

/** Milliseconds of a step, and the loss at its first and at step `lossAt`. */
async function measured(tf, shape, encode, { milliseconds, lossAt }) {
  const { items, dim, batch, steps, learningRate } = shape;
  const walks = sessions(shape).sessions;
  const table = tf.variable(tf.randomUniform([items, dim], -1 / Math.sqrt(dim), 1 / Math.sqrt(dim), 'float32', 1));
  const optimizer = tf.train.adam(learningRate);
  const train = (step) => {
    const rows = Array.from({ length: batch }, (_, lane) => walks[(step * batch + lane) % walks.length]);
    const [inputs, targets] = [rows.map((row) => row.slice(0, -1)), rows.map((row) => row.slice(1))];
    return optimizer.minimize(() => {
      const x = tf.gather(table, tf.tensor2d(inputs, [batch, steps], 'int32'));
      const hidden = encode(x).reshape([batch * steps, dim]);
      const logits = tf.matMul(hidden, table, false, true);
      const own = tf.gather(table, tf.tensor1d(targets.flat(), 'int32'));
      return tf.logSumExp(logits, 1).sub(hidden.mul(own).sum(1)).mean();
    }, true);
  };
  const losses = [];
  const run = async (step) => {
    optimizer.learningRate = stepSize(shape, step);
    const loss = train(step);
    const value = (await loss.data())[0];
    loss.dispose();
    if (step === 0 || step + 1 === lossAt) losses.push([step + 1, value]);
  };
  await run(0);
  const start = performance.now();
  let step = 1;
  while (performance.now() - start < milliseconds || step < lossAt) await run(step++);
  return { ms: (performance.now() - start) / (step - 1), steps: step, losses };
}
