// The package as a site uses it: five lines to a list, errors that name what is wrong, consent, forgetting, exports.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browse, until } from './site.js';

let site;
let tab;

before(async () => {
  site = await browse();
  tab = await site.open();
});
after(() => site.close());

const databases = () => tab.run(async () => (await indexedDB.databases()).map(({ name }) => name));

test('a list from the first view on, with links, and one request for the program', async () => {
  const got = await tab.run(async () => {
    await start();
    const before = await rec.recommend({ context: 'tea0' });
    await rec.record('camp0');
    const after = await rec.recommend({ k: 3 });
    return { before, after, near: await rec.similar('tea1', { k: 2 }) };
  });
  assert.equal(got.before.by, 'content');
  assert.equal(got.before.items[0].item.topic, 'tea');
  assert.equal(got.after.items[0].item.topic, 'camp');
  assert.match(got.after.items[0].item.url, /^\/camp\/\d$/);
  assert.equal(got.near.items.length, 2);
  assert.deepEqual(tab.requests.filter((url) => /webgpu|trainer/.test(url)), [], 'nothing that only training needs');
  assert.deepEqual(await databases(), [], 'nothing is written');
});

test('an unknown or mistyped option is an error that names it', async () => {
  const errors = await tab.run(async () => {
    const { Recommender } = homebody;
    return Promise.all([
      failing(() => Recommender.open({ catalog: [] })),
      failing(() => Recommender.open({ storage: 'disk' })),
      failing(() => rec.recommend({ k: 0 })),
      failing(() => rec.recommend({ diversty: 0.5 })),
      failing(() => rec.record({ item: 'tea0', when: 5 })),
      failing(() => rec.record('no such item')),
      failing(() => rec.train({ epohcs: 3 }).next()),
      failing(() => rec.forget({ item: 'tea0', all: true })),
      failing(() => rec.setCatalogue([{ title: 'no id' }])),
    ]);
  });
  const found = errors.map((error) => [error.class, error.code]);
  assert.deepEqual(found, [
    ['OptionError', 'unknown-option'],
    ['OptionError', 'config'],
    ['OptionError', 'config'],
    ['OptionError', 'unknown-option'],
    ['OptionError', 'unknown-option'],
    ['DataError', 'unknown-item'],
    ['OptionError', 'request'],
    ['OptionError', 'config'],
    ['OptionError', 'config'],
  ]);
  const told = ['"catalog"', '"disk"', '"k"', 'diversty', 'when', 'no such item', 'epohcs', '"all"', 'id'];
  errors.forEach(({ message, remedy }, at) => {
    assert.ok(message.includes(told[at]), message);
    assert.ok(remedy && message.includes(remedy), `${message} | ${remedy}`);
  });
});

test('nothing is written before consent; with it things come back; without it they are gone', async () => {
  const before = await tab.run(async () => {
    await rec.close();
    const status = await start({ storage: 'keep' });
    await rec.record('tea0');
    return status;
  });
  assert.equal(before.state, 'memory');
  assert.deepEqual(await databases(), []);
  const given = await tab.run(async () => {
    const status = await rec.consent(true);
    await rec.record({ item: 'tea1', time: 1.7e12, kind: 'buy' });
    await rec.close();
    return status;
  });
  assert.equal(given.state, 'kept');
  const again = await tab.run(async () => {
    const status = await start({ storage: 'keep' });
    return { status, history: await rec.history(), profile: await rec.profile() };
  });
  assert.equal(again.status.state, 'kept');
  assert.deepEqual(again.history.events.map(({ item, kind }) => [item.id, kind ?? null]), [['tea1', 'buy'], ['tea0', null]]);
  assert.deepEqual(again.profile.topics, [{ topic: 'tea', share: 1 }]);
  const withdrawn = await tab.run(() => rec.consent(false));
  assert.equal(withdrawn.state, 'memory');
  assert.deepEqual(await databases(), []);
});

test('forgetting reports what went, in memory and on the device', async () => {
  const report = await tab.run(async () => {
    await rec.consent(true);
    for (const item of ['tea0', 'camp1', 'tea0']) await rec.record(item);
    return rec.forget({ item: 'tea0' });
  });
  assert.equal(report.events, 3, 'one of them from before');
  assert.equal(report.summary.events, 2);
  assert.deepEqual(report.deleted, ['log', 'checkpoints']);
  assert.match(report.disk, /disk may hold on/);
  const left = await tab.run(async () => {
    const { readState, readLog } = await import('/pkg/storage.js');
    const state = await readState();
    const kept = state.checkpoints.map(({ bytes }) => new TextDecoder('latin1').decode(bytes)).join();
    return { checkpoints: state.checkpoints.length, log: await readLog(0), kept };
  });
  assert.equal(left.checkpoints, 1);
  assert.deepEqual(left.log, []);
});

test('switched off, it deletes, records nothing, and stays off', async () => {
  await tab.run(async () => {
    await rec.switchOff();
    await rec.record('tea0');
    await rec.close();
  });
  const later = await tab.run(async () => {
    const status = await start({ storage: 'keep', consent: true });
    await rec.record('tea0');
    const { readState } = await import('/pkg/storage.js');
    return { status, events: (await rec.summary()).events, kept: await readState(), list: (await rec.recommend({ context: 'tea0' })).items.length };
  });
  assert.equal(later.status.state, 'off');
  assert.equal(later.events, 0);
  assert.ok(later.list > 0, 'it still recommends');
  assert.deepEqual(later.kept, { settings: { off: true }, training: undefined, checkpoints: [] });
  const on = await tab.run(async () => {
    await rec.switchOn();
    await rec.record('tea0');
    return { status: await rec.storage(), events: (await rec.summary()).events };
  });
  assert.deepEqual([on.status.state, on.events], ['memory', 1]);
  assert.deepEqual(await databases(), []);
});

test('a test arm is drawn once and stays, and hooks tell no ids', async () => {
  const got = await tab.run(async () => {
    await rec.consent(true);
    const first = await rec.arm('list', ['a', 'b']);
    await rec.close();
    await start({ storage: 'keep' });
    const again = await rec.arm('list', ['a', 'b']);
    const heard = [];
    rec.on('impression', (event) => heard.push(event));
    rec.on('click', (event) => heard.push(event));
    const list = await rec.recommend({ k: 3, context: 'tea0' });
    rec.shown(list);
    rec.clicked(list, list.items[1].item.id);
    await rec.consent(false);
    return { first, again, heard };
  });
  assert.equal(got.again, got.first);
  assert.equal(got.heard[0].count, 3);
  assert.equal(got.heard[1].position, 2);
  assert.doesNotMatch(JSON.stringify(got.heard), /tea\d|camp\d/);
});

test('a catalogue changes under a history: hidden, pinned, gone, and back', async () => {
  const got = await tab.run(async () => {
    await rec.forget({ all: true });
    await rec.record('tea0');
    await rec.updateCatalogue({ hide: ['tea1'], pin: ['camp3'], remove: ['tea0'], put: [{ id: 'tea9', title: 'Tea spoon' }] });
    const list = await rec.recommend({ k: 9 });
    const history = await rec.history();
    await rec.setCatalogue(items);
    return { ids: list.items.map(({ item }) => item.id), gone: history.events[0].item.gone, back: (await rec.history()).events[0].item.gone };
  });
  assert.equal(got.ids[0], 'camp3');
  assert.ok(got.ids.includes('tea9') && !got.ids.includes('tea1') && !got.ids.includes('tea0'));
  assert.deepEqual([got.gone, got.back], [true, false]);
});

test('an export leaves the history out unless it is asked for, and comes back', async () => {
  const got = await tab.run(async () => {
    await rec.record('tea2');
    const { Recommender } = homebody;
    const events = async (file) => {
      const other = await Recommender.import(file, { device: 'cpu' });
      const summary = await other.summary();
      await other.close();
      return [summary.items, summary.events];
    };
    return {
      plain: await events(await rec.export()),
      whole: await events(await rec.export({ include: ['catalogue', 'history'] })),
      torn: await failing(async () => Recommender.import((await rec.export()).slice(0, 300))),
    };
  });
  assert.deepEqual(got.plain, [8, 0]);
  assert.deepEqual(got.whole, [8, 2]);
  assert.deepEqual([got.torn.class, got.torn.code], ['DataError', 'checkpoint']);
});

test('50,000 items load in less than two seconds and 40 MB', async () => {
  const got = await tab.run(async () => {
    await rec.close();
    const word = (seed) => ['amber', 'basalt', 'cedar', 'delta', 'ember', 'fjord', 'granite', 'harbour', 'indigo', 'jasmine'][seed % 10];
    const catalogue = Array.from({ length: 50_000 }, (_, i) => ({
      id: `sku-${i}`, title: `${word(i)} ${word(i / 10 | 0)} ${word(i / 100 | 0)} number ${i}`, topic: `topic ${i % 200}`, tags: [word(i * 7), word(i * 3)], url: `/p/${i}`,
    }));
    await start({ catalogue: [] });
    const began = performance.now();
    await rec.setCatalogue(catalogue);
    const loaded = performance.now() - began;
    await rec.record('sku-77');
    const asked = performance.now();
    const list = await rec.recommend();
    const first = performance.now() - asked;
    // The same program on this page, where its memory can be seen: it never shrinks.
    const { default: init, Home } = await import('/pkg/wasm/homebody_cpu.js');
    const { memory } = await init({ module_or_path: fetch('/pkg/wasm/homebody_cpu_bg.wasm') });
    const home = new Home();
    const sizes = [memory.buffer.byteLength];
    home.handle({ type: 'catalogue' }, catalogue);
    sizes.push(memory.buffer.byteLength);
    home.handle({ type: 'record', item: 'sku-77' });
    home.handle({ type: 'recommend', k: 10, context: [] });
    sizes.push(memory.buffer.byteLength);
    return { loaded, first, items: list.items.length, grown: sizes.map((size) => (size - sizes[0]) / 2 ** 20) };
  });
  const [, held, ranked] = got.grown.map(Math.round);
  console.log(`loaded in ${Math.round(got.loaded)} ms, ${held} MiB; first list ${Math.round(got.first)} ms later, ${ranked} MiB in all`);
  assert.ok(got.loaded < 2000, `${got.loaded} ms`);
  assert.ok(held <= 40, `${held} MiB`);
  assert.equal(got.items, 10);
});

test('close, and `await using`, end it', async () => {
  const got = await tab.run(async () => {
    await rec[Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]();
    return failing(() => rec.summary());
  });
  assert.deepEqual([got.class, got.code], ['WorkerError', 'closed']);
  await until(() => tab.page.workers().length === 0);
});
