// Files that are not what they seem: each gets a calm sentence with a cause and a remedy, and what was there stays.
import assert from 'node:assert/strict';
import { mkdtemp, open as openFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromeHistory, firefoxHistory, make } from './own-history/databases.js';
import { person } from './own-history/person.js';
import { file, give, leave, sample, steps } from './own-history/preview.js';
import { zip } from './own-history/zip.js';
import { open } from './page.js';

const NOW = Date.now();
const DAY = 86_400_000;

let view;
let folder;

before(async () => {
  view = await open({ query: '?device=cpu' });
  folder = await mkdtemp(join(tmpdir(), 'homebody-files-'));
});
after(async () => {
  await view.close();
  await rm(folder, { recursive: true, force: true });
});

async function refused(files, told) {
  const message = await give(view, files);
  assert.match(message ?? 'a preview', told);
  assert.match(message, /\. (?:Choose|Close|Copy|Download|Unpack|In Google|Check|A browser)/, `no remedy: ${message}`);
}

test('databases that are foreign, partial, empty, sealed or alone', async () => {
  const [whole] = await chromeHistory(person({ count: 3000, end: NOW }));
  const [foreign] = await make('cookies.sqlite', (db) => db.exec('CREATE TABLE cookies(id, value)'));
  const torn = Buffer.from(whole.buffer);
  torn.fill(0x5a, 8192, 60_000);
  const [places, wal] = await firefoxHistory([{ url: 'https://a.org/', time: NOW }], [{ url: 'https://b.org/', time: NOW }]);
  const [none] = await chromeHistory([]);
  await refused([foreign], /another program \(it holds cookies\)/);
  await refused([{ ...whole, buffer: whole.buffer.subarray(0, 40_000) }], /not whole/);
  await refused([{ ...whole, buffer: torn }], /not whole/);
  await refused(
    [file('History', Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(5000, 0xa7)]))],
    /encrypted or no SQLite|not whole/,
  );
  await refused([{ ...whole, buffer: Buffer.alloc(0) }], /is empty/);
  await refused([wal], /only what its browser had not yet written/);
  await refused([none], /no visits/);
  // A log that belongs to another copy is left alone, as SQLite does.
  assert.equal(await give(view, [places, { ...wal, buffer: wal.buffer.subarray(0, 100) }]), null);
  assert.deepEqual(await steps(view), { kept: 1 });
  await leave(view);
});

test('archives that are sealed, cut off or about something else', async () => {
  const history = JSON.stringify({ 'Browser History': [{ url: 'https://a.org/', title: 'A', time_usec: NOW * 1000 }] });
  const whole = zip({ 'Takeout/Chrome/History.json': history });
  await refused([file('sealed.zip', zip({ 'Takeout/Chrome/History.json': history }, { encrypted: true }))], /password/);
  await refused([file('cut.zip', whole.subarray(0, whole.length - 40))], /not a whole archive/);
  const damaged = Buffer.from(whole);
  damaged.fill(0xff, 60, 100);
  await refused([file('damaged.zip', damaged)], /damaged|no browsing history/);
  await refused([file('photos.zip', zip({ 'Takeout/Photos/a.json': '{}' }))], /no browsing history/);
});

test('texts without visits, and files of any kind', async () => {
  await refused([file('x.json', '[{"url": "https://a.org/"}]')], /no visits/);
  await refused([file('photo', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0]))], /is no history/);
});

test('two gigabytes: refused where it is nothing, read where it is a database, in little memory', async () => {
  const nothing = join(folder, 'huge.bin');
  const handle = await openFile(nothing, 'w');
  await handle.truncate(2 * 1024 ** 3);
  await handle.close();
  await refused([nothing], /is no history/);
  const [{ buffer }] = await chromeHistory([{ url: 'https://a.org/', title: 'A', time: NOW - DAY }]);
  const database = join(folder, 'History');
  await writeFile(database, buffer);
  const grown = await openFile(database, 'r+');
  await grown.truncate(2 * 1024 ** 3);
  await grown.close();
  assert.equal(await give(view, [database]), null);
  assert.deepEqual(await steps(view), { kept: 1 });
  await leave(view);
});

test('clocks that jump, and a history of one row', async () => {
  const times = [0, -5, NOW * 1000, NOW + 400 * DAY, NOW - DAY, NOW - 3 * DAY].map((time, index) => ({
    url: `https://a.org/${index}`,
    title: '',
    time,
  }));
  assert.equal(await give(view, await chromeHistory(times)), null);
  assert.deepEqual(await steps(view), { kept: 2, clock: 4 });
  assert.deepEqual(await sample(view), ['https://a.org/4', 'https://a.org/5']);
  await leave(view);
});

test('titles and addresses as attacks: nothing runs, nothing breaks the layout', async () => {
  const makers = [
    (n) => `<img src=x onerror="window.attacked=${n}">`,
    (n) => `<script>window.attacked=${n}</script>`,
    (n) => `"><svg onload=window.attacked=${n}>`,
    (n) => `javascript:window.attacked=${n}`,
    (n) => `\u202e${'x'.repeat(50)}\u202d${n}`,
    (n) => `${'W'.repeat(3000)}${n}`,
    (n) => `{{constructor.constructor('window.attacked=${n}')()}}`,
    (n) => `=HYPERLINK("http://evil.example/${n}")`,
    (n) => `a","b\n${n},"x`,
    (n) => `\u0000\u0007\ud800 Z\u0351\u0351\u0351algo ${n} ${'\u0301'.repeat(200)}`,
  ];
  const visits = Array.from({ length: 300 }, (_, index) => {
    const payload = makers[index % makers.length](index);
    const escaped = encodeURIComponent(payload.toWellFormed?.() ?? payload.replaceAll('\ud800', ''));
    const url = index % 3 === 2 ? payload : `https://evil-${index}.example/${escaped.slice(0, 1500)}?x=${escaped}`;
    return { url: index % 7 === 0 ? `https://evil-${index}.example/<b>${index}` : url, title: payload, time: NOW - index * 3_600_000 };
  });
  assert.equal(new Set(visits.map(({ title }) => title)).size, 300, 'as many payloads');
  const bookmarks = `<!DOCTYPE NETSCAPE-Bookmark-file-1><DL>${visits
    .slice(0, 40)
    .map(({ title }, n) => `<DT><A HREF="https://pool-${n}.example/">${title.replaceAll('<', '&lt;')} algo</A>`)
    .join('')}</DL>`;
  assert.equal(await give(view, [...(await chromeHistory(visits)), file('bookmarks.html', bookmarks)]), null);
  assert.ok((await steps(view)).kept > 100);
  const unharmed = async () => {
    for (const width of [390, 1280]) {
      await view.page.setViewportSize({ width, height: 800 });
      const page = await view.page.evaluate(() => ({
        attacked: window.attacked,
        made: document.querySelectorAll('#page img, #page script, #page a[href^="javascript"], #page b b').length,
        overflow: document.documentElement.scrollWidth - innerWidth,
      }));
      assert.deepEqual(page, { attacked: undefined, made: 0, overflow: 0 }, `${width} px wide`);
    }
  };
  await unharmed();
  await view.at('learn-own').click();
  // Next keeps silent about a history in which nothing comes back.
  await view.at('shelf-next').getByText(/Show|Too little/).first().waitFor({ timeout: 60_000 });
  await view.at('own-learning').waitFor({ state: 'hidden', timeout: 60_000 });
  for (const more of await view.page.getByRole('button', { name: /Show (?:all|its best)/ }).all()) {
    if (await more.isVisible()) await more.click();
  }
  await view.at('refind').fill('<img onerror svg "><b');
  await view.at('refound').getByTestId('shelf-item').first().waitFor();
  await unharmed();
  await view.at('knowledge').click();
  await unharmed();
  await view.page.keyboard.press('Escape');
  await view.at('own-forget-all').click();
  await view.at('confirm-own-forget').click();
  await view.at('try-demo').waitFor();
});

test('nothing left the page and nothing complained', () => {
  assert.deepEqual(view.foreign(), []);
  assert.deepEqual(view.complaints, []);
});
