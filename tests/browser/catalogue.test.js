// Catalogues as sites really have them: too large, with ids that are numbers, with the same id twice, with markup, empty.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browse } from './site.js';

let site;
let tab;

before(async () => {
  site = await browse();
  tab = await site.open();
  await tab.run(() => start());
});
after(() => site.close());

test('what cannot be used is an error that names it, and what was in use stays', async () => {
  const errors = await tab.run(() => Promise.all([
    failing(() => rec.setCatalogue([{ id: 'a' }, { id: 42, title: 'A number' }])),
    failing(() => rec.setCatalogue([{ id: 'a' }, { id: 'b' }, { id: 'a' }])),
    failing(() => rec.setCatalogue([{ id: '' }])),
    failing(() => rec.setCatalogue([{ id: 'a', title: 42 }])),
    failing(() => rec.setCatalogue([{ id: 'a', tags: 'one, two' }])),
    failing(() => rec.setCatalogue({ items: [] })),
    failing(() => rec.setCatalogue([null])),
    failing(() => rec.updateCatalogue({ put: [{ id: 7 }] })),
  ]));
  assert.deepEqual(errors.map((error) => [error?.class, error?.code]), [
    ['OptionError', 'config'],
    ['DataError', 'format'],
    ['DataError', 'format'],
    ['OptionError', 'config'],
    ['OptionError', 'config'],
    ['OptionError', 'config'],
    ['OptionError', 'config'],
    ['OptionError', 'config'],
  ]);
  const told = [/item 1 has the id 42/, /"a"/, /id/, /item 0 has the title 42/, /item 0 has the tags "one, two"/, /an object/, /item 0/, /item 0 has the id 7/];
  errors.forEach(({ message, remedy }, at) => {
    assert.match(message, told[at]);
    assert.ok(remedy);
  });
  assert.equal((await tab.run(() => rec.summary())).items, 8);
});

test('an empty catalogue recommends nothing, and one that comes later is used', async () => {
  const got = await tab.run(async () => {
    await rec.setCatalogue([]);
    const empty = { list: await rec.recommend(), summary: await rec.summary(), unknown: await failing(() => rec.record('tea0')) };
    await rec.setCatalogue(items);
    return { ...empty, later: (await rec.recommend({ context: 'tea0' })).items.length };
  });
  assert.deepEqual([got.list.by, got.list.items, got.summary.items], ['none', [], 0]);
  assert.equal(got.unknown.code, 'unknown-item');
  assert.ok(got.later > 0);
});

test('markup is text: it comes back as it was given', async () => {
  const title = '<img src=x onerror="self.broken = true"> & <b>bold</b>';
  const got = await tab.run(async (title) => {
    await rec.setCatalogue([...items, { id: '<script>', title, detail: title, topic: 'tea', tags: [title], url: 'javascript:alert(1)' }]);
    const { items: found } = await rec.similar('<script>', { k: 3 });
    const { items: all } = await rec.browse({ query: 'onerror' });
    return { title: all[0].title, detail: all[0].detail, near: found.length, broken: self.broken };
  }, title);
  assert.deepEqual(got, { title, detail: title, near: 3, broken: undefined });
});

test('what else a site\'s own catalogue says of an item is passed over', async () => {
  const got = await tab.run(async () => {
    await rec.setCatalogue([...items, { id: 'a', title: null, topic: 'tea', price: 42, variants: [{ colour: 'red' }] }]);
    return rec.browse({ query: 'a' }).then(({ items }) => items.find(({ id }) => id === 'a'));
  });
  assert.deepEqual([got.id, got.title, got.topic, got.price], ['a', 'a', 'tea', undefined]);
});

test('changes of ids that are not there are passed over', async () => {
  const summary = await tab.run(async () => {
    await rec.setCatalogue(items);
    return rec.updateCatalogue({ remove: ['no'], hide: ['no'], show: ['no'], pin: ['no'], unpin: ['no'] });
  });
  assert.equal(summary.items, 8);
});

test('one item more than it is made for works the same', async () => {
  const got = await tab.run(async () => {
    const many = Array.from({ length: 50_001 }, (_, at) => ({ id: `sku-${at}`, title: `Thing of kind ${at % 500}`, topic: `Topic ${at % 50}` }));
    const { items } = await rec.setCatalogue(many);
    await rec.record('sku-50000');
    return { items, list: (await rec.recommend()).items.length };
  });
  assert.deepEqual(got, { items: 50_001, list: 10 });
});
