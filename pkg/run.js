import { MEASURE_MS, SILENCE_MS } from './device-choice.js';
import { failure } from './errors.js';

/** What one `advance` is asked to take: short enough for a lively bar, long enough that asking costs nothing. */
const BUDGET_MS = 250;
/** How often a checkpoint is taken: what a lost Trainer costs at most. */
const CHECKPOINT_MS = 5_000;
/** Silence that means a hang. The first answers build the GPU's pipelines, which can freeze for long. */
const FIRST_ANSWER_MS = 120_000;
const ANSWER_MS = 60_000;

/** Failures of a Trainer that another one, started from the last checkpoint, may not have. */
const CRASHES = new Set(['panic', 'hang', 'worker', 'device', 'internal']);

/** One training, which outlives the Trainers that it goes through. */
export class Run {
  /** The model's bytes, once a report says `done`. */
  model = null;

  #makeJob;
  #keep;
  #trainers;
  #onCrash;
  #job = null;
  #trainer = null;
  #checkpoint = { bytes: undefined, step: 0 };
  #checkpointAt = 0;
  #warm = false;
  #over = null;
  #stopped;
  #rejectStopped;

  /**
   * `makeJob()` gives the prepared data, and the checkpoint to go on from where there is one; `keep(checkpoint)` is given later ones; `trainers.ready(job)` resolves when `trainers.claim()` has a Trainer to give;
   * while `trainers.isCompared()`, its speed is told to `trainers.compare(speed)`, which answers on which device to go on;
   * `onCrash(error, step)` is told of each loss and where training goes on, and throws where there have been too many.
   */
  constructor({ makeJob, keep, trainers, onCrash }) {
    this.#makeJob = makeJob;
    this.#keep = keep;
    this.#trainers = trainers;
    this.#onCrash = onCrash;
    this.#stopped = new Promise((_, reject) => (this.#rejectStopped = reject));
    this.#stopped.catch(() => {});
  }

  /** Trains on and gives the next report. */
  async next() {
    for (;;) {
      try {
        return await Promise.race([this.#stopped, this.#report()]);
      } catch (error) {
        if (this.#over || !CRASHES.has(error.code)) throw error;
        this.#lose(error);
      }
    }
  }

  /** Why it ended; null while it goes on. */
  get reason() {
    return this.#over;
  }

  /** Ends the run and its Trainer; a report that is awaited is rejected with `reason`. */
  stop(reason) {
    this.#over ??= reason;
    this.#rejectStopped(reason);
    this.#trainer?.end(reason);
  }

  async #report() {
    const progress = this.#trainer ? await this.#advance() : await this.#start();
    if (progress.done) this.model = await this.#ask({ type: 'model' });
    else if (this.#warm && this.#trainer) await this.#checkpointWhenDue(progress.step);
    return progress;
  }

  async #start() {
    if (!this.#job) {
      const { job, checkpoint, step } = await this.#makeJob();
      this.#job = job;
      this.#checkpoint = { bytes: checkpoint, step };
    }
    await this.#trainers.ready(this.#job);
    if (this.#over) throw this.#over;
    this.#trainer = this.#trainers.claim();
    this.#warm = false;
    this.#checkpointAt = performance.now();
    try {
      return await this.#ask({ type: 'start', job: this.#job, checkpoint: this.#checkpoint.bytes });
    } catch (error) {
      if (error.code !== 'checkpoint' || !this.#checkpoint.bytes) throw error;
      // Not one that this build can go on from: from the start, then.
      this.#checkpoint = { bytes: undefined, step: 0 };
      return this.#ask({ type: 'start', job: this.#job });
    }
  }

  async #advance() {
    const progress = await this.#ask({ type: 'advance', budget: BUDGET_MS });
    this.#warm = progress.phase !== 'warming-up';
    if (this.#warm && this.#trainers.isCompared()) await this.#compare();
    return progress;
  }

  // Nothing is learned yet, so that nothing is lost where the other device goes on.
  async #compare() {
    const speed = await this.#trainer.call({ type: 'speed', budget: MEASURE_MS }, { limit: SILENCE_MS });
    if ((await this.#trainers.compare(speed)) !== 'cpu') return;
    this.#trainer.end(failure('measured', 'The CPU is faster.'));
    this.#trainer = null;
  }

  async #checkpointWhenDue(step) {
    if (performance.now() - this.#checkpointAt < CHECKPOINT_MS) return;
    this.#checkpoint = { bytes: await this.#ask({ type: 'checkpoint' }), step };
    this.#checkpointAt = performance.now();
    // Training does not wait for the device, and goes on where it cannot be written.
    this.#keep(this.#checkpoint).catch(() => {});
  }

  #ask(request) {
    return this.#trainer.call(request, { limit: this.#warm ? ANSWER_MS : FIRST_ANSWER_MS });
  }

  #lose(error) {
    this.#trainer?.end(error);
    this.#trainer = null;
    this.#onCrash(error, this.#checkpoint.step);
  }
}

/** The reason of a training that ended well or was left. */
export const finished = () => failure('finished', 'The training is over.');
