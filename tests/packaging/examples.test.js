// Both examples, driven as a visitor would.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serve } from '../../examples/serve.js';
import { newPage } from './chromium.js';

async function visit(name, path, look) {
  const site = await serve(name);
  const { page, complaints, close } = await newPage();
  try {
    await page.goto(new URL(path, site.url).href);
    await look(page);
    assert.deepEqual(complaints, []);
  } finally {
    await close();
    await site.close();
  }
}

const historyOf = (page) => page.evaluate(async () => (await (await document.querySelector('homebody-recommendations').recommender).history()).events);

test('the shop recommends from the first view, remembers after consent, shows what it knows and forgets it', async () => {
  await visit('shop', '/item/moka-pot-three-cups', async (page) => {
    await page.locator('homebody-recommendations[state=ready]').nth(1).waitFor();
    const first = page.getByRole('region', { name: 'Next to look at' }).getByRole('link').first();
    assert.match(await first.innerText(), /pot|espresso|coffee/i);
    assert.deepEqual(await page.evaluate(() => indexedDB.databases()), [], 'nothing is written before consent');
    await page.getByRole('button', { name: 'Yes' }).click();
    // The database is there before what it is to hold: a reload in between would lose it.
    await page.waitForFunction(async () => (await (await document.querySelector('homebody-recommendations').recommender).storage()).state === 'kept');
    await page.reload();
    await page.locator('homebody-recommendations[state=ready]').nth(1).waitFor();
    assert.equal((await historyOf(page)).length, 1, 'a reload is not a view');
    await first.click();
    await page.locator('homebody-recommendations[state=ready]').nth(1).waitFor();
    await page.goto(new URL('/you', page.url()).href);
    await page.locator('#history').getByText('Moka pot, three cups').waitFor();
    assert.equal(await page.locator('#history li').count(), 2);
    await page.getByRole('button', { name: 'Forget everything' }).click();
    await page.locator('#history').getByText('Nothing.').waitFor();
  });
});

test('the newspaper counts a route change as one view, follows the edition and names nobody', async () => {
  await visit('news', '/', async (page) => {
    await page.locator('#view').getByRole('link', { name: 'Night ferry returns after eleven years' }).click();
    const next = page.getByRole('region', { name: 'Read next' });
    await next.getByRole('listitem').nth(4).waitFor();
    assert.match(await next.innerText(), /ferry/i);
    await page.goBack();
    await page.goForward();
    await next.getByRole('link').first().click();
    await page.getByText('1 stories chosen').waitFor();
    await page.getByRole('button', { name: "Bring tomorrow's edition" }).click();
    await page.locator('#edition').getByText('150 are in print').waitFor();
    await page.getByRole('link', { name: 'What this paper knows' }).click();
    await page.getByRole('button', { name: 'Forget everything' }).waitFor();
    assert.equal(await page.locator('#view li').count(), 2);
  });
});
