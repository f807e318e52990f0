// The same step in TensorFlow.js, in the page: embedding, GRU, logits tied to the embedding, softmax over all items, Adam. Its GRU applies the reset
// gate before the recurrent product, as its only variant does: the same work.
import { GRU, sessions, stepSize } from './workload.js';

/** Milliseconds of a step, and the loss at its first and at step `lossAt`. */
export async function gru({ backend, milliseconds, lossAt }) {
  const { tf } = globalThis;
  if (!(await tf.setBackend(backend))) throw new Error(`no ${backend} here`);
  await tf.ready();
  const { items, dim, batch, steps, learningRate } = GRU;
  const walks = sessions(GRU).sessions;
  const table = tf.variable(tf.randomUniform([items, dim], -1 / Math.sqrt(dim), 1 / Math.sqrt(dim), 'float32', 1));
  const layer = tf.layers.gru({ units: dim, returnSequences: true, inputShape: [steps, dim] });
  const optimizer = tf.train.adam(learningRate);
  const train = (step) => {
    const rows = Array.from({ length: batch }, (_, lane) => walks[(step * batch + lane) % walks.length]);
    const [inputs, targets] = [rows.map((row) => row.slice(0, -1)), rows.map((row) => row.slice(1))];
    return optimizer.minimize(() => {
      const x = tf.gather(table, tf.tensor2d(inputs, [batch, steps], 'int32'));
      const hidden = layer.apply(x, { training: true }).reshape([batch * steps, dim]);
      const logits = tf.matMul(hidden, table, false, true);
      const own = tf.gather(table, tf.tensor1d(targets.flat(), 'int32'));
      return tf.logSumExp(logits, 1).sub(hidden.mul(own).sum(1)).mean();
    }, true);
  };
  const losses = [];
  const run = async (step) => {
    optimizer.learningRate = stepSize(GRU, step);
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
