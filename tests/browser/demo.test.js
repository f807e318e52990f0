// The demo on the CPU, from the first click to reasons.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { open, train } from './page.js';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let view;

before(async () => {
  view = await open({ query: '?device=cpu' });
});
after(() => view.close());

const ids = (id) => view.at(id).evaluateAll((nodes) => nodes.map((node) => node.dataset.item));

test('the demo offers items and what others view most', async () => {
  await view.at('try-demo').click();
  await view.at('browse-item').first().waitFor();
  await view.at('recommendation').first().waitFor();
  assert.ok((await ids('recommendation')).length >= 5);
});

test('a click is recorded and changes the list', async () => {
  const before = await ids('recommendation');
  const clicked = before[0];
  await view.page.locator(`[data-testid=recommendation][data-item="${clicked}"]`).getByRole('button').first().click();
  await view.at('history-item').first().waitFor();
  await view.page.waitForFunction(
    (item) => !document.querySelector(`[data-testid=recommendation][data-item="${item}"]`),
    clicked,
  );
});

test('it trains on the CPU, asks for nothing more, and gives reasons', async () => {
  const requests = view.requests.length;
  await train(view, { epochs: 3 });
  await view.at('recommendation-reason').first().waitFor();
  const asked = view.requests.slice(requests);
  assert.deepEqual(asked.filter((url) => !/\/pkg\/(trainer|serve|wasm\/homebody_cpu)/.test(url)), []);
  assert.match(await view.at('recommendation-reason').first().innerText(), /\S/);
});

test('with a model, each click moves the list', async () => {
  const before = await ids('recommendation');
  const other = (await ids('browse-item')).find((item) => !before.includes(item));
  await view.page.locator(`[data-testid=browse-item][data-item="${other}"]`).click();
  await view.page.waitForFunction(
    (old) => {
      const now = [...document.querySelectorAll('[data-testid=recommendation]')].map((node) => node.dataset.item);
      return now.length > 0 && now.join() !== old;
    },
    before.join(),
  );
});

test('a recommendation says what it rests on', async () => {
  await view.at('why').first().click();
  const dialog = view.page.getByRole('dialog');
  assert.match(await dialog.getByTestId('needs').innerText(), /It would (not )?be in this list/);
  assert.match(await dialog.getByTestId('push').first().innerText(), /\d\.\d/);
  await view.page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
});

test('every model that is offered trains and recommends', async () => {
  const models = await view.at('model').locator('option').evaluateAll((options) => options.map(({ value }) => value));
  assert.ok(models.length >= 7);
  for (const model of models.filter((name) => name !== 'gru-attention')) {
    await train(view, { model, epochs: 1 });
    await view.at('recommendation-reason').first().waitFor();
  }
});

test('what was viewed since is learned without starting over', async () => {
  await train(view, { model: 'gru', epochs: 1 });
  assert.equal(await view.at('update').isVisible(), false, 'too little is new');
  for (let click = 0; click < 70; click++) await view.at('browse-item').nth(click % 8).click();
  await view.at('update').click({ timeout: 60_000 });
  await view.at('train').waitFor({ timeout: 120_000 });
  await view.page.getByText(/later views? count/).waitFor({ state: 'detached' });
  assert.match(await view.page.locator('#training').innerText(), /The GRU model is trained, with \d+ views of yours/);
});

test('a training can be cancelled', async () => {
  await view.at('train').click();
  await view.at('cancel').click();
  await view.at('train').waitFor();
  assert.ok((await ids('recommendation')).length >= 5);
});

test('nothing serious for axe, no foreign request, an empty console', async () => {
  await view.page.evaluate(`(() => { ${axe} })()`).catch(() => {});
  const found = await view.page.evaluate(() => window.axe.run());
  const serious = found.violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
  assert.deepEqual(serious.map(({ id, nodes }) => [id, nodes.map((node) => node.target)]), []);
  assert.deepEqual(view.foreign(), []);
  assert.deepEqual(view.complaints, []);
});

test('forgetting everything leads back to the start', async () => {
  await view.at('forget-all').click();
  await view.at('confirm-forget').click();
  await view.at('try-demo').waitFor();
});
