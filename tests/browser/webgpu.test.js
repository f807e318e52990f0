// WebGPU on SwiftShader: right, and slow at arithmetic, so the data is small. The self-test (losses and gradients of everything that
// training uses, against the CPU's) has to pass before the page says WebGPU at all.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open, SWIFTSHADER, train } from './page.js';

// Walks around a ring of nine items.
const ring = (sessions) =>
  Array.from({ length: sessions }, (_, start) => Array.from({ length: 12 }, (_, step) => `item${(start + step) % 9}`).join(' ')).join('\n');

async function opened({ sessions = 24, query = '?device=webgpu', ...options } = {}) {
  const view = await open({ query, flags: SWIFTSHADER, ...options });
  await view.at('file-input').setInputFiles({ name: 'ring.txt', mimeType: 'text/plain', buffer: Buffer.from(ring(sessions)) });
  await view.at('who-nobody').or(view.at('report')).first().waitFor();
  if (await view.at('who-nobody').isVisible()) await view.at('who-nobody').click();
  await view.at('report').waitFor();
  await view.page.keyboard.press('Escape');
  await view.at('browse-item').first().waitFor();
  return view;
}

const trained = (view) => view.at('recommendation-reason').filter({ hasText: /Because of|No single item/ }).first();

/** What the phase line has said so far. */
function watchPhases(view) {
  return view.page.evaluate(() => {
    globalThis.phases = [];
    const line = document.querySelector('[data-testid=phase]');
    new MutationObserver(() => globalThis.phases.push(line.textContent)).observe(line, { childList: true, characterData: true, subtree: true });
  });
}

test('skip-gram and a small GRU train on WebGPU, after a self-test against the CPU and a warm-up that says so', async () => {
  const view = await opened();
  await view.at('browse-item').first().click();
  await watchPhases(view);
  await train(view, { model: 'gru', epochs: 1 });
  const phases = await view.page.evaluate(() => globalThis.phases);
  const first = (words) => phases.findIndex((line) => line.includes(words));
  assert.equal(phases.find((line) => line.includes('GPU')), 'Preparing the GPU: part 1 of 3', String(phases));
  assert.ok(first('part 3 of 3') > 0 && first('part 3 of 3') < first('Learning'), String(phases));
  await trained(view).waitFor({ timeout: 240_000 });
  assert.match(await view.at('device').innerText(), /WebGPU/);
  assert.deepEqual(view.foreign(), []);
  await view.close();
});

test('a warm-up can be cancelled', async () => {
  const view = await opened();
  await view.at('train').click();
  await view.page.getByText('Preparing the GPU').waitFor({ timeout: 120_000 });
  assert.match(await view.at('progress').getAttribute('class'), /moving/);
  await view.at('cancel').click();
  await view.at('train').waitFor({ timeout: 5000 });
  await view.close();
});

test('where the GPU is slower than the CPU, the CPU trains, and the page says why', async () => {
  // The rasteriser, under the name of a GPU.
  const dressed = (context) =>
    context.addInitScript(() => {
      Object.defineProperty(GPUAdapter.prototype, 'info', { get: () => ({ description: 'A GPU of the test', isFallbackAdapter: false }) });
    });
  // Small steps, and so many of them that the CPU takes more than three seconds.
  const view = await opened({ sessions: 600, query: '', prepare: dressed });
  await train(view, { model: 'gru', epochs: 1000, timeout: 1 }).catch(() => {});
  await view.page.getByText(/Training on CPU.*Measured here/).waitFor({ timeout: 240_000 });
  assert.match(await view.at('device').innerText(), /a step takes the GPU \d+ ms and the CPU [\d.]+ ms/);
  await view.page.getByText(/\d events\/s/).waitFor({ timeout: 60_000 });
  await view.at('cancel').click();
  assert.deepEqual(view.foreign(), []);
  await view.close();
});

test('a crashed GPU process is survived', async () => {
  const view = await opened();
  await view.at('browse-item').first().click();
  await view.page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
  await view.at('model').selectOption('gru');
  await view.at('epochs').fill('8');
  await view.at('train').click();
  // A crash before the device is in use is not noticed, and need not be.
  await view.page.getByText(/\d events\/s/).waitFor({ timeout: 120_000 });
  assert.match(await view.at('device').innerText(), /Training on WebGPU/);
  const session = await view.browser.newBrowserCDPSession();
  await session.send('Browser.crashGpuProcess').catch(() => {});
  await view.at('restarted').waitFor({ timeout: 120_000 });
  assert.match(await view.at('restarted').innerText(), /The trainer was replaced and goes on from step/);
  await trained(view).waitFor({ timeout: 280_000 });
  assert.deepEqual(view.foreign(), []);
  await view.close();
});
