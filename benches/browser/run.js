// Runs what was asked for in one Chromium and prints a line of JSON for each: `node run.js [--sessions FILE] NAME …`
// A name may have settings: `'homebody-scale={"artifact":"cpu","items":1000}'`.
import { createServer } from 'node:http';
import { readFile, writeFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { downloadedMB, peakMB } from './costs.js';
import { GRU, asText, sessions } from './workload.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };
const FLAGS = [
  '--no-sandbox', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic',
  '--js-flags=--expose-gc',
];
/** Chromium without a GPU gives WebGL on its rasteriser by itself, WebGPU on it only when told to. */
const SOFTWARE = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-unsafe-swiftshader', '--use-angle=swiftshader'];

/** Losses are compared at these steps. */
const LOSSES_AT = [1, 2, 3, 24];

const TASKS = {
  'homebody-first-list': (side) => side.firstList('homebody', {}),
  'homebody-growth-cpu': (side) => side.homebody('growth', { artifact: 'cpu', until: 10_000 }),
  'homebody-growth-webgpu': (side) => side.homebody('growth', { artifact: 'webgpu', until: 10_000 }),
  'homebody-gru-cpu': (side) => side.homebody('gru', { artifact: 'cpu', milliseconds: 10_000, lossesAt: LOSSES_AT }),
  'homebody-gru-webgpu': (side) => side.homebody('gru', { artifact: 'webgpu', milliseconds: 10_000, lossesAt: LOSSES_AT }),
  'homebody-gru-ndcg': (side, settings) => side.homebody('gruToNdcg', { ...settings }),
  'homebody-items-cost': (side) => side.homebody('itemsCost', { few: 10_000, many: 1_000_000, milliseconds: 15_000 }),
  'homebody-latency': (side) => side.whileTraining('latency', { items: 5000, asked: 500 }),
  'homebody-sampled-webgpu': (side) => side.homebody('scale', { artifact: 'webgpu', milliseconds: 5_000 }),
  'homebody-scale': (side, settings) => side.homebody('scale', { artifact: 'cpu', milliseconds: 4_000, ...settings }),
  'homebody-skip-gram': (side, settings) => side.homebody('skipGram', { ...settings }),
  'homebody-top-ten': (side, settings) => side.homebody('topTen', { items: 1_000_000, asked: 50, ...settings }),
  'homebody-transformer-cpu': (side) => side.homebody('transformer', { artifact: 'cpu', milliseconds: 10_000, lossesAt: LOSSES_AT.slice(0, 3) }),
  'tfjs-first-list-webgl': (side) => side.firstList('tfjs', { backend: 'webgl' }),
  'tfjs-first-list-cpu': (side) => side.firstList('tfjs', { backend: 'cpu' }),
  // Half a minute a step in plain JavaScript.
  'tfjs-gru-cpu': (side) => side.tfjs('gru', { backend: 'cpu', milliseconds: 0, lossesAt: LOSSES_AT.slice(0, 2) }),
  'tfjs-gru-webgl': (side) => side.tfjs('gru', { backend: 'webgl', milliseconds: 8_000, lossesAt: LOSSES_AT }),
  'tfjs-gru-webgpu': (side) => side.tfjs('gru', { backend: 'webgpu', milliseconds: 8_000, lossesAt: LOSSES_AT }),
  'tfjs-gru-ndcg-webgl': (side) => side.tfjs('gruToNdcg', { backend: 'webgl' }),
  'tfjs-transformer-webgl': (side) => side.tfjs('transformer', { backend: 'webgl', milliseconds: 0, lossesAt: LOSSES_AT.slice(0, 3) }),
  'tfjs-transformer-webgpu': (side) => side.tfjs('transformer', { backend: 'webgpu', milliseconds: 0, lossesAt: LOSSES_AT.slice(0, 3) }),
};

const asked = process.argv.slice(2);
if (asked[0] === '--sessions') {
  await writeFile(asked[1], asText(sessions(GRU).sessions));
  asked.splice(0, 2);
}

/** What the pages have fetched, by path, but for the benchmark's own files. */
const fetched = new Map();
const server = createServer(async (request, response) => {
  const path = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
  try {
    const body = await readFile(join(ROOT, path));
    if (!path.startsWith('/benches/') || path.includes('/node_modules/')) fetched.set(path, body);
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
    const value = await work(page);
    return { ...value, downloadedMB: downloadedMB(fetched), peakMB: await peakMB(browser) };
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

async function loadTfjs(page, { backend }) {
  const modules = '/benches/browser/node_modules/@tensorflow';
  await page.addScriptTag({ url: `${modules}/tfjs/dist/tf.min.js` });
  if (backend === 'webgpu') await page.addScriptTag({ url: `${modules}/tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js` });
}

/** What a function of one of the benchmark's modules gives, in the page. */
function inModule(page, file, name, settings) {
  const evaluated = async ([file, name, settings]) => (await import(`/benches/browser/${file}`))[name](settings);
  return page.evaluate(evaluated, [file, name, settings]);
}

const side = {
  homebody: (task, settings) => inPage((page) => inWorkers(page, [{ task, ...settings }])),
  whileTraining: (task, settings) =>
    inPage((page) =>
      inWorkers(page, [{ task, ...settings }, { task: 'gru', artifact: 'cpu', milliseconds: 300_000, lossesAt: [1], epochs: 1000 }]),
    ),
  tfjs: (model, settings) =>
    inPage(async (page) => {
      await loadTfjs(page, settings);
      return inModule(page, 'tfjs.js', model, settings);
    }),
  firstList: (library, settings) =>
    inPage(async (page) => {
      if (library === 'tfjs') await loadTfjs(page, settings);
      return inModule(page, 'first-list.js', library, settings);
    }),
};

for (const task of asked) {
  const [name, settings] = task.split('=');
  let line;
  fetched.clear();
  try {
    line = { name, ...(await TASKS[name](side, settings && JSON.parse(settings))) };
  } catch (error) {
    line = { name, missing: String(error.message).split('\n')[0] };
  }
  console.log(JSON.stringify(line));
}
await browser?.close();
server.close();
