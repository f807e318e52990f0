// What fails while a history is open: storage that is full or denied, the GPU's process. A calm sentence, and what was there stays.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromeHistory } from './own-history/databases.js';
import { person } from './own-history/person.js';
import { give } from './own-history/preview.js';
import { open } from './page.js';

const NOW = Date.now();

let view;

before(async () => {
  view = await open({ query: '?device=cpu' });
  assert.equal(await give(view, await chromeHistory(person({ count: 1500, days: 120, end: NOW }))), null);
  await view.at('learn-own').click();
  await settled();
});
after(() => view.close());

const shelf = () => view.at('shelf-next').getByTestId('shelf-item');
const items = () => shelf().evaluateAll((rows) => rows.map(({ dataset }) => dataset.item));

async function settled() {
  await shelf().first().waitFor({ timeout: 60_000 });
  await view.at('own-learning').waitFor({ state: 'hidden', timeout: 60_000 });
}

/** Asks to keep it, which fails; gives what is said. */
async function keepInVain() {
  await view.at('own-keep').click();
  await view.at('passphrase').fill('three short words');
  await view.at('keep-go').click();
  await view.at('error').filter({ visible: true }).waitFor({ timeout: 30_000 });
  return view.at('error').innerText();
}

test('storage that is full: nothing is kept, it is said, and everything goes on', async () => {
  const before = await items();
  const session = await view.page.context().newCDPSession(view.page);
  const { origin } = new URL(view.page.url());
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
  const told = await keepInVain();
  assert.match(told, /full|store anything/);
  assert.match(told, /[Nn]othing was kept/);
  assert.equal(await view.at('own-keep').isChecked(), false, 'the switch does not say otherwise');
  await session.send('Storage.overrideQuotaForOrigin', { origin });
  assert.deepEqual(await items(), before);
  await view.at('refind').fill('river');
  await view.at('refound').getByTestId('shelf-item').first().waitFor();
  await view.at('refind').fill('');
});

test('storage that is denied: the same', async () => {
  const before = await items();
  await view.page.evaluate(() => {
    window.opened = IDBFactory.prototype.open;
    IDBFactory.prototype.open = () => {
      throw new DOMException('The user denied permission to access the database.', 'SecurityError');
    };
  });
  assert.match(await keepInVain(), /did not let this page store anything.*Nothing was kept; everything stays in memory/s);
  assert.equal(await view.at('own-keep').isChecked(), false);
  await view.page.evaluate(() => (IDBFactory.prototype.open = window.opened));
  assert.deepEqual(await items(), before);
});

test('the GPU process ends: the shelves stay, and go on', async () => {
  const before = await items();
  const session = await view.browser.newBrowserCDPSession();
  // The browser answers once the process is gone, or not at all.
  await Promise.race([session.send('Browser.crashGpuProcess').catch(() => {}), new Promise((done) => setTimeout(done, 2000))]);
  assert.deepEqual(await items(), before);
  await view.at('refind').fill('garden');
  await view.at('refound').getByTestId('shelf-item').first().waitFor();
  await view.at('forget-site').fill('site-0.org');
  await view.at('forget-site-go').click();
  // By the clock: frames may stand still until there is a GPU process again.
  await view.page.waitForFunction(() => /site-0\.org/.test(document.querySelector('[data-testid=status]').textContent), null, { polling: 100 });
  await settled();
  assert.ok((await items()).every((item) => !item.startsWith('https://site-0.org')));
});

test('nothing left the page', () => {
  assert.deepEqual(view.foreign(), []);
});
