// Every operation of the storage fails once, in both ways that one can: at once, or by its transaction being aborted. What was asked settles, the list goes
// on, and once the storage works again all is on the device.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browse, until } from '../site.js';

const METHODS = {
  IDBFactory: ['open', 'deleteDatabase'],
  IDBDatabase: ['transaction'],
  IDBObjectStore: ['add', 'put', 'get', 'getAll', 'getAllKeys', 'delete', 'clear'],
};

/** Has Home count its storage's operations, and fail the one of number `at`; `way` is `throws` or `aborts`. Its patience is shortened. */
const arm = (tab, at, way) =>
  tab.home().evaluate(([methods, at, way]) => {
    self.operations = [];
    for (const [name, list] of Object.entries(methods)) {
      for (const method of list) {
        const target = self[name].prototype;
        const original = target[method];
        target[method] = function (...values) {
          self.operations.push(method);
          if (self.operations.length - 1 !== at) return original.apply(this, values);
          if (way === 'throws' || name !== 'IDBObjectStore') throw new DOMException('made to fail', 'UnknownError');
          const request = original.apply(this, values);
          this.transaction.abort();
          return request;
        };
      }
    }
    const wait = self.setTimeout;
    self.setTimeout = (work, ms) => wait(work, ms / 20);
  }, [METHODS, at, way]);

/** A visit that makes use of all of the storage. */
const visit = (tab) => tab.run(async () => {
  const refused = [];
  const attempt = (work) => work().catch((error) => refused.push([error.constructor.name, error.code]));
  await attempt(() => rec.record('tea1'));
  await attempt(() => rec.setCatalogue([...items].reverse()));
  await attempt(() => rec.flush());
  await attempt(() => rec.arm('list', ['a', 'b']));
  await attempt(() => rec.record('camp1'));
  await attempt(() => rec.forget({ item: 'tea0' }));
  await attempt(() => rec.record('tea2'));
  const list = await rec.recommend({ repeats: 'allow' });
  return { list: list.items.length, refused, told };
});
const leave = (tab) => tab.run(async () => {
  await rec.consent(false);
  return (await indexedDB.databases()).length;
});

/** Begins kept, with an event that is forgotten later, and fails operation `at` of the visit. */
async function visited(at, way) {
  const site = await browse();
  const tab = await site.open();
  await tab.run(() => start({ storage: 'keep', consent: true }));
  await tab.run(() => rec.record('tea0'));
  await arm(tab, at, way);
  const answer = await visit(tab);
  const operations = () => tab.home().evaluate(() => self.operations);
  return { site, tab, answer, operations };
}

const plain = await (async () => {
  const { site, tab, operations } = await visited(-1, 'throws');
  await leave(tab);
  const all = await operations();
  await site.close();
  return all;
})();

test('the visit uses every kind of operation', () => {
  assert.deepEqual(new Set(plain), new Set(Object.values(METHODS).flat()));
});

const isEdge = (method, at) => plain.indexOf(method) === at || plain.lastIndexOf(method) === at;
for (const [at, method] of plain.entries()) {
  if (!process.env.HOMEBODY_FULL && !isEdge(method, at)) continue;
  for (const way of ['throws', 'aborts']) {
    if (way === 'aborts' && !METHODS.IDBObjectStore.includes(method)) continue;
    test(`operation ${at} of ${plain.length}, ${method}, ${way}`, async () => {
      const { site, tab, answer, operations } = await visited(at, way);
      assert.ok(answer.list > 0);
      for (const [type] of answer.refused) assert.equal(type, 'StorageError');
      const forgot = !answer.refused.length;
      if ((await operations()).length > at) {
        const told = answer.told.some(([name, reason]) => name === 'storage' && /storage/.test(reason));
        assert.ok(told || answer.refused.length > 0, `it is told: ${JSON.stringify(answer)}`);
      }
      await until(() => tab.run(async () => (await rec.storage()).state === 'kept'));
      const held = await tab.run(async () => (await rec.history()).events.map(({ item }) => item.id).reverse());
      assert.deepEqual(held, ['tea1', 'camp1', 'tea2']);
      assert.ok(forgot || answer.refused.length === 1);
      await tab.run(() => rec.flush());
      const next = await site.open();
      await next.run(() => start({ storage: 'keep' }));
      assert.deepEqual(await next.run(async () => (await rec.history()).events.map(({ item }) => item.id).reverse()), held);
      await next.close();
      const left = await leave(tab).catch((error) => assert.match(String(error), /storage/)) ?? (await leave(tab));
      assert.equal(left, 0, 'nothing is left once it is not to be kept');
      await site.close();
    });
  }
}
