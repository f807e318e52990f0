// A base model from the command line, in a site's page: checked, joined to today's catalogue, adapted to the visitor, replaced.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { trainBaseModel } from '../../examples/shop/base-model.js';
import { visits } from '../../examples/shop/visitors.js';
import { browse } from './site.js';

const command = process.env.HOMEBODY_CLI && [process.env.HOMEBODY_CLI];
const catalogue = JSON.parse(await readFile(new URL('../../examples/shop/catalogue.json', import.meta.url), 'utf8'));

const files = new Map();
let site;
let tab;
let sha256;

before(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'homebody-'));
  for (const [name, seed] of [['base', 1], ['next', 2]]) {
    await trainBaseModel(folder, { command, seed, visitors: 600 });
    files.set(name, await readFile(join(folder, 'base.safetensors')));
  }
  await rm(folder, { recursive: true });
  files.set('page', Buffer.from('<!doctype html><title>Not found</title>'));
  files.set('torn', files.get('base').subarray(0, -100));
  files.set('more', changed(files.get('base'), (header, data) => {
    header.surprise = { dtype: 'F32', shape: [1], data_offsets: [data.length, data.length + 4] };
    return Buffer.concat([data, Buffer.alloc(4)]);
  }));
  files.set('infinite', changed(files.get('base'), (header, data) => {
    const [, { data_offsets: [start] }] = Object.entries(header).find(([, { dtype }]) => dtype === 'F32');
    const copy = Buffer.from(data);
    copy.writeFloatLE(Number.NaN, start);
    return copy;
  }));
  files.set('flat', changed(files.get('base'), (header, data) => {
    const [, tensor] = Object.entries(header).find(([, { shape }]) => shape?.length === 2);
    tensor.shape.reverse();
    return data;
  }));
  sha256 = createHash('sha256').update(files.get('base')).digest('hex');
  site = await browse();
  await site.context.route('**/models/*', (route) => {
    const body = files.get(new URL(route.request().url()).pathname.split('/').pop());
    return body ? route.fulfill({ body }) : route.fulfill({ status: 404, body: 'no' });
  });
  tab = await site.open();
  await tab.run((catalogue) => {
    window.items = catalogue;
    const open = start;
    window.start = (options) => open({ catalogue, ...options });
  }, catalogue);
});
after(() => site?.close());

/** A safetensors file with another header and other data. */
function changed(file, change) {
  const length = Number(file.readBigUInt64LE());
  const header = JSON.parse(file.subarray(8, 8 + length));
  const data = change(header, file.subarray(8 + length));
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([size, text, data]);
}

/** Views of visitors that no model has seen; of the one with most of them. */
const byVisitor = new Map();
for (const view of visits(catalogue, { from: 9000, to: 9040 })) byVisitor.set(view.visitor, [...(byVisitor.get(view.visitor) ?? []), view]);
const longest = [...byVisitor.values()].sort((a, b) => b.length - a.length)[0];

const opened = (options) => tab.run(async (options) => {
  await window.rec?.close();
  await start(options);
  return rec.summary();
}, options);

test('it ranks from the first view on, without training, and says which model it is', async () => {
  const { model } = await opened({ baseModel: { url: '/models/base', sha256 } });
  assert.deepEqual([model.name, model.base, model.adapted, model.trainedEvents], ['gru', true, false, 0]);
  const list = await tab.run(() => rec.recommend({ context: 'moka-pot-three-cups', k: 5 }));
  assert.equal(list.by, 'gru');
  assert.equal(list.items.length, 5);
  assert.deepEqual(tab.requests.filter((url) => /trainer|webgpu/.test(url)), []);
});

test('a file that is not the one that was meant, or no base model, is refused with its cause', async () => {
  const errors = await tab.run(async (hash) => {
    const opening = (baseModel) => failing(() => homebody.Recommender.open({ catalogue: items, baseModel }));
    return Promise.all([
      opening({ url: '/models/base', sha256: hash.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) }),
      opening({ url: '/models/base', maxBytes: 1000 }),
      opening('/models/missing'),
      opening('/models/page'),
      opening('/models/torn'),
      opening('/models/more'),
      opening('/models/infinite'),
      opening('/models/flat'),
      opening({ url: '/models/base', sha: hash }),
      opening({ sha256: hash }),
    ]);
  }, sha256);
  assert.deepEqual(errors.map((error) => [error?.class, error?.code]), [
    ['DataError', 'base-model'],
    ['DataError', 'base-model'],
    ['DataError', 'base-model'],
    ['DataError', 'checkpoint'],
    ['DataError', 'checkpoint'],
    ['DataError', 'checkpoint'],
    ['DataError', 'checkpoint'],
    ['DataError', 'checkpoint'],
    ['OptionError', 'unknown-option'],
    ['OptionError', 'config'],
  ]);
  const told = [/hash|SHA/i, /larger than/, /404/, /./, /./, /surprise/, /finite|NaN/i, /shape|\d/, /"sha"/, /url/];
  errors.forEach(({ message, remedy }, at) => {
    assert.match(message, told[at]);
    assert.ok(remedy, message);
  });
});

test('a catalogue that knows none of its items is an error, and what was in use stays', async () => {
  await opened({ baseModel: '/models/base' });
  const got = await tab.run(async () => ({
    refused: await failing(() => homebody.Recommender.open({ catalogue: [{ id: 'other' }], baseModel: '/models/base' })),
    torn: await failing(() => rec.setBaseModel('/models/torn')),
    model: (await rec.summary()).model,
  }));
  assert.deepEqual([got.refused.class, got.refused.code], ['DataError', 'too-little']);
  assert.equal(got.torn.code, 'checkpoint');
  assert.deepEqual([got.model.name, got.model.base], ['gru', true]);
});

test('joined to a catalogue where items are gone and new', async () => {
  await opened({ baseModel: '/models/base' });
  const gone = 'moka-pot-six-cups';
  const got = await tab.run(async (gone) => {
    await rec.setCatalogue([...items.filter(({ id }) => id !== gone), { id: 'new-moka', title: 'Moka pot, nine cups', topic: 'Coffee', tags: ['espresso', 'pot'] }]);
    const list = await rec.recommend({ context: 'moka-pot-three-cups', k: 1000 });
    return { summary: await rec.summary(), by: list.by, ids: list.items.map(({ item }) => item.id), near: (await rec.similar('new-moka', { k: 5 })).items };
  }, gone);
  assert.deepEqual([got.by, got.summary.model.base, got.summary.items], ['gru', true, catalogue.length]);
  assert.ok(!got.ids.includes(gone), 'what is gone is not recommended');
  assert.ok(got.ids.indexOf('new-moka') < 30, `what is new stands where it reads to belong: place ${got.ids.indexOf('new-moka') + 1} of ${got.ids.length}`);
  assert.ok(got.near.some(({ item }) => item.topic === 'Coffee'), JSON.stringify(got.near.map(({ item }) => item.id)));
});

/** Records views and gives, before each of them, both lists: the visitor's own, and the frozen base model's on the same session. */
const replay = (views) => tab.run(async (views) => {
  const { Recommender } = homebody;
  const frozen = await Recommender.open({ device: 'cpu', catalogue: items, baseModel: '/models/base' });
  let session = [];
  // What stands in the context is not recommended: it is left out of both lists.
  const ids = ({ items }) => items.map(({ item }) => item.id).filter((id) => !session.includes(id)).slice(0, 10);
  const steps = [];
  for (const { item, time } of views) {
    const [own, alone] = [await rec.recommend({ k: 30, repeats: 'allow' }), await frozen.recommend({ k: 30, repeats: 'allow', context: session })];
    steps.push({ own: ids(own), alone: ids(alone), adapted: (await rec.summary()).model.adapted });
    await rec.record({ item, time });
    session = [...session, item];
  }
  await frozen.close();
  return { steps, model: (await rec.summary()).model };
}, views);

test('adaptation stays off, and the lists are the base model\'s, until it predicts the visitor better', async () => {
  await opened({ baseModel: '/models/base' });
  // One sitting: what the frozen model is told is then the same as what the visitor's knows.
  const sitting = longest.slice(0, 9).map(({ item }, at) => ({ item, time: 1.7e12 + at * 1000 }));
  const { steps, model } = await replay(sitting);
  assert.equal(model.adapted, false, 'nine views tell nothing');
  for (const { own, alone } of steps) assert.deepEqual(own, alone);
});

test('a visitor with a taste is predicted better: the adapter is used, moves the list, and says what it gains', async (context) => {
  await opened({ baseModel: '/models/base' });
  const tomatoes = catalogue.filter(({ tags }) => tags.includes('tomato') || tags.includes('sourdough')).map(({ id }) => id);
  const views = Array.from({ length: 40 }, (_, at) => ({ item: tomatoes[(at * 5) % tomatoes.length], time: 1.7e12 + at * 1000 }));
  const { steps, model } = await replay(views);
  assert.equal(model.adapted, true, JSON.stringify(model));
  context.diagnostic(`gain over the frozen base model: ${model.adapterGain.toFixed(2)} nats an event, over ${model.adapterEvents}`);
  assert.ok(model.adapterGain > 0.1, `${model.adapterGain} nats an event`);
  assert.equal(model.adapterEvents, 39, 'the first view has nothing before it');
  assert.ok(steps.some(({ own, alone, adapted }) => adapted && own.join() !== alone.join()));
});

test('a new base model takes the old one\'s place, and the adapter is replayed on it; so it is where an item is forgotten', async () => {
  const before = await tab.run(() => rec.summary());
  const got = await tab.run(async () => {
    const { items: first } = await rec.recommend({ k: 300 });
    const { model } = await rec.setBaseModel('/models/next');
    const { items: second } = await rec.recommend({ k: 300 });
    const { item } = (await rec.history({ limit: 1 })).events[0];
    const report = await rec.forget({ item: item.id });
    return { model, report, moved: JSON.stringify(first) !== JSON.stringify(second) };
  });
  assert.ok(got.moved);
  assert.deepEqual([got.model.base, got.model.adapterEvents], [true, before.model.adapterEvents], 'nothing that was learned of the visitor is lost');
  assert.equal(got.model.adapted, true);
  assert.equal(got.report.model, 'replayed');
  assert.ok(got.report.summary.model.adapterEvents < before.model.adapterEvents);
  const none = await tab.run(() => rec.setBaseModel(null));
  assert.equal(none.model ?? null, null);
});

test('kept: the adapter comes back with the history, and is replayed where the site serves another base model', async () => {
  await opened({ storage: 'keep', consent: true, baseModel: '/models/base' });
  const expected = await tab.run(async (views) => {
    for (const { item, time } of views) await rec.record({ item, time });
    return (await rec.summary()).model;
  }, longest);
  const again = await opened({ storage: 'keep', baseModel: '/models/base' });
  assert.deepEqual(again.model, expected);
  const other = await opened({ storage: 'keep', baseModel: '/models/next' });
  assert.deepEqual([other.model.base, other.model.adapterEvents], [true, expected.adapterEvents], 'replayed on the new one');
  await tab.run(() => rec.forget({ all: true }));
});
