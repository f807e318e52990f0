// What is held after learning is what was learned from, and what is forgotten is gone from it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Held } from '../../www/own-history/held.js';
import { Visits } from '../../www/own-history/visits.js';

const NOW = Date.now();
const HOUR = 3_600_000;

function held() {
  const visits = new Visits();
  ['https://a.org/1?secret=1', 'https://a.org/2', 'https://news.b.co.uk/', 'https://tinder.com/x', 'https://a.org/1'].forEach((url, index) =>
    visits.addVisit(url, `T${index}`, NOW - (9 - index) * HOUR, 0),
  );
  const pool = [
    { url: 'https://a.org/1', title: 'Opened', from: 'bookmarks' },
    { url: 'https://c.org/', title: 'Unopened', from: 'bookmarks' },
    { url: 'https://grindr.com/', title: 'Sensitive', from: 'bookmarks' },
  ];
  return Held.read({ visits, sources: [], notes: [], pool });
}

const lines = ({ bytes }) => new TextDecoder().decode(bytes).trim().split('\n').slice(1);

test('what was left out is gone once it is taken', () => {
  const history = held();
  const taken = history.take();
  assert.equal(lines(taken).length, 4);
  assert.deepEqual(taken.pool.map(({ id }) => id), ['https://c.org']);
  history.choose({ include: ['dating'] });
  assert.deepEqual(history.preview().kinds, []);
  assert.equal(history.take().visits, 4);
});

test('an item, a site by any name of it, and a span of time are forgotten', () => {
  for (const [what, left] of [
    [{ item: 'https://a.org/1' }, 2],
    [{ site: 'a.org' }, 1],
    [{ site: 'www.b.co.uk/page' }, 3],
    [{ site: 'https://news.b.co.uk/x' }, 3],
    [{ from: NOW - 8.5 * HOUR, to: NOW - 6.5 * HOUR }, 2],
    [{ site: 'not there' }, 4],
  ]) {
    const history = held();
    history.take();
    assert.equal(history.forget(what), 4 - left, JSON.stringify(what));
    assert.equal(lines(history.take()).length, left);
  }
});

test('what was taken is the same with whoever it is handed over to', () => {
  const history = held();
  const taken = history.take();
  const other = Held.taken(structuredClone(history.handOver()));
  assert.deepEqual(other.take(), taken);
  assert.equal(other.forget({ site: 'a.org' }), 3);
  assert.equal(lines(other.take()).length, 1);
});

test('a visit joins at the end', () => {
  const history = held();
  history.take();
  history.visit('https://a.org/2', NOW);
  history.visit('https://unknown.org/', NOW);
  assert.match(lines(history.take()).at(-1), new RegExp(`^${NOW},"https://a.org/2"`));
  history.visit('https://c.org', NOW + HOUR);
  const taken = history.take();
  assert.match(lines(taken).at(-1), new RegExp(`^${NOW + HOUR},"https://c.org","Unopened"`));
  assert.deepEqual(taken.pool, [], 'what was opened is no longer to be');
});
