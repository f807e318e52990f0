// Which device trains: chosen by what both were measured at, remembered by kind, overridden by what was asked for. Node alone: the workers, the GPU and
// Home are stand-ins that answer as they are told to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choose, chooseShort, kindOf } from '../../pkg/device-choice.js';
import { host } from '../../pkg/host.js';
import { Supervisor } from '../../pkg/supervisor.js';

const speed = (step, steps = 10_000) => ({ step, seconds: (step * steps) / 1000 });

test('the faster device is chosen, and the reason says by how much', () => {
  assert.deepEqual(choose({ cpu: speed(38), gpu: speed(4) }), {
    device: 'webgpu',
    reason: 'Measured here, a step takes the GPU 4.0 ms and the CPU 38 ms.',
  });
  assert.equal(choose({ cpu: speed(3), gpu: speed(4) }).device, 'cpu');
  assert.equal(choose({ cpu: speed(4), gpu: speed(4) }).device, 'webgpu');
  assert.match(choose({ cpu: speed(3), gpu: null }).reason, /failed/);
  assert.equal(choose({ cpu: speed(3), gpu: null }).device, 'cpu');
  assert.equal(choose({ cpu: null, gpu: speed(4) }).device, 'webgpu');
});

test('a short training needs no GPU', () => {
  assert.equal(chooseShort({ cpu: speed(1, 1000) }).device, 'cpu');
  assert.equal(chooseShort({ cpu: speed(1, 10_000) }), null);
  assert.equal(chooseShort({ cpu: null }), null);
});

test('what is remembered holds for the same GPU, version and kind of model, and for about as many items', () => {
  const of = (changes) => kindOf({ gpu: 'A', version: '1', options: { model: 'gru' }, items: 1000, ...changes });
  assert.equal(of({ items: 700 }), of({}));
  assert.equal(of({ options: { model: 'gru', seed: 7 } }), of({}));
  const others = [{ gpu: 'B' }, { version: '2' }, { options: {} }, { options: { model: 'gru', dim: 32 } }, { items: 5000 }, { items: 0 }];
  assert.equal(new Set([{}, ...others].map(of)).size, others.length + 1);
});

/** A Trainer whose speed is given: with one of `null` it is lost when it is measured. */
class Trainer extends EventTarget {
  static warmUp = 2;
  #advanced = 0;

  constructor(device, speed, log) {
    super();
    Object.assign(this, { device, speed, log });
  }

  postMessage({ id, request }) {
    this.log.push(`${this.device} ${request.type}`);
    queueMicrotask(() => this.dispatchEvent(Object.assign(new Event('message'), { data: { id, ...this.#answer(request) } })));
  }

  terminate() {
    this.log.push(`${this.device} ended`);
  }

  #answer({ type }) {
    if (type === 'speed' && !this.speed) return { ok: false, error: { code: 'device', message: 'The GPU is gone.' } };
    const warmUp = this.device === 'webgpu' ? Trainer.warmUp : 0;
    const progress = () => ({ phase: this.#advanced < warmUp ? 'warming-up' : 'sequence', done: this.#advanced > warmUp + 1, step: 0 });
    const answers = {
      open: () => ({ deviation: 1e-6 }),
      start: progress,
      advance: () => (this.#advanced++, progress()),
      speed: () => this.speed,
      model: () => new Uint8Array(1),
    };
    return { ok: true, value: answers[type]?.() };
  }
}

/** A supervisor over stand-ins: `train()` to the end, what was asked of them, and what was told of the device. */
function supervised({ speeds, choice = 'auto', isSoftware = false, remembered = new Map() }) {
  const log = [];
  const devices = [];
  const empty = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
  host.trainer = () => new Trainer('cpu', speeds.cpu, log);
  host.trainerWebgpu = () => new Trainer('webgpu', speeds.gpu, log);
  host.fetch = async () => new Response(empty, { headers: { 'content-type': 'application/wasm' } });
  const info = { description: isSoftware ? 'SwiftShader' : 'A GPU' };
  Object.defineProperty(globalThis, 'navigator', {
    configurable: true,
    value: { gpu: { requestAdapter: async () => ({ info }) } },
  });
  const home = {
    async call({ type, options, speeds: measured }) {
      if (type === 'job') return { job: new Uint8Array(1), step: 0 };
      if (type !== 'speeds') return undefined;
      if (measured) remembered.set(options.model, measured);
      return remembered.get(options.model) ?? null;
    },
  };
  const emit = (name, event) => name === 'device' && devices.push(event);
  const supervisor = new Supervisor({ home, cpuModule: null, choice, emit });
  return {
    supervisor,
    log,
    remembered,
    async train(model = 'gru') {
      log.length = 0;
      const phases = [];
      for await (const { phase } of supervisor.train({ model }, {})) phases.push(phase);
      const trained = log.filter((asked) => asked.endsWith(' model')).map((asked) => asked.split(' ')[0]);
      return { phases, trained, device: devices.at(-1) };
    },
  };
}

test('a GPU that is faster trains, warmed up first, and that is remembered', async () => {
  const side = supervised({ speeds: { cpu: speed(38), gpu: speed(4) } });
  const { phases, trained, device } = await side.train();
  assert.equal(phases[0], 'warming-up');
  assert.deepEqual(trained, ['webgpu']);
  assert.deepEqual(device, { device: 'webgpu', reason: 'Measured here, a step takes the GPU 4.0 ms and the CPU 38 ms.' });
  assert.equal(side.log.filter((asked) => asked.endsWith('speed')).length, 2);
  await side.train();
  assert.equal(side.log.filter((asked) => asked.endsWith('speed')).length, 0, 'measured once');
  assert.deepEqual((await side.train('transformer')).trained, ['webgpu']);
  assert.equal(side.log.filter((asked) => asked.endsWith('speed')).length, 2, 'another kind is measured, too');
});

test('a GPU that is slower hands over to the CPU before anything is learned, and is not started again', async () => {
  const side = supervised({ speeds: { cpu: speed(3), gpu: speed(40) } });
  const { trained, device } = await side.train();
  assert.deepEqual(trained, ['cpu']);
  assert.match(device.reason, /^Measured here, a step takes the GPU 40 ms and the CPU 3.0 ms\.$/);
  assert.deepEqual((await side.train()).trained, ['cpu']);
  assert.ok(!side.log.some((asked) => asked.startsWith('webgpu')), String(side.log));
});

test('a GPU that is lost while it is measured means the CPU, and is tried again another time', async () => {
  const side = supervised({ speeds: { cpu: speed(38), gpu: null } });
  const { trained, device } = await side.train();
  assert.deepEqual(trained, ['cpu']);
  assert.match(device.reason, /failed while it was measured/);
  assert.equal(side.remembered.size, 0);
});

test('a short training does not wait for a GPU', async () => {
  const side = supervised({ speeds: { cpu: speed(1, 100), gpu: speed(1, 100) } });
  const { trained, device } = await side.train();
  assert.deepEqual(trained, ['cpu']);
  assert.match(device.reason, /short/);
  assert.ok(!side.log.some((asked) => asked.startsWith('webgpu')), String(side.log));
});

test('what is asked for is used, unmeasured, and an emulated GPU only where it is asked for', async () => {
  const of = async (settings) => {
    const side = supervised({ speeds: { cpu: speed(38), gpu: speed(4) }, ...settings });
    const answer = await side.train();
    assert.ok(!side.log.some((asked) => asked.endsWith('speed')), String(side.log));
    return answer.trained;
  };
  assert.deepEqual(await of({ choice: 'cpu' }), ['cpu']);
  assert.deepEqual(await of({ choice: 'webgpu', isSoftware: true }), ['webgpu']);
  assert.deepEqual(await of({ isSoftware: true }), ['cpu']);
});
