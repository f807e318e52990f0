// Formats that need no browser to be read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bytes } from '../../www/own-history/bytes.js';
import { JsonObjects } from '../../www/own-history/formats/json-stream.js';
import { jsonKind, readJson } from '../../www/own-history/formats/json.js';
import { markupKind, readMarkup } from '../../www/own-history/formats/markup.js';
import { fromAnything } from '../../www/own-history/formats/times.js';
import { MARK, Visits } from '../../www/own-history/visits.js';

const stream = (text) => new Blob([text]).stream();

async function visitsOf(text) {
  const visits = new Visits();
  const notes = await readJson('file', stream(text), jsonKind(text), visits);
  const { page, time, mark } = visits.sorted();
  return {
    notes,
    rows: [...page].map((number, index) => [visits.pages[number].url, visits.pages[number].title, time[index], mark[index]]),
  };
}

test('objects come out of a text in pieces of any size', () => {
  const text = '{"skip":{"a":[1]},"list":[{"a":"}]\\"{"},{"b":[{"c":1}]}, 5, {"d":2}]}';
  for (let size = 1; size < 20; size += 1) {
    const found = [];
    const objects = new JsonObjects((object) => found.push(object));
    for (let at = 0; at < text.length; at += size) objects.write(text.slice(at, at + size));
    assert.deepEqual(found, [{ a: '}]"{' }, { b: [{ c: 1 }] }, { d: 2 }]);
    assert.equal(objects.open, false);
  }
});

test('Google Takeout', async () => {
  const { rows } = await visitsOf(
    JSON.stringify({
      'Browser History': [
        { page_transition: 'LINK', title: 'A', ptoken: {}, url: 'https://a.org/', client_id: 'x', time_usec: 1700000001000000 },
        { page_transition: 'RELOAD', title: 'A', url: 'https://a.org/', client_id: 'x', time_usec: 1700000002000000 },
      ],
      Session: [{ id: 1 }],
    }),
  );
  assert.deepEqual(rows, [
    ['https://a.org/', 'A', 1700000001000, 0],
    ['https://a.org/', 'A', 1700000002000, MARK.reload],
  ]);
});

test('Safari’s export', async () => {
  const { rows } = await visitsOf(
    JSON.stringify({
      metadata: { browser_name: 'Safari', data_type: 'history', schema_version: 1 },
      history: [
        { url: 'https://a.org/', title: 'A', time_usec: 1700000001000000, visit_count: 1 },
        { url: 'https://a.org/r', time_usec: 1700000002000000, destination_url: 'https://a.org/', visit_count: 1 },
        { url: 'https://a.org/f', time_usec: 1700000003000000, latest_visit_was_load_failure: true, visit_count: 1 },
      ],
    }),
  );
  assert.deepEqual(
    rows.map(([, , , mark]) => mark),
    [0, MARK.redirect, MARK.failed],
  );
});

test('JSON Lines, and a text that ends in the middle', async () => {
  const lines =
    '{"url":"https://a.org/1","lastVisitTime":1700000001000.5}\n{"url":"https://a.org/2","lastVisitTime":1700000002000}\n{"url":"https:';
  const { rows, notes } = await visitsOf(lines);
  assert.deepEqual(
    rows.map(([url]) => url),
    ['https://a.org/1', 'https://a.org/2'],
  );
  assert.match(notes.join(), /ends in the middle/);
  await assert.rejects(visitsOf('[{"a":1}]'), { code: 'no-visits' });
});

test('times tell their unit', () => {
  const time = Date.UTC(2024, 0, 1);
  for (const written of [time, time / 1000, time * 1000, String(time), (time + 11_644_473_600_000) * 1000, '2024-01-01T00:00:00Z']) {
    assert.equal(fromAnything(written), time, String(written));
  }
  assert.ok([null, undefined, '', 'soon', 7, {}].every((value) => Number.isNaN(fromAnything(value))));
});

test('bookmarks, OPML and feeds', async () => {
  for (const [text, kind, expected] of [
    [
      '<!DOCTYPE NETSCAPE-Bookmark-file-1><DL><p><DT><A HREF="https://a.org/?x=1&amp;y=2" ADD_DATE="1">A &amp; <b>b</b></A></DL>',
      'bookmarks',
      [['https://a.org/?x=1&y=2', 'A & b']],
    ],
    [
      '<?xml version="1.0"?><opml version="2.0"><body><outline text="F"><outline title="T" htmlUrl="https://t.org" xmlUrl="https://t.org/f"/></outline></body></opml>',
      'opml',
      [['https://t.org', 'T']],
    ],
    [
      '<rss><channel><title>C</title><item><title>I</title><link>https://i.org/1</link></item></channel></rss>',
      'feed',
      [['https://i.org/1', 'I']],
    ],
    [
      '<feed><entry><title>E</title><link rel="self" href="x"/><link href="https://e.org/1"/></entry></feed>',
      'feed',
      [['https://e.org/1', 'E']],
    ],
  ]) {
    assert.equal(markupKind(text), kind);
    assert.deepEqual(
      (await readMarkup(stream(text), kind)).map(({ url, title }) => [url, title]),
      expected,
    );
  }
});

test('bytes: what is written stays beside what was read', () => {
  const original = Uint8Array.from({ length: 600_000 }, (_, index) => index % 251);
  const bytes = Bytes.ofArray(original);
  bytes.write(Uint8Array.of(9, 9, 9), 262_143);
  const read = new Uint8Array(5);
  assert.equal(bytes.readInto(read, 262_142), 5);
  assert.deepEqual([...read], [262_142 % 251, 9, 9, 9, 262_146 % 251]);
  bytes.truncate(100);
  bytes.write(Uint8Array.of(7), 200);
  assert.equal(bytes.readInto(read, 196), 5);
  assert.deepEqual([...read], [0, 0, 0, 0, 7]);
  assert.equal(original[262_143], 262_143 % 251);
});
