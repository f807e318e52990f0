import { findGpu } from './adapter.js';
import { webgpuModule } from './artifacts.js';
import { Channel } from './channel.js';
import { choose, chooseShort, MEASURE_MS, SILENCE_MS } from './device-choice.js';
import { failure } from './errors.js';
import { host } from './host.js';
import { finished, Run } from './run.js';

/** Opening a device may take this long: the self-test builds its pipelines. */
const OPEN_MS = 120_000;
/** This many lost Trainers within this time mean that the device is not fit for training. */
const FAILURES = 3;
const FAILURE_WINDOW_MS = 60_000;

/** Runs the Trainer: chooses the device, starts, watches, replaces and ends it. The Trainer holds nothing that is not here or in Home. */
export class Supervisor {
  #home;
  #cpuModule;
  #choice;
  #emit;
  #device = null;
  // Is the CPU all there is?
  #isCpuOnly = false;
  // The device that the next training asks for.
  #wanted = null;
  // Where two devices are being compared: `{options, gpu, cpu}`, the GPU's name and the CPU's speed.
  #comparison = null;
  #trainer = null;
  #standsOn = null;
  #opening = null;
  #run = null;
  #failures = [];

  /** `home` is Home's channel, `choice` is `auto`, `cpu` or `webgpu`, `emit(name, event)` hears what happens. */
  constructor({ home, cpuModule, choice, emit }) {
    this.#home = home;
    this.#cpuModule = cpuModule;
    this.#choice = choice;
    this.#emit = emit;
  }

  /** The device in use and why; null until one was opened. */
  get device() {
    return this.#device;
  }

  /** Resolves when a Trainer stands by; opens one where none does. */
  async ready() {
    await this.#opening?.catch(() => {});
    const isOther = this.#wanted && this.#standsOn !== this.#wanted;
    if (isOther) this.#trainer?.end(failure('replaced', 'The other device trains.'));
    if (this.#trainer?.failure) this.#trainer = null;
    if (this.#trainer) return;
    this.#opening ??= this.#open()
      .then((trainer) => (this.#trainer = trainer))
      .finally(() => (this.#opening = null));
    await this.#opening;
  }

  /** Hands over the Trainer that stands by. */
  claim() {
    const trainer = this.#trainer;
    this.#trainer = null;
    return trainer;
  }

  /** Trains and has Home adopt the model; reports as it goes. Leaving the loop, or the signal, cancels. */
  async *train(options, { signal, update, resume }) {
    signal?.throwIfAborted();
    if (this.#run) {
      throw failure('busy', 'A training is running already.', 'Cancel it, or wait until it is done.');
    }
    const run = this.#newRun({ options, update, resume });
    this.#run = run;
    const cancel = () => run.stop(signal.reason);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      for (;;) {
        const progress = await run.next();
        if (progress.done) {
          run.stop(finished());
          await this.#home.call({ type: 'adopt', model: run.model }, { transfer: [run.model.buffer] });
        }
        yield progress;
        if (progress.done) return;
      }
    } finally {
      signal?.removeEventListener('abort', cancel);
      run.stop(finished());
      this.#run = null;
      // What was left on purpose is not resumed; a tab that closes, or that made way for another one's training, says nothing.
      if (!['closed', 'elsewhere'].includes(run.reason.code)) this.#home.call({ type: 'training-over' }).catch(() => {});
    }
  }

  /** Ends the training that runs, if any: what it learns from is no longer there, or what `reason` says. */
  supersede(reason = failure('superseded', 'The data changed, so the training was stopped.', 'Train again.')) {
    this.#run?.stop(reason);
  }

  /** Ends everything. */
  close(reason) {
    this.#run?.stop(reason);
    this.#trainer?.end(reason);
    this.#opening?.then((trainer) => trainer.end(reason), () => {});
  }

  #newRun(asked) {
    // Once: a Trainer that replaces a lost one goes on where that was to train.
    let choice = null;
    return new Run({
      makeJob: () => this.#home.call({ type: 'job', ...asked }),
      keep: (checkpoint) => this.#home.call({ type: 'training-at', ...checkpoint }),
      trainers: {
        ready: async (job) => {
          await (choice ??= this.#choose(asked.options, job));
          await this.ready();
        },
        claim: () => this.claim(),
        isCompared: () => this.#comparison !== null,
        compare: (gpu) => this.#compare(gpu),
      },
      onCrash: (error, step) => this.#crashed(error, step),
    });
  }

  // For this training: the GPU where it is, or may be, faster.
  async #choose(options, job) {
    this.#comparison = null;
    if (this.#choice !== 'auto' || this.#isCpuOnly) return;
    let gpu;
    try {
      gpu = await findGpu({ acceptSoftware: false });
    } catch (error) {
      return this.#useCpuOnly(error.message);
    }
    const known = await this.#home.call({ type: 'speeds', gpu, options });
    if (known) return this.#prefer(choose(known));
    const cpu = await this.#speedOfCpu(job);
    const short = chooseShort({ cpu });
    if (short) return this.#prefer(short);
    this.#wanted = 'webgpu';
    this.#comparison = { options, gpu, cpu };
  }

  // The GPU is warm, and this fast (null where it failed): which device goes on?
  async #compare(gpu) {
    const { options, gpu: name, cpu } = this.#comparison;
    this.#comparison = null;
    this.#prefer(choose({ cpu, gpu }));
    if (cpu && gpu) await this.#home.call({ type: 'speeds', gpu: name, options, speeds: { cpu, gpu } });
    return this.#wanted;
  }

  #prefer({ device, reason }) {
    this.#wanted = device;
    this.#settle(device, reason);
  }

  async #speedOfCpu(job) {
    const trainer = new Channel(host.trainer(), 'The trainer that is measured');
    try {
      await this.#boot(trainer, this.#cpuModule);
      await trainer.call({ type: 'start', job });
      return await trainer.call({ type: 'speed', budget: MEASURE_MS }, { limit: SILENCE_MS });
    } catch {
      return null;
    } finally {
      trainer.end(failure('measured', 'It was measured.'));
    }
  }

  #crashed(error, step) {
    if (this.#comparison) {
      this.#compare(null);
      return this.#emit('trainer', { type: 'restarted', reason: error.message, step });
    }
    const now = performance.now();
    this.#failures = [...this.#failures.filter((time) => now - time < FAILURE_WINDOW_MS), now];
    if (this.#failures.length >= FAILURES) {
      this.#failures = [];
      if (this.#device?.device !== 'webgpu') throw error;
      this.#useCpuOnly(`WebGPU failed ${FAILURES} times within a minute. The last time: ${error.message}`);
    }
    this.#emit('trainer', { type: 'restarted', reason: error.message, step });
  }

  async #open() {
    if (this.#choice === 'cpu' && !this.#isCpuOnly) this.#useCpuOnly('The CPU was asked for.');
    if (!this.#isCpuOnly && this.#wanted !== 'cpu') {
      try {
        const trainer = await this.#openWebgpu();
        this.#standsOn = 'webgpu';
        return trainer;
      } catch (error) {
        this.#comparison = null;
        this.#useCpuOnly(error.message);
      }
    }
    const trainer = new Channel(host.trainer(), 'The trainer');
    await this.#boot(trainer, this.#cpuModule);
    this.#standsOn = 'cpu';
    return trainer;
  }

  #useCpuOnly(reason) {
    this.#isCpuOnly = true;
    this.#wanted = 'cpu';
    this.#settle('cpu', reason);
  }

  async #openWebgpu() {
    const gpu = await findGpu({ acceptSoftware: this.#choice === 'webgpu' });
    const module = await webgpuModule();
    const reference = await this.#home.call({ type: 'reference' });
    const worker = host.trainerWebgpu();
    const trainer = new Channel(worker, 'The trainer on WebGPU');
    const { deviation } = await this.#boot(trainer, module, reference);
    // Where it is in use because it is faster, that is what to say.
    if (this.#device?.device !== 'webgpu') {
      this.#settle('webgpu', `${gpu} agrees with the CPU within ${deviation.toExponential(0)}.`);
    }
    return trainer;
  }

  async #boot(trainer, module, reference) {
    try {
      await trainer.boot({ type: 'boot', module }, { limit: OPEN_MS });
      return await trainer.call({ type: 'open', reference }, { limit: OPEN_MS });
    } catch (error) {
      trainer.end(error);
      throw error;
    }
  }

  #settle(device, reason) {
    this.#device = { device, reason };
    this.#emit('device', this.#device);
  }
}
