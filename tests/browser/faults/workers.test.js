// Workers and tabs that end at the wrong moment: what was asked rejects with a typed error, the next call works, and a training goes on
// exactly where it was.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SWIFTSHADER } from '../page.js';
import { browse, until } from '../site.js';

const OPTIONS = { model: 'gru', epochs: 6, skipGramEpochs: 2, patience: 6, dim: 16, batch: 4 };

const opened = async (site, options) => {
  const tab = await site.open();
  await tab.page.addScriptTag({ content: 'window.train = async (options, most = 1e9) => { let last; for await (last of rec.train(options)) if (last.step >= most) break; return last; }' });
  await tab.run((options) => start(options), options);
  return tab;
};
/** Bytes of the model in use, as a hash. */
const model = (tab) => tab.run(async () => {
  const file = await rec.export({ include: ['catalogue', 'model'] });
  const hash = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  return [...new Uint8Array(hash)].join();
});

test('either worker is ended in the middle of a request: it rejects, and the next call works', async () => {
  const site = await browse();
  const tab = await site.open();
  await tab.run(() => {
    window.workers = [];
    const Real = Worker;
    window.Worker = class extends Real {
      constructor(...given) {
        super(...given);
        workers.push(this);
      }
    };
  });
  await tab.run(() => start({ storage: 'keep', consent: true }));
  await tab.run(() => rec.record('tea0'));
  const error = await tab.run(async () => {
    const asked = failing(() => rec.simulate({ visitors: 50_000 }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    workers[0].terminate();
    return asked;
  });
  assert.deepEqual([error?.class, error?.code], ['WorkerError', 'worker']);
  const after = await tab.run(async () => ({ summary: await rec.summary(), list: (await rec.recommend()).items.length, told }));
  assert.deepEqual([after.summary.items, after.summary.events], [8, 1], 'the catalogue is there again, and what was kept');
  assert.ok(after.list > 0);
  assert.ok(after.told.some(([name]) => name === 'error'));
  const trained = await tab.run(async (options) => {
    await rec.simulate({ visitors: 300 });
    const restarted = [];
    rec.on('trainer', (event) => restarted.push(event.type));
    let ended = false;
    for await (const progress of rec.train(options)) {
      if (!ended && progress.step > 3) {
        ended = true;
        workers.at(-1).terminate();
      }
    }
    return { restarted, model: (await rec.summary()).model.name };
  }, OPTIONS);
  assert.deepEqual(trained, { restarted: ['restarted'], model: 'gru' });
  await site.close();
});

test('a training whose tab is killed goes on in the next one and ends with the very same bytes', async () => {
  const whole = await browse();
  const plain = await opened(whole, { storage: 'keep', consent: true });
  const prepare = async (tab) => tab.run(async () => {
    await rec.simulate({ visitors: 2500 });
    for (const item of ['tea0', 'tea2', 'camp1']) await rec.record({ item, time: 1.7e12 });
    await rec.flush();
  });
  await prepare(plain);
  await plain.run((options) => train(options), OPTIONS);
  const expected = await model(plain);
  await whole.close();

  const site = await browse();
  let tab = await opened(site, { storage: 'keep', consent: true });
  await prepare(tab);
  const kept = () => tab.run(async () => (await (await import('/pkg/storage.js')).readState()).training?.step ?? 0);
  tab.run((options) => void train(options), OPTIONS);
  const at = await until(kept, 60);
  const crashed = new Promise((resolve) => tab.page.once('crash', resolve));
  (await site.context.newCDPSession(tab.page)).send('Page.crash').catch(() => {});
  await crashed;
  tab = await opened(site, { storage: 'keep' });
  // What is viewed meanwhile belongs to the next training.
  await tab.run(() => rec.record({ item: 'camp3', time: 1.7e12 + 1 }));
  const first = await tab.run(async (options) => {
    let first = null;
    for await (const progress of rec.train(options)) first ??= progress.step;
    return first;
  }, OPTIONS);
  assert.ok(first >= at, `it goes on from step ${at}, not ${first}`);
  assert.equal(await model(tab), expected);
  assert.equal(await kept(), 0, 'nothing is left to resume');
  await site.close();
});

test('of two tabs one trains; the other ranks with what it learned', async () => {
  const site = await browse();
  const first = await opened(site, { storage: 'keep', consent: true });
  await first.run(async () => {
    await rec.simulate({ visitors: 1500 });
    await rec.record('tea0');
    await rec.flush();
  });
  const second = await opened(site, { storage: 'keep' });
  const training = first.run((options) => train(options), OPTIONS);
  await until(() => first.page.workers().some((worker) => worker.url().endsWith('/trainer.js')));
  const refused = await until(() => second.run((options) => failing(() => rec.train(options).next()), OPTIONS));
  assert.deepEqual([refused.class, refused.code], ['TrainingError', 'elsewhere']);
  await training;
  await until(async () => (await second.run(() => rec.summary())).model?.name === 'gru');
  assert.equal((await second.run(() => rec.recommend())).by, 'gru');
  await site.close();
});

test('the GPU process crashes in the middle of a training: it goes on', async () => {
  const site = await browse({ flags: SWIFTSHADER });
  const tab = await opened(site, { device: 'webgpu' });
  await tab.run(() => rec.simulate({ visitors: 200 }));
  await tab.run((options) => {
    window.restarted = 0;
    rec.on('trainer', () => (restarted += 1));
    rec.on('progress', ({ step }) => (window.step = step));
    window.done = train(options).then((last) => last.done);
  }, { ...OPTIONS, epochs: 3 });
  await until(() => tab.run(() => window.step > 2), 120);
  assert.equal((await tab.run(() => rec.device)).device, 'webgpu');
  const session = await site.browser.newBrowserCDPSession();
  await session.send('Browser.crashGpuProcess').catch(() => {});
  await until(() => tab.run(() => restarted > 0), 120);
  assert.equal(await tab.run(() => done), true);
  assert.equal((await tab.run(() => rec.summary())).model.name, 'gru');
  await site.close();
});
