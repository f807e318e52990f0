// The element by itself: its states, what it says to a screen reader, the keyboard, and what it takes from a site.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { serve } from '../../examples/serve.js';
import { newPage } from './chromium.js';

const axe = await readFile(new URL('./node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const shop = await serve('shop');
after(() => shop.close());

/** A page of the shop whose elements make way for one, asked of a recommender that the test plays. */
async function open(setUp) {
  const view = await newPage();
  await view.page.goto(`${shop.url}you`);
  await view.page.evaluate(() => customElements.whenDefined('homebody-recommendations'));
  await view.page.evaluate((setUp) => {
    document.body.innerHTML = '<main><h1>Test</h1><homebody-recommendations k="3" link="#{id}" reasons></homebody-recommendations></main>';
    self.element = document.querySelector('homebody-recommendations');
    self.listeners = {};
    self.played = {
      answer: { by: 'gru', items: [] },
      on: (name, listener) => ((self.listeners[name] = listener), () => delete self.listeners[name]),
      recommend: async () => self.played.answer,
      shown: ({ items }) => (self.seen = items.length),
      clicked: ({ items }, id) => (self.chosen = [items.length, id]),
    };
    const item = (id, title) => ({ item: { id, title, detail: 'A detail' }, because: { item: { id: 'why', title: 'Reason' } } });
    self.three = [item('a', 'First'), item('b', '<b>Second</b>'), item('c d', 'Third')];
    new Function(setUp)();
  }, setUp);
  return view;
}

const state = (page, name) => page.locator(`homebody-recommendations[state=${name}]`).waitFor();

async function accessible(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => self.axe.run('main'));
  assert.deepEqual(violations.map(({ id, help }) => `${id}: ${help}`), []);
}

test('empty, ready, training and error, each accessible, and none taller than another', async () => {
  const { page, close } = await open('element.recommender = played');
  const heights = new Set();
  const check = async (name) => {
    await state(page, name);
    await accessible(page);
    heights.add(await page.evaluate(() => self.element.offsetHeight));
  };
  await check('empty');
  await page.evaluate(() => ((self.played.answer = { by: 'gru', items: self.three }), self.listeners.change()));
  await check('ready');
  await page.evaluate(() => self.listeners.progress({ done: false, fraction: 0.4 }));
  await check('training');
  assert.equal(await page.getByRole('progressbar').evaluate((bar) => bar.value), 0.4);
  await page.evaluate(() => self.listeners.progress({ done: true, fraction: 1 }));
  await state(page, 'ready');
  await page.evaluate(() => ((self.played.recommend = async () => Promise.reject(new Error('It broke. Mend it.'))), self.listeners.change()));
  await check('error');
  assert.match(await page.getByRole('alert').innerText(), /It broke\. Mend it\./);
  await page.evaluate(() => (self.played.recommend = async () => self.played.answer));
  await page.getByRole('button', { name: 'Try again' }).click();
  await state(page, 'ready');
  assert.equal(heights.size, 1, `heights: ${[...heights].join(', ')}`);
  await close();
});

test('a list of links: titles are text, ids are encoded, reasons stand below, and its change is said', async () => {
  const { page, complaints, close } = await open('played.answer.items = three; element.recommender = played');
  const list = page.getByRole('region', { name: 'Recommended for you' }).getByRole('list');
  await list.getByRole('listitem').nth(2).waitFor();
  assert.deepEqual(await list.getByRole('link').evaluateAll((links) => links.map((link) => link.hash)), ['#a', '#b', '#c%20d']);
  assert.match(await list.innerText(), /<b>Second<\/b>/);
  assert.match(await list.innerText(), /Because of Reason/);
  assert.equal(await page.getByRole('status').innerText(), '3 recommendations');
  assert.deepEqual(complaints, []);
  await close();
});

test('no address but the web\'s is followed', async () => {
  const { page, close } = await open("three[0].item.url = 'javascript:alert(1)'; element.removeAttribute('link'); played.answer.items = three; element.recommender = played");
  await page.getByRole('button', { name: /First/ }).waitFor();
  assert.equal(await page.getByRole('link').count(), 0);
  await close();
});

test('the keyboard chooses, a router may take over, and the focus stays when the list changes', async () => {
  const { page, close } = await open(`
    played.answer.items = three; element.recommender = played;
    element.addEventListener('homebody-select', (event) => { event.preventDefault(); self.selected = event.detail; });
    element.addEventListener('homebody-click', (event) => (self.counted = event.detail));`);
  await page.getByRole('link').nth(2).waitFor();
  for (let press = 0; press < 3; press++) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const { selected, counted, chosen } = await page.evaluate(() => ({ selected: self.selected, counted: self.counted, chosen: self.chosen }));
  assert.deepEqual([selected.item.id, selected.position], ['c d', 3]);
  assert.deepEqual(counted, { position: 3, by: 'gru' });
  assert.deepEqual(chosen, [3, 'c d']);
  assert.equal(new URL(page.url()).hash, '');
  await page.evaluate(() => ((self.played.answer.items = [self.three[2], self.three[0]]), self.element.refresh()));
  assert.match(await page.evaluate(() => self.element.shadowRoot.activeElement?.textContent), /Third/);
  await close();
});

test('an impression is told once a list, and only of what was on the screen', async () => {
  const { page, close } = await open(`
    self.impressions = [];
    element.addEventListener('homebody-impression', ({ detail }) => impressions.push(detail));
    element.style.marginTop = '300vh'; played.answer.items = three; element.recommender = played`);
  await state(page, 'ready');
  await page.waitForTimeout(200);
  assert.deepEqual(await page.evaluate(() => self.impressions), []);
  await page.evaluate(() => self.element.scrollIntoView());
  await page.waitForFunction(() => self.impressions.length === 1);
  assert.deepEqual(await page.evaluate(() => [self.impressions, self.seen]), [[{ count: 3, by: 'gru' }], 3]);
  await close();
});

test('slots, parts, properties and own content are the site\'s', async () => {
  const { page, close } = await open(`
    element.innerHTML = '<span slot="heading">Noch mehr</span>';
    element.style.setProperty('--homebody-item-height', '50px');
    element.texts = { status: (count) => count + ' Vorschläge' };
    element.renderItem = (item) => Object.assign(document.createElement('em'), { textContent: item.title.toUpperCase() });
    played.answer.items = three; element.recommender = played`);
  await page.getByRole('region', { name: 'Noch mehr' }).getByRole('link', { name: 'FIRST' }).waitFor();
  assert.equal(await page.getByRole('status').innerText(), '3 Vorschläge');
  const height = () => self.element.shadowRoot.querySelector('[part=item]').offsetHeight;
  assert.equal(await page.evaluate(height), 50);
  await close();
});

test('training begins once enough is new, and one that goes on elsewhere is no error', async () => {
  const { page, close } = await open(`
    Object.assign(played, { answer: { by: 'gru', items: three }, events: 79, trainings: 0, failure: null });
    played.summary = async () => ({ events: played.events, model: null });
    played.train = async function* () {
      played.trainings += 1;
      if (played.failure) throw Object.assign(new Error('No.'), { code: played.failure });
      yield { done: true, fraction: 1 };
    };
    element.setAttribute('train', '');
    element.recommender = played;
  `);
  const change = (patch) => page.evaluate((patch) => (Object.assign(self.played, patch), self.listeners.change()), patch);
  const trainings = (count) => page.waitForFunction((count) => self.played.trainings >= count, count);
  await state(page, 'ready');
  assert.equal(await page.evaluate(() => self.played.trainings), 0);
  await change({ events: 80 });
  await trainings(1);
  const before = await page.evaluate(() => self.played.trainings);
  await change({ failure: 'elsewhere' });
  await trainings(before + 1);
  assert.equal(await page.evaluate(() => self.element.refresh().then(() => self.element.state)), 'ready');
  await change({ failure: 'diverged' });
  await state(page, 'error');
  await close();
});

test('what is excluded is not shown as similar either', async () => {
  const { page, close } = await open(`
    played.similar = async (id, { k }) => ({ items: three.slice(0, k) });
    Object.assign(element, { exclude: ['a'] });
    element.setAttribute('similar-to', 'x');
    element.setAttribute('k', '2');
    element.recommender = played;
  `);
  await state(page, 'ready');
  assert.deepEqual(await page.getByRole('link').evaluateAll((links) => links.map((link) => new URL(link.href).hash)), ['#b', '#c%20d']);
  await close();
});
