// Runs what was asked for in one Chromium and prints a line of JSON for each: `node run.js [--sessions FILE] NAME …`
import { createServer } from 'node:http';
import { readFile, writeFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { GRU, asText, sessions } from './workload.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };
const FLAGS = [
  '--no-sandbox', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic',
];
/** Chromium without a GPU gives WebGL on its rasteriser by itself, WebGPU on it only when told to. */
const SOFTWARE = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-unsafe-swiftshader', '--use-angle=swiftshader'];

/** The step whose loss is compared; a plain JavaScript backend takes half a minute a step. */
const LOSS_AT = 24;

const TASKS = {
  'homebody-gru-cpu': (side) => side.homebody('gru', { artifact: 'cpu', milliseconds: 10_000, lossAt: LOSS_AT }),
  'homebody-gru-webgpu': (side) => side.homebody('gru', { artifact: 'webgpu', milliseconds: 15_000, lossAt: LOSS_AT }),
  'homebody-gru-ndcg': (side) => side.homebody('ndcg', {}),
  'homebody-transformer-cpu': (side) => side.homebody('transformer', { artifact: 'cpu', milliseconds: 10_000, lossAt: 3 }),
  'homebody-top-ten': (side) => side.homebody('topTen', { items: 1_000_000, asked: 50 }),
  'homebody-skip-gram': (side) => side.homebody('skipGram', {}),
  'homebody-latency': (side) => side.whileTraining('latency', { items: 5000, asked: 500 }),
  'tfjs-transformer-webgl': (side) => side.tfjs('transformer', { backend: 'webgl', milliseconds: 8_000, lossAt: 3 }),
  'tfjs-transformer-webgpu': (side) => side.tfjs('transformer', { backend: 'webgpu', milliseconds: 8_000, lossAt: 3 }),
  'tfjs-gru-cpu': (side) => side.tfjs('gru', { backend: 'cpu', milliseconds: 0, lossAt: 2 }),
  'tfjs-gru-webgl': (side) => side.tfjs('gru', { backend: 'webgl', milliseconds: 8_000, lossAt: LOSS_AT }),
  'tfjs-gru-webgpu': (side) => side.tfjs('gru', { backend: 'webgpu', milliseconds: 8_000, lossAt: LOSS_AT }),
};

const asked = process.argv.slice(2);
if (asked[0] === '--sessions') {
  await writeFile(asked[1], asText(sessions(GRU).sessions));
  asked.splice(0, 2);
}

const server = createServer(async (request, response) => {
  const path = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
  try {
    const body = await readFile(join(ROOT, path));
    response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${server.address().port}`;
const browser = asked.length > 0
  ? await chromium.launch({ executablePath: process.env.HOMEBODY_CHROMIUM ?? '/usr/bin/chromium', args: [...FLAGS, ...SOFTWARE] })
  : null;

/** A fresh page for each side, so that no side inherits another's memory. */
async function inPage(work) {
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  try {
    await page.goto(`${origin}/benches/browser/index.html`);
    return await work(page);
  } finally {
    await page.close();
  }
}

/** Runs tasks in workers of one page, all at once; gives the first one's answer. */
function inWorkers(page, messages) {
  return page.evaluate(
    (messages) =>
      Promise.race(
        messages.map(
          (message, at) =>
            new Promise((resolve, reject) => {
              const worker = new Worker('/benches/browser/homebody.worker.js', { type: 'module' });
              worker.onmessage = ({ data }) => {
                if (data.error) reject(new Error(data.error));
                else if (at === 0) resolve(data.value);
              };
              worker.onerror = (event) => reject(new Error(event.message));
              worker.postMessage(message);
            }),
        ),
      ),
    messages,
  );
}

const side = {
  homebody: (task, settings) => inPage((page) => inWorkers(page, [{ task, ...settings }])),
  whileTraining: (task, settings) =>
    inPage((page) =>
      inWorkers(page, [{ task, ...settings }, { task: 'gru', artifact: 'cpu', milliseconds: 300_000, lossAt: 1, epochs: 1000 }]),
    ),
  tfjs: (model, settings) =>
    inPage(async (page) => {
      const modules = '/benches/browser/node_modules/@tensorflow';
      await page.addScriptTag({ url: `${modules}/tfjs/dist/tf.min.js` });
      await page.addScriptTag({ url: `${modules}/tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js` });
      const evaluated = async ([model, settings]) => (await import('/benches/browser/tfjs.js'))[model](settings);
      return page.evaluate(evaluated, [model, settings]);
    }),
};

for (const name of asked) {
  let line;
  try {
    line = { name, ...(await TASKS[name](side)) };
  } catch (error) {
    line = { name, missing: String(error.message).split('\n')[0] };
  }
  console.log(JSON.stringify(line));
}
await browser?.close();
server.close();
