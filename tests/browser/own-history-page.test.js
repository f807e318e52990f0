// From the drop to the shelves, and back to nothing: reasons, refinding, forgetting, keeping, requests.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { chromeHistory } from './own-history/databases.js';
import { person } from './own-history/person.js';
import { file, give } from './own-history/preview.js';
import { open } from './page.js';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const DAY = 86_400_000;
const HOUR = 3_600_000;
const NOW = Date.now();
const LOST = { url: 'https://www.bread.org/sourdough-rye', title: 'Sourdough with rye: a slow method', time: NOW - 90 * DAY };

let view;

// Habits of every morning, a trail that stopped, and one article long ago.
function visits() {
  const morning = Array.from({ length: 120 }, (_, day) => [
    { url: 'https://weather.org/', title: 'Weather', time: NOW - (day + 1) * DAY - HOUR },
    { url: 'https://paper.org/today', title: 'The paper today', time: NOW - (day + 1) * DAY - HOUR + 60_000 },
  ]).flat();
  return [...person({ count: 1500, days: 120, end: NOW - HOUR }), ...morning, LOST].sort((a, b) => a.time - b.time);
}

before(async () => {
  view = await open({ query: '?device=cpu', acceptDownloads: true });
});
after(() => view.close());

const shelf = (id) => view.at(`shelf-${id}`).getByTestId('shelf-item');
const items = (id) => shelf(id).evaluateAll((rows) => rows.map(({ dataset }) => dataset.item));
const learned = () => view.at('own-learning').waitFor({ state: 'hidden', timeout: 60_000 });

async function learn() {
  await view.at('learn-own').click();
  await view.at('own-desk').waitFor();
  await shelf('next').first().waitFor({ timeout: 60_000 });
  await learned();
}

/** Everything of the history, as the page says it knows it. */
async function known() {
  await view.at('knowledge').click();
  const download = view.page.waitForEvent('download');
  await view.at('export-known').click();
  const text = await readFile(await (await download).path(), 'utf8');
  await view.page.keyboard.press('Escape');
  return JSON.parse(text);
}

async function unlock(passphrase) {
  await view.at('unlock').fill(passphrase);
  await view.at('unlock-go').click();
}

test('no request from the moment a history is opened, and none is possible offline', async () => {
  await view.at('own-input').evaluate((input) => input.parentElement.dispatchEvent(new PointerEvent('pointerenter')));
  await view.page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => name.endsWith('own.css')));
  await view.page.waitForLoadState('networkidle');
  await view.page.context().setOffline(true);
  const before = view.requests.length;
  const bookmarks = '<!DOCTYPE NETSCAPE-Bookmark-file-1><DL><DT><A HREF="https://later.org/rye">Rye bread for beginners</A></DL>';
  const [history] = await chromeHistory(visits());
  assert.equal(await give(view, [history, file('bookmarks.html', bookmarks)]), null);
  await learn();
  assert.deepEqual(view.requests.slice(before), []);
  assert.match(
    await view.at('requests-summary').innerText(),
    /all for this page’s own files\. Since your history was opened at .*: none\./,
  );
});

test('shelves hold pages of the history, with reasons and what they were worth', async () => {
  const next = await items('next');
  assert.ok(next.length >= 5, String(next));
  assert.ok(next.every((item) => item.startsWith('https://')));
  assert.match(await view.at('shelf-reason').first().innerText(), /\w+.*\.$/s);
  assert.match(await view.at('next-verdict').innerText(), /test visits/);
  assert.match(await view.at('own-evaluation').innerText(), /never visited before|Too little/);
  assert.deepEqual(await items('new'), ['https://later.org/rye']);
});

test('an article that was lost is found again by words that are spelled about right', async () => {
  await view.at('refind').fill('sourdogh rye');
  const found = view.at('refound').getByTestId('shelf-item');
  await found.first().waitFor();
  assert.equal(await found.first().getAttribute('data-item'), 'https://bread.org/sourdough-rye');
  await view.at('refind-when').selectOption('7');
  await view.page.waitForFunction(() => !document.querySelector('[data-testid=refound] [data-item="https://bread.org/sourdough-rye"]'));
  await view.at('refind-when').selectOption('');
  await view.at('refind').fill('');
});

test('titles blur, the page stays accessible, and says all it knows', async () => {
  await view.at('blur').check();
  assert.match(
    await view.page
      .locator('[data-private]')
      .first()
      .evaluate((node) => getComputedStyle(node).filter),
    /blur/,
  );
  await view.at('blur').uncheck();
  await view.page.evaluate(axe);
  const { violations } = await view.page.evaluate(() => window.axe.run());
  assert.deepEqual(
    violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id, nodes }) => [id, nodes[0].html]),
    [],
  );
  const all = await known();
  assert.ok(all.history.some(({ url }) => url === 'https://bread.org/sourdough-rye'));
  assert.ok(all.sites.some(([site]) => site === 'weather.org'));
});

test('a page, a site and a day are forgotten, everywhere', async () => {
  await view.at('refind').fill('sourdough');
  const found = view.at('refound').getByTestId('shelf-item').first();
  await found.getByTestId('own-forget-item').click();
  await view.at('forget-this-item').click();
  await view.page.waitForFunction(() => /forgotten/.test(document.querySelector('[data-testid=status]').textContent));
  await learned();
  await view.at('forget-site').fill('weather.org');
  await view.at('forget-site-go').click();
  await view.page.waitForFunction(() => /weather\.org/.test(document.querySelector('[data-testid=status]').textContent));
  await learned();
  const day = new Date(NOW - 5 * DAY);
  const local = `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, '0')}-${String(day.getDate()).padStart(2, '0')}`;
  await view.at('forget-day').fill(local);
  await view.at('forget-day-go').click();
  await view.page.waitForFunction(() => /visits of/.test(document.querySelector('[data-testid=status]').textContent));
  await learned();
  const text = JSON.stringify(await known());
  assert.doesNotMatch(text, /sourdough|weather\.org/);
  const from = new Date(`${local}T00:00`).getTime();
  const { history } = JSON.parse(text);
  assert.ok(history.length > 500);
  assert.deepEqual(
    history.filter(({ time }) => time >= from && time < from + DAY),
    [],
  );
});

test('it is kept only when asked, sealed, and until a day', async () => {
  await view.page.context().setOffline(false);
  assert.deepEqual(await view.page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name)), []);
  await view.at('own-keep').click();
  await view.at('passphrase').fill('three short words');
  await view.at('keep-go').click();
  await view.page.waitForFunction(() => /Sealed with your passphrase/.test(document.querySelector('#own-keep-note').textContent));
  const stored = await view.page.evaluate(
    () =>
      new Promise((resolve) => {
        const opening = indexedDB.open('homebody-own-history');
        opening.onsuccess = () => {
          const asked = opening.result.transaction('sealed').objectStore('sealed').get('history');
          asked.onsuccess = () => (opening.result.close(), resolve(new TextDecoder('latin1').decode(asked.result.sealed)));
        };
      }),
  );
  assert.doesNotMatch(stored, /https:|paper\.org|timestamp/);
  const { visits: before } = await known();
  await view.page.reload();
  await view.at('kept').waitFor();
  await unlock('three wrong words');
  await view.at('error').filter({ hasText: 'passphrase' }).waitFor();
  await unlock('three short words');
  await view.at('own-desk').waitFor();
  await learned();
  const after = await known();
  assert.equal(after.visits, before);
});

test('everything is forgotten: page, storage and all', async () => {
  await view.at('own-forget-all').click();
  await view.at('confirm-own-forget').click();
  await view.at('try-demo').waitFor();
  assert.deepEqual(await view.page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name)), []);
  await view.page.reload();
  await view.at('try-demo').waitFor();
  assert.equal(await view.at('kept').isVisible(), false);
});

test('without being asked, nothing survives a reload', async () => {
  assert.equal(await give(view, await chromeHistory(visits())), null);
  await learn();
  await view.page.reload();
  await view.at('try-demo').waitFor();
  assert.equal(await view.at('kept').isVisible(), false);
  assert.deepEqual(view.foreign(), []);
  assert.deepEqual(view.complaints, []);
});
