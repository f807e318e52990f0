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
const history = (tab) => tab.run(async () => (await rec.history({ limit: 1e6 })).events.map(({ item }) => item.id).reverse());

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

/** Changes a record of the store `state`, whose key begins with `name`; of several, the newest. */
const damage = (tab, name, change) => tab.run(async ([name, change]) => {
  const database = await new Promise((resolve) => {
    indexedDB.open('homebody').onsuccess = ({ target }) => resolve(target.result);
  });
  const state = database.transaction('state', 'readwrite').objectStore('state');
  const done = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
  const keys = (await done(state.getAllKeys())).filter((key) => key.startsWith(name));
  const key = keys.sort((a, b) => Number(b.split('-')[1]) - Number(a.split('-')[1]))[0];
  const record = await done(state.get(key));
  new Function('record', change)(record);
  await done(state.put(record, key));
  database.close();
}, [name, change]);

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
    await damage(tab, 'checkpoint-', `record.bytes[Math.floor((record.bytes.length - 1) * ${region / 9})] ^= 0x40`);
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

for (const change of [
  'record.crc ^= 1',
  'record.bytes = record.bytes.slice(0, -1)',
  'record.bytes = new Uint8Array()',
  'record.bytes = "text"',
  'delete record.bytes',
  'delete record.crc',
  'delete record.through',
  'record.through = -0.5',
  'delete record.generation',
]) {
  test(`what stands around a checkpoint's bytes is damaged (${change}): the one before and the log are used`, async () => {
    const site = await browse();
    const tab = await opened(site, keep);
    await tab.run(async () => {
      await rec.record('camp0');
      await rec.setCatalogue(items.slice(1));
      await rec.flush();
      await rec.record('camp1');
      await rec.close();
    });
    await damage(tab, 'checkpoint-', change);
    await tab.close();
    const next = await opened(site);
    assert.equal(next.status.state, 'kept', next.status.reason);
    assert.deepEqual(await history(next), ['camp0', 'camp1']);
    await next.run(() => rec.record('camp2'));
    await next.close();
    assert.deepEqual(await history(await opened(site)), ['camp0', 'camp1', 'camp2']);
    await site.close();
  });
}

for (const [change, code] of [['record.bytes[100] ^= 1', 'corrupt'], ['record.format = 99', 'newer']]) test(`no checkpoint that can be used (${code}): it is told, what is kept stays untouched, and consent begins anew`, async () => {
  const site = await browse();
  const tab = await opened(site, keep);
  await tab.run(async () => {
    await rec.record('camp0');
    await rec.close();
  });
  for (const name of ['checkpoint-1', 'checkpoint-2']) await damage(tab, name, change);
  const got = await tab.run(async () => {
    const status = await start({ storage: 'keep' });
    await rec.record('tea0');
    const { readState } = await import('/pkg/storage.js');
    const untouched = (await readState()).checkpoints.length;
    return { status, untouched, begun: await rec.consent(true) };
  });
  assert.deepEqual([got.status.state, got.status.refused.code, got.untouched], ['memory', code, 2]);
  assert.equal(got.begun.state, 'kept');
  await tab.close();
  assert.deepEqual(await history(await opened(site)), ['tea0']);
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
