// Storage that fails, tears, fills up or is shared: nothing that was acknowledged is lost, and what happened is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browse, until } from '../site.js';

const KILLS = process.env.HOMEBODY_FULL ? 200 : 12;
const keep = { storage: 'keep', consent: true };

const opened = async (site, options = { storage: 'keep' }) => {
  const tab = await site.open();
  tab.status = await tab.run((options) => start(options), options);
  return tab;
};
const history = (tab) => tab.run(async () => (await rec.history({ limit: 9999 })).events.map(({ item }) => item.id).reverse());

/** Has the Home worker fail an operation of IndexedDB from now on, `times` times. */
const failing = (tab, prototype, method, { name = 'UnknownError', times = 1 } = {}) =>
  tab.home().evaluate(([prototype, method, name, times]) => {
    const target = self[prototype].prototype;
    const original = target[method];
    self.failed = 0;
    target[method] = function (...values) {
      if (self.failed >= times) return original.apply(this, values);
      self.failed += 1;
      throw new DOMException('made to fail', name);
    };
  }, [prototype, method, name, times]);

test(`${KILLS} tabs are killed while they save: every acknowledged event is there, and no state is torn`, async () => {
  const site = await browse();
  let acknowledged = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const tab = await opened(site, keep);
    assert.equal(tab.status.state, 'kept', tab.status.reason);
    const found = await history(tab);
    assert.deepEqual(found.slice(0, acknowledged.length), acknowledged, `after ${kill} kills`);
    assert.ok(found.length <= acknowledged.length + 1, 'one event at most was on its way');
    acknowledged = found;
    const sink = [];
    await tab.page.exposeFunction('acknowledge', (item) => sink.push(item));
    await tab.run(async (kill) => {
      const going = async () => {
        for (let i = 0; ; i += 1) {
          const item = items[(kill * 3 + i) % items.length].id;
          await rec.record(item);
          acknowledge(item);
          // A checkpoint now and then, so that kills meet those too.
          if (i % 5 === 4) rec.updateCatalogue({ pin: [item] }).then(() => rec.flush());
        }
      };
      going();
    }, kill);
    await new Promise((resolve) => setTimeout(resolve, 30 + ((kill * 137) % 400)));
    const session = await site.context.newCDPSession(tab.page);
    const crashed = new Promise((resolve) => tab.page.once('crash', resolve));
    // A crash is not answered.
    session.send('Page.crash').catch(() => {});
    await crashed;
    acknowledged = [...acknowledged, ...sink];
  }
  assert.ok(acknowledged.length > KILLS, `${acknowledged.length} events`);
  console.log(`${KILLS} kills, ${acknowledged.length} acknowledged events, none lost`);
  await site.close();
});

for (const [prototype, method] of [
  ['IDBFactory', 'open'],
  ['IDBDatabase', 'transaction'],
  ['IDBObjectStore', 'add'],
  ['IDBObjectStore', 'put'],
  ['IDBObjectStore', 'get'],
  ['IDBObjectStore', 'getAll'],
  ['IDBObjectStore', 'getAllKeys'],
  ['IDBObjectStore', 'delete'],
]) {
  test(`${prototype}.${method} fails once: it is told, the list goes on, and nothing is lost once it works again`, async () => {
    const site = await browse();
    const tab = await opened(site, keep);
    await tab.run(() => rec.record('tea0'));
    await failing(tab, prototype, method);
    const answer = await tab.run(async () => {
      await rec.record('tea1');
      await rec.setCatalogue(items);
      await rec.flush();
      await rec.setCatalogue(items.slice(1));
      await rec.flush();
      return { list: (await rec.recommend()).items.length, told, status: await rec.storage() };
    });
    assert.ok(answer.list > 0);
    assert.equal(await tab.home().evaluate(() => self.failed), 1, 'the operation was asked for');
    assert.ok(answer.told.some(([name, reason]) => name === 'storage' && /storage/.test(reason)), JSON.stringify(answer.told));
    await until(() => tab.run(async () => (await rec.storage()).state === 'kept'));
    await tab.close();
    const next = await opened(site);
    assert.deepEqual(await history(next), ['tea0', 'tea1']);
    await site.close();
  });
}

test('a full disk is told, and what could not be written is written once there is room', async () => {
  const site = await browse();
  const tab = await site.open();
  const session = await site.context.newCDPSession(tab.page);
  const origin = new URL(process.env.HOMEBODY_URL).origin;
  // Chromium asks only now and then how much room there is.
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 500_000 });
  await tab.run((keep) => start(keep), keep);
  await tab.run(() => rec.record('tea0'));
  const full = await tab.run(async () => {
    // Random: what repeats is compressed.
    const noise = () => crypto.getRandomValues(new Uint8Array(20_000)).join();
    for (let i = 0; i < 40; i += 1) await rec.record({ item: 'tea1', kind: noise() });
    return { status: await rec.storage(), list: (await rec.recommend()).items.length };
  });
  assert.equal(full.status.state, 'memory', full.status.reason);
  assert.match(full.status.reason, /full|storage/);
  assert.ok(full.list > 0);
  await session.send('Storage.overrideQuotaForOrigin', { origin });
  await until(() => tab.run(async () => (await rec.storage()).state === 'kept'), 90);
  await tab.close();
  assert.equal((await history(await opened(site))).length, 41);
  await site.close();
});

test('each region of the newest checkpoint damaged: the one before and the log are used', async () => {
  const site = await browse();
  for (let region = 0; region < 10; region += 1) {
    const tab = await opened(site, keep);
    const before = await history(tab);
    await tab.run(async () => {
      await rec.setCatalogue(items);
      await rec.flush();
      await rec.record('camp0');
      await rec.setCatalogue(items.slice(1));
      await rec.flush();
      await rec.record('camp1');
      await rec.close();
    });
    const damaged = await tab.run(async (region) => {
      const database = await new Promise((resolve) => {
        indexedDB.open('homebody').onsuccess = ({ target }) => resolve(target.result);
      });
      const state = database.transaction('state', 'readwrite').objectStore('state');
      const done = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
      const keys = (await done(state.getAllKeys())).filter((key) => key.startsWith('checkpoint-'));
      const newest = keys.sort((a, b) => Number(b.split('-')[1]) - Number(a.split('-')[1]))[0];
      const record = await done(state.get(newest));
      record.bytes[Math.floor((record.bytes.length - 1) * (region / 9))] ^= 0x40;
      await done(state.put(record, newest));
      database.close();
      return newest;
    }, region);
    assert.match(damaged, /^checkpoint-\d+$/);
    await tab.close();
    const next = await opened(site);
    assert.equal(next.status.state, 'kept');
    assert.match(next.status.reason, /damaged/);
    assert.deepEqual(await history(next), [...before, 'camp0', 'camp1'], `region ${region}`);
    await next.run(() => rec.flush());
    await next.close();
  }
  await site.close();
});

test('what a newer version wrote is refused, and stays as it is', async () => {
  const site = await browse();
  const tab = await opened(site, keep);
  await tab.run(async () => {
    await rec.record('tea0');
    await rec.close();
    await new Promise((resolve) => {
      indexedDB.open('homebody', 9).onsuccess = ({ target }) => resolve(target.result.close());
    });
  });
  const refused = await tab.run(async () => ({ status: await start({ storage: 'keep' }), list: (await rec.recommend({ context: 'tea0' })).items.length }));
  assert.equal(refused.status.state, 'memory');
  assert.match(refused.status.reason, /newer version/);
  assert.ok(refused.list > 0);
  assert.equal(await tab.run(async () => (await indexedDB.databases())[0].version), 9);
  await site.close();
});

test('what the version before kept is taken over', async () => {
  const site = await browse();
  const tab = await site.open();
  await tab.run(async () => {
    await start();
    await rec.record('tea3');
    const bytes = new Uint8Array(await (await rec.export({ include: ['catalogue', 'history'] })).arrayBuffer());
    await rec.close();
    await new Promise((resolve) => {
      const request = indexedDB.open('homebody', 1);
      request.onupgradeneeded = () => request.result.createObjectStore('state').put({ revision: 0.5, bytes }, 'home');
      request.onsuccess = () => resolve(request.result.close());
    });
    return start({ storage: 'keep', catalogue: null });
  });
  assert.deepEqual(await history(tab), ['tea3']);
  assert.equal((await tab.run(() => rec.storage())).state, 'kept');
  await site.close();
});

test('two tabs: one leads, both record, and both know what either recorded or forgot', async () => {
  const site = await browse();
  const first = await opened(site, keep);
  const second = await opened(site);
  assert.deepEqual([first.status.role, second.status.role], ['leader', 'follower']);
  await Promise.all([first, second].map((tab, at) => tab.run(async (at) => {
    for (let i = 0; i < 20; i += 1) await rec.record(items[at * 4 + (i % 4)].id);
  }, at)));
  for (const tab of [first, second]) await until(async () => (await history(tab)).length === 40);
  assert.deepEqual((await history(first)).sort(), (await history(second)).sort());
  await second.run(() => rec.forget({ item: 'tea0' }));
  await until(async () => (await history(first)).length === 35);
  assert.equal((await second.run(() => rec.storage())).role, 'leader', 'what is asked to be forgotten does not wait');
  await second.close();
  await until(async () => (await first.run(() => rec.storage())).role === 'leader');
  await first.run(() => rec.record('camp0'));
  const third = await opened(site);
  assert.equal((await history(third)).length, 36);
  await third.run(() => rec.forget({ all: true }));
  await until(async () => (await history(first)).length === 0);
  assert.deepEqual(await first.run(async () => (await indexedDB.databases()).length), 0);
  await site.close();
});

test('a clock that goes backwards loses nothing', async () => {
  const site = await browse();
  const tab = await opened(site, keep);
  await tab.run(async () => {
    for (const time of [1.7e12, 1.7e12 - 9e8, 0, 1.7e12 + 5]) await rec.record({ item: 'tea1', time });
  });
  await tab.close();
  const times = await (await opened(site)).run(async () => (await rec.history()).events.map(({ time }) => time).reverse());
  assert.deepEqual(times, [1.7e12, 1.7e12 - 9e8, 0, 1.7e12 + 5]);
  await site.close();
});
