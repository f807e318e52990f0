// Each way in from a real file, up to the preview: what is read, what each step leaves out, what is told.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { browse } from './own-history/chromium.js';
import { firefoxHistory, safariHistory } from './own-history/databases.js';
import { file, give, leave, sample, steps } from './own-history/preview.js';
import { zip } from './own-history/zip.js';
import { open } from './page.js';

const NOW = Date.now();
const HOUR = 3_600_000;
const MINUTE = 60_000;

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let view;

before(async () => {
  view = await open({ query: '?device=cpu' });
});
after(() => view.close());

async function preview(files) {
  assert.equal(await give(view, files), null);
  const found = { steps: await steps(view), sample: await sample(view), text: await view.at('own-preview').innerText() };
  await leave(view);
  await view.at('try-demo').waitFor();
  return found;
}

test('what the installed Chromium wrote, while it runs and after', async () => {
  let during;
  const left = await browse(
    [
      'http://news.example.com/a?utm_source=x&page=2',
      'http://news.example.com/b',
      'reload',
      'http://go.example.com/old',
      'http://search.example.com/search?q=secret',
      'http://www.bank-of-x.com/',
      'http://news.example.com/a#again',
    ],
    (files) => (during = files),
  );
  for (const files of [during, left]) {
    const found = await preview(files);
    assert.deepEqual(found.steps, { kept: 4, redirect: 1, reload: 1, search: 1, sensitive: 1 });
    assert.deepEqual(found.sample, ['https://news.example.com/a', 'https://news.example.com/redirected', 'https://news.example.com/b']);
    assert.match(found.text, /Title of news\.example\.com\/a/);
  }
});

test('Firefox: the write-ahead log counts, and its absence is told', async () => {
  const visits = [
    { url: 'https://www.a.org/1', title: 'One', time: NOW - 9 * HOUR },
    { url: 'https://a.org/go', title: '', time: NOW - 8 * HOUR },
    { url: 'https://b.org/', title: 'Two', time: NOW - 8 * HOUR + 10, type: 6, from: 2 },
    { url: 'https://b.org/f', title: 'Frame', time: NOW - 7 * HOUR, type: 8 },
    { url: 'https://b.org/d.zip', title: '', time: NOW - 6 * HOUR, type: 7 },
    { url: 'https://b.org/', title: 'Two', time: NOW - 5 * HOUR, type: 9 },
  ];
  const later = [{ url: 'https://c.org/late', title: 'Late', time: NOW - HOUR }];
  const bookmarks = [
    { url: 'https://d.org/unread', title: 'Unread' },
    { url: 'https://www.a.org/1', title: 'One' },
  ];
  const files = await firefoxHistory(visits, later, bookmarks);
  assert.deepEqual(
    files.map(({ name }) => name),
    ['places.sqlite', 'places.sqlite-wal'],
  );
  const all = await preview(files);
  assert.deepEqual(all.steps, { kept: 3, frame: 1, download: 1, redirect: 1, reload: 1 });
  assert.equal(all.sample[0], 'https://c.org/late');
  assert.match(all.text, /1 page never opened is a candidate/);
  const without = await preview(files.slice(0, 1));
  assert.equal(without.steps.kept, 2);
  assert.match(without.text, /places\.sqlite-wal/);
});

test('Safari: its database, and its export without passwords', async () => {
  const visits = [
    { url: 'https://a.org/1', title: 'One', time: NOW - 9 * HOUR },
    { url: 'https://a.org/r', title: '', time: NOW - 8 * HOUR, destination: 1 },
    { url: 'https://a.org/f', title: '', time: NOW - 7 * HOUR, loaded: 0 },
  ];
  const expected = { kept: 1, failed: 1, redirect: 1 };
  assert.deepEqual((await preview(await safariHistory(visits))).steps, expected);
  const archive = zip({
    'Verlauf.json': JSON.stringify({
      metadata: { browser_name: 'Safari', data_type: 'history', schema_version: 1 },
      history: [
        { url: 'https://a.org/1', title: 'One', time_usec: (NOW - 9 * HOUR) * 1000, visit_count: 1 },
        { url: 'https://a.org/r', time_usec: (NOW - 8 * HOUR) * 1000, destination_url: 'https://a.org/1', visit_count: 1 },
        { url: 'https://a.org/f', time_usec: (NOW - 7 * HOUR) * 1000, latest_visit_was_load_failure: true, visit_count: 1 },
      ],
    }),
    'Lesezeichen.html': '<!DOCTYPE NETSCAPE-Bookmark-file-1><DL><p><DT><A HREF="https://z.org/">Z</A></DL>',
    'Passwörter.csv': 'Title,URL,Username,Password\nx,https://bank.example,me,hunter2\n',
    'Zahlungskarten.json': JSON.stringify({ metadata: { data_type: 'payment_cards' }, payment_cards: [{ card_number: '4111' }] }),
  });
  const found = await preview([file('Safari-Export.zip', archive)]);
  assert.deepEqual(found.steps, expected);
  assert.match(found.text, /1 page never opened/);
  assert.doesNotMatch(found.text, /hunter2|4111|Zahlungskarten|Passw/);
});

test('Google Takeout', async () => {
  const history = {
    'Browser History': Array.from({ length: 5 }, (_, index) => ({
      page_transition: 'LINK',
      title: `T${index}`,
      url: `https://a.org/${index}`,
      time_usec: (NOW - index * HOUR) * 1000,
    })),
  };
  const archive = zip({
    'Takeout/archive_browser.html': '<html>',
    'Takeout/Chrome/History.json': JSON.stringify(history),
    'Takeout/Photos/a.json': '{"title":"x"}',
  });
  assert.deepEqual((await preview([file('takeout-2026.zip', archive)])).steps, { kept: 5 });
});

test('CSV, JSON, and several files at once', async () => {
  const csv = `date,title,url\n${new Date(NOW - 3 * HOUR).toISOString()},"A, quoted",https://a.org/1?utm_source=x\n${new Date(NOW - 2 * HOUR).toISOString()},B,https://a.org/2\n`;
  const json = JSON.stringify([{ url: 'https://b.org/', title: 'B', lastVisitTime: NOW - HOUR, visitCount: 4 }]);
  const feed = '<rss><channel><item><title>Fresh</title><link>https://f.org/1</link></item></channel></rss>';
  const found = await preview([file('export.csv', csv), file('history.json', json), file('feed.xml', feed)]);
  assert.deepEqual(found.steps, { kept: 3 });
  assert.deepEqual(found.sample, ['https://b.org', 'https://a.org/2', 'https://a.org/1']);
  assert.match(found.text, /1 page never opened/);
});

test('choices change what stays, at once, and the preview is accessible', async () => {
  const visits = ['https://a.org/1', 'https://a.org/2', 'https://tinder.com/', 'https://b.org/'].map((url, index) => ({
    url,
    title: '',
    time: NOW - 9 * HOUR + index * MINUTE,
  }));
  assert.equal(await give(view, await safariHistory(visits)), null);
  assert.deepEqual(await steps(view), { kept: 3, sensitive: 1 });
  await view.page.evaluate(axe);
  const { violations } = await view.page.evaluate(() => window.axe.run());
  assert.deepEqual(
    violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id }) => id),
    [],
  );
  await view.at('kind-dating').check();
  await view.page.waitForFunction(() => document.querySelector('[data-step=kept]').dataset.count === '4');
  await view.page.locator('[data-site="b.org"] input').uncheck();
  await view.page.waitForFunction(() => document.querySelector('[data-step=excluded]')?.dataset.count === '1');
  await view.at('level-site').check();
  await view.page.waitForFunction(() => document.querySelector('[data-step=repeat]')?.dataset.count === '1');
  assert.deepEqual(await sample(view), ['https://tinder.com', 'https://a.org']);
  await leave(view);
});

test('the guide names the files of each browser and system', async () => {
  await view.at('guide').click();
  for (const [browser, system, told] of [
    ['edge', 'windows', /Microsoft\\Edge\\User Data/],
    ['chrome', 'mac', /Application Support\/Google\/Chrome/],
    ['firefox', 'linux', /places\.sqlite-wal/],
    ['safari', 'ios', /Export/],
    ['takeout', 'any', /takeout\.google\.com/],
  ]) {
    await view.at('guide-browser').selectOption(browser);
    if (system !== 'any') await view.at('guide-system').selectOption(system);
    assert.match(await view.at('guide-steps').innerText(), told);
  }
});

test('nothing left the page and nothing complained', () => {
  assert.deepEqual(view.foreign(), []);
  assert.deepEqual(view.complaints, []);
});
