// The shop with a base model that the command line trained on made-up visitors: what it brings on the first view, and what adapting it brings later.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { trainBaseModel } from '../../examples/shop/base-model.js';
import { serve } from '../../examples/serve.js';
import { visits } from '../../examples/shop/visitors.js';
import { newPage } from './chromium.js';
import { installed } from './scratch.js';

const folder = fileURLToPath(new URL('./output/base-model', import.meta.url));
const baseModel = `${folder}/base.safetensors`;
const catalogue = JSON.parse(await readFile(new URL('../../examples/shop/catalogue.json', import.meta.url), 'utf8'));
const SITTING_MS = 30 * 60_000;

let shop;

before(async () => {
  await mkdir(folder, { recursive: true });
  const said = await trainBaseModel(folder, { command: process.env.HOMEBODY_CLI ? [process.env.HOMEBODY_CLI] : undefined });
  assert.match(said, /membership: whoever guesses/);
  shop = await serve('shop', 0, { baseModel });
});
after(() => shop?.close());

test('the shop ranks with its base model from the first view on, and refuses one of another hash', async () => {
  const { page, complaints, close } = await newPage();
  await page.goto(`${shop.url}item/moka-pot-three-cups`);
  await page.locator('homebody-recommendations[state=ready]').nth(1).waitFor();
  const { model } = await page.evaluate(async () => (await document.querySelector('homebody-recommendations').recommender).summary());
  assert.deepEqual([model.name, model.base, model.trainedEvents], ['gru', true, 0]);
  assert.deepEqual(await page.evaluate(() => indexedDB.databases()), [], 'nothing is written before consent');
  assert.deepEqual(complaints, []);
  await page.evaluate(() => document.querySelector('homebody-recommendations').setAttribute('base-model-sha256', '0'.repeat(64)));
  await page.locator('homebody-recommendations[state=error]').waitFor();
  assert.match(await page.getByRole('alert').innerText(), /hash|SHA/i);
  await close();
});

test('from open to the first list, without and with a base model', async (context) => {
  const { page, close } = await newPage();
  await page.goto(`${shop.url}item/moka-pot-three-cups?plain`);
  for (const base of [undefined, '/base.safetensors']) {
    const times = await page.evaluate(async (baseModel) => {
      const { Recommender } = await import('/homebody/index.js');
      const catalogue = await (await fetch('/catalogue.json')).json();
      const times = [];
      for (let round = 0; round < 5; round++) {
        const began = performance.now();
        const recommender = await Recommender.open({ catalogue, ...(baseModel && { baseModel }) });
        const { items } = await recommender.recommend({ context: 'moka-pot-three-cups' });
        times.push(performance.now() - began);
        if (items.length !== 10) throw new Error(`${items.length} items`);
        await recommender.close();
      }
      return times;
    }, base);
    const [first, ...others] = times;
    const median = others.sort((a, b) => a - b)[2];
    context.diagnostic(`${base ? 'with' : 'without'} a base model: ${Math.round(first)} ms, again ${Math.round(median)} ms`);
  }
  await close();
});

/** Before each view that its sitting has not had yet: do the 10 items shown hold it, and would those of the model that knows the sitting alone? */
async function replay(Recommender, options, views) {
  const [own, frozen] = await Promise.all([Recommender.open(options), Recommender.open(options)]);
  const steps = [];
  let sitting = [];
  const holds = ({ items }, next) => items.map(({ item }) => item.id).filter((id) => !sitting.includes(id)).slice(0, 10).includes(next);
  let before = 0;
  for (const { item, time } of views) {
    if (sitting.length > 0 && !sitting.includes(item)) {
      const wish = { k: 40, repeats: 'allow' };
      const lists = await Promise.all([own.recommend(wish), frozen.recommend({ ...wish, context: sitting })]);
      const { adapted } = (await own.summary()).model;
      steps.push({ adapted, own: holds(lists[0], item), frozen: holds(lists[1], item) });
    }
    if (time - before > SITTING_MS) sitting = [];
    await own.record({ item, time });
    sitting.push(item);
    before = time;
  }
  const { model } = await own.summary();
  await Promise.all([own.close(), frozen.close()]);
  return { steps, model };
}

/** What ten visitors would be shown; the first of those who viewed `least` times at least. */
async function replayed({ Recommender, options, often, least }) {
  const isSold = new Set(catalogue.map(({ id }) => id));
  const visitors = new Map();
  for (const view of visits(catalogue, { from: 5000, to: 5060, often })) if (isSold.has(view.item)) visitors.set(view.visitor, [...(visitors.get(view.visitor) ?? []), view]);
  const replays = [];
  for (const views of [...visitors.values()].filter(({ length }) => length >= least).slice(0, 10)) replays.push(await replay(Recommender, options, views.slice(0, 2 * least)));
  return replays;
}

test('adapting is measured on visitors whom the base model never saw, and does no harm where it has nothing to add', async (context) => {
  const { Recommender } = await import(`${installed}node.js`);
  const options = { catalogue, baseModel: new Uint8Array(await readFile(baseModel)) };
  const mean = (numbers) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
  const percent = (list, whose) => `${(100 * mean(list.map((step) => Number(step[whose])))).toFixed(1)}%`;
  for (const [who, often, least] of [['visitors', 1, 20], ['regulars', 6, 60]]) {
    const replays = await replayed({ Recommender, options, often, least });
    const steps = replays.flatMap((one) => one.steps);
    const adapted = steps.filter((step) => step.adapted);
    const used = replays.filter(({ model }) => model.adapted).map(({ model }) => model.adapterGain);
    const gain = mean(replays.map(({ model }) => model.adapterGain));
    context.diagnostic(`${replays.length} ${who} of ${least} views and more: adapted to ${used.length}, whom it predicts ${(mean(used) || 0).toFixed(3)} nats a view better; over all ${gain.toFixed(3)}`);
    context.diagnostic(`HR@10 of ${steps.length} views: ${percent(steps, 'frozen')} frozen, ${percent(steps, 'own')} as shown; of the ${adapted.length} where it was used: ${percent(adapted, 'frozen')}, ${percent(adapted, 'own')}`);
    for (const { model } of replays) assert.ok(!model.adapted || model.adapterGain > 0, JSON.stringify(model));
    const rate = (whose) => mean(steps.map((step) => Number(step[whose])));
    assert.ok(rate('own') >= rate('frozen') - 0.02, 'it does no harm');
  }
});
