import { findGpu } from './adapter.js';
import { webgpuModule } from './artifacts.js';
import { Channel } from './channel.js';
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
  #trainer = null;
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
    return new Run({
      makeJob: () => this.#home.call({ type: 'job', ...asked }),
      keep: (checkpoint) => this.#home.call({ type: 'training-at', ...checkpoint }),
      trainers: this,
      onCrash: (error, step) => this.#crashed(error, step),
    });
  }

  #crashed(error, step) {
    const now = performance.now();
    this.#failures = [...this.#failures.filter((time) => now - time < FAILURE_WINDOW_MS), now];
    if (this.#failures.length >= FAILURES) {
      this.#failures = [];
      if (this.#device?.device !== 'webgpu') throw error;
      this.#settle('cpu', `WebGPU failed ${FAILURES} times within a minute. The last time: ${error.message}`);
    }
    this.#emit('trainer', { type: 'restarted', reason: error.message, step });
  }

  async #open() {
    if (this.#device?.device === 'cpu') return this.#openCpu();
    if (this.#choice === 'cpu') return this.#openCpu('The CPU was asked for.');
    try {
      return await this.#openWebgpu();
    } catch (error) {
      return this.#openCpu(error.message);
    }
  }

  async #openCpu(reason) {
    const worker = host.trainer();
    const trainer = new Channel(worker, 'The trainer');
    await this.#boot(trainer, this.#cpuModule);
    if (reason) this.#settle('cpu', reason);
    return trainer;
  }

  async #openWebgpu() {
    const gpu = await findGpu({ acceptSoftware: this.#choice === 'webgpu' });
    const module = await webgpuModule();
    const reference = await this.#home.call({ type: 'reference' });
    const worker = host.trainerWebgpu();
    const trainer = new Channel(worker, 'The trainer on WebGPU');
    const { deviation } = await this.#boot(trainer, module, reference);
    this.#settle('webgpu', `${gpu} agrees with the CPU within ${deviation.toExponential(0)}.`);
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
