// From a page's beginning to ten items for a visitor who has viewed a few, before anything is trained. Runs in the page.
import { GRU, sessions } from './workload.js';

/** With homebody's package: by what it answers from content and co-views. */
export async function homebody() {
  const { Recommender } = await import('/pkg/index.js');
  const catalogue = Array.from({ length: GRU.items }, (_, item) => ({ id: String(item), title: `Item ${item}` }));
  const recommender = await Recommender.open({ catalogue });
  for (const item of viewed()) await recommender.record(String(item));
  const { items } = await recommender.recommend({ k: 10 });
  const seconds = performance.now() / 1000;
  await recommender.close();
  return { seconds, items: items.length };
}

/** With `TensorFlow.js`: by an encoder from random weights, as its user would rank with one. */
export async function tfjs({ backend }) {
  const { tf } = globalThis;
  if (!(await tf.setBackend(backend))) throw new Error(`no ${backend} here`);
  await tf.ready();
  const table = tf.randomUniform([GRU.items, GRU.dim], -0.1, 0.1);
  // Its default, an orthogonal matrix, takes seconds to draw.
  const recurrentInitializer = 'glorotUniform';
  const layer = tf.layers.gru({ units: GRU.dim, inputShape: [GRU.steps, GRU.dim], recurrentInitializer });
  const hidden = layer.apply(tf.gather(table, tf.tensor2d([viewed()], [1, GRU.steps], 'int32')));
  const { indices } = tf.topk(tf.matMul(hidden, table, false, true), 10);
  const items = await indices.data();
  return { seconds: performance.now() / 1000, items: items.length };
}

function viewed() {
  return sessions(GRU).sessions[0].slice(0, GRU.steps);
}
