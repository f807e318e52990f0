// What the types promise, member by member: training that is pulled, cancelled and told; blocks that close; all three ways to forget.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browse, until } from './site.js';

const OPTIONS = { model: 'gru', epochs: 4, skipGramEpochs: 1, patience: 4, dim: 16, batch: 4 };

let site;
let tab;

before(async () => {
  site = await browse();
  tab = await site.open();
});
after(() => site.close());

const fresh = (options) => tab.run(async (options) => {
  await window.rec?.close();
  await start(options);
}, options);

test('training is an async iterator: told step by step, by `on` as well, until it is done and the model is in use', async () => {
  await fresh();
  const got = await tab.run(async (options) => {
    await rec.simulate({ visitors: 300 });
    const heard = { progress: 0, device: [], change: [] };
    const ends = [
      rec.on('progress', () => (heard.progress += 1)),
      rec.on('device', (event) => heard.device.push(event)),
      rec.on('change', ({ reason }) => heard.change.push(reason)),
    ];
    const reports = [];
    for await (const progress of rec.train(options)) reports.push(progress);
    ends.forEach((end) => end());
    const told = heard.progress;
    for await (const { step } of rec.train(options)) if (step > 0) break;
    return { reports, heard, told, device: rec.device, summary: await rec.summary(), list: await rec.recommend({ context: 'tea0' }) };
  }, OPTIONS);
  assert.equal(got.told, got.reports.length);
  assert.equal(got.heard.progress, got.told, 'what was ended hears no more');
  assert.deepEqual(got.heard.device, [got.device]);
  assert.equal(got.device.device, 'cpu');
  assert.ok(got.heard.change.includes('model'));
  const steps = got.reports.map(({ step }) => step);
  assert.deepEqual(steps, [...steps].sort((a, b) => a - b));
  assert.deepEqual(got.reports.map(({ done }) => done), [...got.reports.keys()].map((at) => at === got.reports.length - 1));
  assert.equal(got.summary.model.name, 'gru');
  assert.equal(got.list.by, 'gru');
});

test('the signal ends it with its own reason, the model in use stays, and the next one can begin', async () => {
  const got = await tab.run(async (options) => {
    const before = (await rec.summary()).model;
    const abort = new AbortController();
    const reason = new Error('the visitor said so');
    const ended = (async () => {
      for await (const { step } of rec.train({ ...options, seed: 9, epochs: 40, patience: 40, signal: abort.signal })) if (step > 2) abort.abort(reason);
    })().then(() => null, (error) => error);
    const busy = await failing(() => rec.train(options).next());
    const error = await ended;
    const early = await rec.train({ ...options, signal: AbortSignal.abort(reason) }).next().catch((error) => error);
    const next = rec.train(options);
    const begun = (await next.next()).done;
    await next.return();
    return { same: error === reason, early: early === reason, busy, begun, before, after: (await rec.summary()).model };
  }, OPTIONS);
  assert.deepEqual([got.same, got.early, got.begun], [true, true, false]);
  assert.deepEqual([got.busy.class, got.busy.code], ['TrainingError', 'busy']);
  assert.deepEqual(got.after, got.before);
  await until(() => tab.page.workers().length === 1, 20);
});

test('a change of the data ends a training that learned from the old', async () => {
  const error = await tab.run((options) => failing(async () => {
    for await (const { step } of rec.train({ ...options, epochs: 40, patience: 40 })) if (step === 0) await rec.simulate({ visitors: 200 });
  }), OPTIONS);
  assert.deepEqual([error.class, error.code], ['TrainingError', 'superseded']);
});

test('`model` of open is what train trains', async () => {
  await fresh({ model: { ...OPTIONS, model: 'skip-gram' } });
  const name = await tab.run(async () => {
    await rec.simulate({ visitors: 100 });
    for await (const progress of rec.train()) void progress;
    return (await rec.summary()).model.name;
  });
  assert.equal(name, 'skip-gram');
});

test('`await using` closes it at the end of the block', async () => {
  // Node 20 cannot parse it.
  await tab.page.addScriptTag({ content: `window.block = async () => {
    let inside;
    { await using recommender = await homebody.Recommender.open({ device: 'cpu', catalogue: items }); inside = recommender; await recommender.record('tea0'); }
    return failing(() => inside.summary());
  }` });
  const error = await tab.run(() => block());
  assert.deepEqual([error.class, error.code], ['WorkerError', 'closed']);
});

test('forgetting: an item, everything before a time, everything', async () => {
  await fresh();
  const got = await tab.run(async () => {
    for (const [item, time] of [['tea0', 1e12], ['camp0', 1.1e12], ['tea0', 1.2e12], ['tea1', 1.3e12]]) await rec.record({ item, time });
    const ids = async () => (await rec.history()).events.map(({ item }) => item.id).reverse();
    const reports = [];
    const forget = async (what) => reports.push({ events: (await rec.forget(what)).events, left: await ids() });
    await forget({ before: 1.1e12 });
    await forget({ item: 'tea0' });
    await forget({ all: true });
    return { reports, unknown: await failing(() => rec.forget({ item: 'nothing' })), none: await failing(() => rec.forget({})), all: await failing(() => rec.forget({ all: false })) };
  });
  assert.deepEqual(got.reports, [
    { events: 1, left: ['camp0', 'tea0', 'tea1'] },
    { events: 1, left: ['camp0', 'tea1'] },
    { events: 2, left: [] },
  ]);
  assert.deepEqual([got.unknown.class, got.unknown.code], ['DataError', 'unknown-item']);
  assert.deepEqual([got.none.code, got.all.code], ['config', 'config']);
});

test('every option that each method takes is checked: an unknown one is named', async () => {
  const errors = await tab.run(() => Promise.all(
    [
      () => homebody.Recommender.open({ nonsense: 1 }),
      () => homebody.Recommender.import(new Blob(), { nonsense: 1 }),
      () => rec.updateCatalogue({ nonsense: 1 }),
      () => rec.simulate({ nonsense: 1 }),
      () => rec.record({ item: 'tea0', nonsense: 1 }),
      () => rec.recommend({ nonsense: 1 }),
      () => rec.explain('tea0', { nonsense: 1 }),
      () => rec.similar('tea0', { nonsense: 1 }),
      () => rec.browse({ nonsense: 1 }),
      () => rec.history({ nonsense: 1 }),
      () => rec.learnHistory({ nonsense: 1 }).next(),
      () => rec.shelves({ nonsense: 1 }),
      () => rec.refind('tea', { nonsense: 1 }),
      () => rec.train({ nonsense: 1 }).next(),
      () => rec.forget({ nonsense: 1 }),
      () => rec.export({ nonsense: 1 }),
      async () => rec.on('nonsense', () => {}),
    ].map(failing),
  ));
  for (const error of errors) {
    assert.equal(error?.class, 'OptionError', JSON.stringify(error));
    assert.match(error.message, /nonsense/);
    assert.ok(error.remedy);
  }
});
