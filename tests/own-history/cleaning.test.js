// Each step leaves out what it says, counts it, and nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clean, describePages } from '../../www/own-history/cleaning/cleaner.js';
import { categoryOf, CATEGORIES } from '../../www/own-history/cleaning/sensitive.js';
import { describeAddress } from '../../www/own-history/cleaning/address.js';
import { markOf } from '../../www/own-history/formats/chrome.js';
import { table } from '../../www/own-history/table.js';
import { MARK, Visits } from '../../www/own-history/visits.js';

const NOW = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;

function cleaned(list, options) {
  const visits = new Visits();
  for (const [url, time, mark = 0, title = ''] of list) visits.addVisit(url, title, NOW - time * HOUR, mark);
  const pages = describePages(visits.pages);
  const result = clean({ columns: visits.sorted(), pages }, options, NOW);
  return { ...result, pages, items: result.kept.page.map((number) => pages[number].item) };
}

test('visits stand in the order of time, ties as they were read', () => {
  const { items } = cleaned([
    ['https://a.org/2', 1],
    ['https://a.org/1', 5],
    ['https://a.org/3', 1],
  ]);
  assert.deepEqual(items, ['https://a.org/1', 'https://a.org/2', 'https://a.org/3']);
});

test('every step counts what it leaves out', () => {
  const { items, counts } = cleaned(
    [
      ['https://a.org/kept', 100],
      ['https://a.org/reloaded', 90, MARK.reload],
      ['https://a.org/redirect', 80, MARK.redirect],
      ['https://a.org/frame', 70, MARK.frame],
      ['https://a.org/file.zip', 60, MARK.download],
      ['https://a.org/gone', 55, MARK.failed],
      ['file:///x', 50],
      ['https://duckduckgo.com/?q=x', 45],
      ['https://a.org/login', 44],
      ['https://a.org/?token=abcdefgh', 43],
      ['https://tinder.com/app', 42],
      ['https://b.org/', 41],
      ['https://a.org/last', 40],
      ['https://a.org/last#again', 39.8],
      ['https://a.org/last', 38],
      ['https://a.org/future', -48],
      ['https://a.org/old', 24 * 366 * 40],
    ],
    { exclude: ['b.org'] },
  );
  assert.deepEqual(items, ['https://a.org/kept', 'https://a.org/last', 'https://a.org/last']);
  assert.deepEqual(Object.fromEntries(counts), {
    clock: 2,
    reload: 1,
    redirect: 1,
    frame: 1,
    download: 1,
    failed: 1,
    local: 1,
    search: 1,
    login: 1,
    secret: 1,
    sensitive: 1,
    excluded: 1,
    repeat: 1,
  });
});

test('the same visit from two files counts once', () => {
  const { items, counts } = cleaned([
    ['https://a.org/x', 9],
    ['https://a.org/x', 9],
  ]);
  assert.deepEqual(items, ['https://a.org/x']);
  assert.equal(counts.get('duplicate'), 1);
});

test('kinds are left out unless they are chosen in; sites are items where that is chosen', () => {
  const list = [
    ['https://tinder.com/app', 9],
    ['https://a.org/1', 8],
    ['https://a.org/2', 7.9],
    ['https://a.org/3', 5],
  ];
  assert.deepEqual(cleaned(list).items, ['https://a.org/1', 'https://a.org/2', 'https://a.org/3']);
  assert.equal(cleaned(list, { include: ['dating'] }).items.length, 4);
  assert.equal(cleaned(list, { level: 'site' }).counts.get('repeat'), 1);
});

test('kinds are told by site, name and whole words', () => {
  const kind = (url, title = '') => categoryOf({ ...describeAddress(url), title });
  for (const [url, title, expected] of [
    ['https://www.nhs.uk/conditions', '', 'health'],
    ['https://my-clinic.org/', '', 'health'],
    ['https://blog.org/living-with-depression', '', 'health'],
    ['https://blog.org/x', 'Chemotherapy: what to expect', 'health'],
    ['https://mybank.com/', '', 'finance'],
    ['https://mail.example.com/u/0', '', 'messages'],
    ['https://dailymail.co.uk/', '', null],
    ['https://sussex.ac.uk/', '', null],
    ['https://en.cppreference.com/w/cpp/string', 'std::string', null],
    ['https://rust-lang.org/learn', 'Learn Rust', null],
    ['https://github.com/tracel-ai/burn', 'burn: a tensor library', null],
    ['https://en.wikipedia.org/wiki/Cedar', 'Cedar', null],
  ]) {
    assert.equal(kind(url, title), expected, `${url} ${title}`);
  }
  assert.equal(new Set(CATEGORIES.map(({ id }) => id)).size, CATEGORIES.length);
});

test('Chromium’s transitions', () => {
  const END = 0x3000_0000;
  assert.equal(markOf(END | 1), 0);
  assert.equal(markOf(END | 8), MARK.reload);
  assert.equal(markOf(END | 3), MARK.frame);
  assert.equal(markOf(0x1000_0000), MARK.redirect);
  // The end of a chain of server redirects, as SQLite gives it: a negative number.
  assert.equal(markOf(0xa800_0001 | 0), 0);
});

test('titles lose control characters and counters, and the table quotes what it must', () => {
  const { kept, pages } = cleaned([['https://a.org/x', 5, 0, '(3) A "title",\nwith\u0000 traps']]);
  assert.equal(pages[0].title, 'A "title", with traps');
  const text = new TextDecoder().decode(table({ kept, pages, level: 'page' }));
  assert.equal(text, `timestamp,url,title,section\n${NOW - 5 * HOUR},"https://a.org/x","A ""title"", with traps","a.org"\n`);
});
