// homebody in a worker of its own, by its binding: what the package's workers do, without their messages.
import { latency, topTen } from './homebody-ranking.js';
import { growth, gru, gruToNdcg, itemsCost, scale, skipGram, transformer } from './homebody-training.js';

const tasks = { growth, gru, gruToNdcg, itemsCost, latency, scale, skipGram, topTen, transformer };

self.addEventListener('message', async ({ data: { task, ...settings } }) => {
  try {
    self.postMessage({ value: await tasks[task](settings) });
  } catch (error) {
    self.postMessage({ error: `${error.code ?? error.name}: ${error.message}` });
  }
});
