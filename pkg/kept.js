// What of Home is kept on this device, and when. A change of data is a new checkpoint; an event is one record of the log, and the log is folded into
// the next checkpoint. Nothing, not even an empty database, is on the device before there is consent.

import { elsewhere } from './errors.js';
import {
  append,
  readLog,
  readState,
  removeAll,
  requireWhole,
  sealed,
  writeCheckpoint,
  writeSettings,
  writeTraining,
} from './storage.js';
import { TabsLink } from './tabs-link.js';

const SAVE_DELAY_MS = 500;
/** The log is folded into a checkpoint from this many events on: what opening replays. */
const LONG_LOG = 200;
const RETRY_MS = 5_000;
const RETRY_MOST_MS = 300_000;
/** Speeds of so many kinds of trainings are remembered, the latest. */
const SPEEDS = 16;

const NOT_ASKED = 'Nothing is kept: the site did not ask for it.';
const NO_CONSENT = 'Nothing is kept: there is no consent yet.';
const KEPT = 'Kept in this browser’s storage for this site.';
const OFF = 'Switched off: nothing is recorded, and one mark that says so is all that is kept.';

/** Home's state as kept on this device. */
export class Kept {
  #home;
  #tell;
  #storage;
  #state = 'memory';
  #reason = NOT_ASKED;
  #refused = null;
  #generation = 0;
  // The last key of the log that Home holds, and own ones after it: other tabs' may stand between.
  #through = 0;
  #own = new Set();
  #logged = 0;
  #settings = { arms: {}, speeds: {} };
  #training = null;
  #trains = false;
  #dirty = false;
  // Did this tab delete what it could not write over?
  #isRemoved = false;
  #timer;
  #retryMs = RETRY_MS;
  #last = Promise.resolve();
  #tabs;

  /** `home` is what it keeps: see `memory` in home.js; `tell(event)` is heard by the host; `storage` is `memory` or `keep`. */
  constructor(home, tell, storage) {
    this.#home = home;
    this.#tell = tell;
    this.#storage = storage;
    this.#tabs = new TabsLink({
      tell,
      onMessage: (message) => this.#serially(() => this.#heard(message)).catch(() => {}),
      onRole: () => this.#announce(),
    });
  }

  /** Takes what the page says of the other tabs. */
  hear(news) {
    this.#tabs.hear(news);
  }

  get status() {
    const role = this.#state === 'kept' ? this.#tabs.role : 'alone';
    return { state: this.#state, role, generation: this.#generation, reason: this.#reason, refused: this.#refused };
  }

  get isOff() {
    return this.#state === 'off';
  }

  get arms() {
    return this.#settings.arms;
  }

  /** Restores what is kept, as far as `consent` allows. What is refused stays where it is, untouched, until consent is given or withdrawn. */
  async open(consent) {
    if (this.#storage === 'memory') return;
    this.#reason = NO_CONSENT;
    if (consent === false) return void (await this.#try(removeAll));
    const found = await this.#try(readState);
    if (found?.settings?.off) return this.#settle('off', OFF);
    if (found?.settings) this.#settings = { arms: { ...found.settings.arms }, speeds: { ...found.settings.speeds } };
    if (found?.checkpoints.length) await this.#restore(found);
    if (this.#state === 'memory' && consent && !this.#refused) await this.consent(true);
  }

  async #restore({ checkpoints, training }) {
    let damage = null;
    for (const checkpoint of checkpoints) {
      try {
        this.#home.restore(requireWhole(checkpoint, ['through']).bytes);
      } catch (error) {
        damage ??= error;
        if (error instanceof WebAssembly.RuntimeError) throw error;
        if (error.code !== 'newer') continue;
        damage = error;
        break;
      }
      // The newest is the one to write after, also where it is the one before that is used.
      this.#generation = checkpoints[0].generation;
      this.#through = checkpoint.through;
      this.#own.clear();
      this.#training = training ?? null;
      await this.#try(() => this.#catchUp());
      this.#settle('kept', damage ? `The latest checkpoint was damaged; the one before it and the log are used. ${KEPT}` : KEPT);
      await this.#tabs.join();
      if (damage) this.changed();
      return;
    }
    this.#refused = { code: damage.code ?? 'corrupt', message: damage.message, remedy: damage.remedy };
    this.#settle('memory', damage.message);
  }

  /** Notes a change of data; it is saved soon, by the tab that leads. */
  changed() {
    this.#dirty = true;
    if (this.#state !== 'kept') return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), SAVE_DELAY_MS);
  }

  /**
   * Has Home `take` an event in, and keeps it; answered once it is on the device. Both at once: a checkpoint between them would hold the event, and
   * the log would hold it again.
   */
  record(event, take) {
    return this.#serially(async () => {
      const answer = take();
      if (this.#state !== 'kept') {
        this.#dirty = true;
        return answer;
      }
      try {
        const key = await append(event);
        if (key === null) {
          this.#gone();
          return answer;
        }
        this.#took(key);
        this.#logged += 1;
        this.#tabs.tell({ type: 'log' });
        if (this.#logged >= LONG_LOG && this.#tabs.role !== 'follower') this.changed();
      } catch (error) {
        this.#degrade(error);
      }
      return answer;
    });
  }

  /** Saves what is not saved yet; answered once it is on the device, or cannot be. */
  flush() {
    clearTimeout(this.#timer);
    return this.#serially(async () => {
      // Events that wait for their catalogue are in the log only.
      const canWrite = this.#state === 'kept' && this.#tabs.role !== 'follower' && !this.#home.isWaiting();
      if (this.#dirty && canWrite) await this.#write();
    });
  }

  /** This tab's change of data counts: it leads from now on, having taken in what the others recorded. */
  async lead() {
    if (this.#state !== 'kept') return;
    await this.#tabs.lead();
    await this.#serially(() => this.#try(() => this.#catchUp()));
  }

  /** Keeps from now on, or deletes what is kept and goes on in memory. */
  consent(given) {
    clearTimeout(this.#timer);
    return this.#serially(async () => {
      const refused = this.#refused;
      this.#refused = null;
      if (this.#storage === 'memory' || this.#state === 'off') return this.status;
      if (!given) {
        await this.#delete({ type: 'kept-no-more' });
        this.#settle('memory', NO_CONSENT);
      } else if (this.#state !== 'kept') {
        await this.#begin(refused);
      }
      return this.status;
    });
  }

  // What another tab keeps already is not written over: what this tab holds of the visitor's joins it. What was refused gives way.
  async #begin(refused) {
    const found = await this.#try(readState);
    const mine = this.#home.events();
    if (!refused && found?.checkpoints.length) await this.#restore(found);
    if (this.#state === 'kept') return this.#join(mine);
    this.#generation = found?.checkpoints[0]?.generation ?? 0;
    this.#settle('kept', KEPT);
    await this.#tabs.join();
    await this.#tabs.lead();
    await this.#write({ create: true, wipe: true, without: Boolean(refused) });
  }

  async #join(events) {
    for (const event of events) {
      this.#home.record(event);
      const key = await this.#try(() => append(event));
      if (key) this.#took(key);
    }
    this.#tabs.tell({ type: 'log' });
  }

  /** Has Home `forget`, here and on the device; answered once it is gone from there, with what that held. */
  async forget(all, forget) {
    clearTimeout(this.#timer);
    // What other tabs recorded of it goes too.
    if (!all) await this.lead();
    return this.#serially(async () => {
      const isKept = this.#state === 'kept' || this.#generation > 0 || this.#refused;
      forget();
      if (this.#storage === 'memory' || !isKept) return [];
      const deleted = ['log', 'checkpoints', ...(this.#training ? ['interrupted training'] : [])];
      if (all) {
        await this.#delete({ type: 'forgotten' });
        this.#settings = { arms: {}, speeds: {} };
        this.#refused = null;
        this.#settle('memory', NO_CONSENT);
        return deleted;
      }
      this.#training = null;
      let written = await this.#write({ wipe: true });
      // What another tab wrote in between holds what is to be forgotten.
      while (written === 'conflict' && this.#state === 'kept') {
        forget();
        written = await this.#write({ wipe: true });
      }
      if (written === 'yes') this.#settle('kept', KEPT);
      else await this.#remove(written);
      return deleted;
    });
  }

  // Where there is no room to write what stays, deleting all of it takes none; what stays is written anew once it can be.
  async #remove(written) {
    await removeAll();
    this.#start();
    this.#refused = null;
    this.#isRemoved = written === 'failed';
  }

  /** Off: `forget` has Home forget everything. */
  async switchOff(forget) {
    const deleted = await this.forget(true, forget);
    this.#settle('off', OFF);
    if (this.#storage === 'keep') await this.#try(() => writeSettings({ off: true }, true));
    this.#tabs.tell({ type: 'off' });
    return deleted;
  }

  async switchOn() {
    if (this.#state !== 'off') return this.status;
    if (this.#storage === 'keep') await this.#try(removeAll);
    this.#settle('memory', this.#storage === 'keep' ? NO_CONSENT : NOT_ASKED);
    return this.status;
  }

  /** The arm of a test. */
  async arm(test, arms) {
    const known = this.#settings.arms;
    if (!Object.hasOwn(known, test) || !arms.includes(known[test])) {
      const drawn = crypto.getRandomValues(new Uint32Array(1))[0];
      this.#settings.arms = { ...known, [test]: arms[drawn % arms.length] };
      if (this.#state === 'kept') await this.#try(() => writeSettings(this.#settings));
    }
    return this.#settings.arms;
  }

  /** The page is back from the back/forward cache: takes in what other tabs kept meanwhile. */
  resume() {
    return this.#serially(() => this.#state === 'kept' && this.#try(() => this.#meanwhile()));
  }

  /** How fast devices train models of a kind, as far as remembered; with `speeds`, remembers them. */
  async speeds(kind, speeds) {
    const known = this.#settings.speeds;
    if (speeds) {
      const { [kind]: _, ...others } = known;
      this.#settings.speeds = Object.fromEntries([...Object.entries(others), [kind, speeds]].slice(-SPEEDS));
      if (this.#state === 'kept') await this.#try(() => writeSettings(this.#settings));
    }
    return this.#settings.speeds[kind] ?? null;
  }

  /** Claims the training for this tab. */
  async beginTraining() {
    if (this.#state === 'kept' && !(await this.#tabs.train())) {
      throw elsewhere();
    }
    this.#trains = true;
  }

  /** The training that was interrupted, if any, with its bytes whole. */
  get interrupted() {
    try {
      return this.#training && requireWhole(this.#training, ['events', 'job', 'step']);
    } catch {
      return null;
    }
  }

  /** Keeps how far a training came. */
  trainingAt(training) {
    if (this.#state !== 'kept') return undefined;
    this.#training = sealed(training);
    return this.#serially(() => this.#try(() => writeTraining(this.#training)));
  }

  /** There is nothing to resume any more. */
  endTraining() {
    this.#tabs.trained();
    // What another tab's training left to resume is not this one's to delete.
    if (!this.#trains) return undefined;
    this.#trains = false;
    const kept = this.#training && this.#state === 'kept';
    this.#training = null;
    return kept ? this.#serially(() => this.#try(() => writeTraining(null))) : undefined;
  }

  /** Saves, and takes no part any more. */
  async close() {
    await this.flush();
    this.#tabs.leave();
  }

  // Was it written? `yes`, `conflict` (then what another tab wrote counts), or `failed`.
  async #write({ create = false, wipe = false, without = false } = {}) {
    this.#dirty = false;
    try {
      const written = await writeCheckpoint({
        generation: this.#generation,
        after: this.#through,
        // What was refused gives way, with the log that belongs to it.
        catchUp: (events) => without || this.#take(events),
        save: () => this.#home.save(),
        settings: this.#settings,
        create,
        wipe,
      });
      this.#generation = written.generation;
      this.#through = written.through;
      this.#own.clear();
      this.#isRemoved = false;
      this.#logged = 0;
      this.#retryMs = RETRY_MS;
      this.#tabs.tell({ type: 'generation' });
      return 'yes';
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) throw error;
      if (error.code !== 'conflict') {
        this.#degrade(error);
        return 'failed';
      }
      await this.#reload();
      return 'conflict';
    }
  }

  async #delete(message) {
    await removeAll();
    this.#start();
    this.#training = null;
    this.#dirty = false;
    this.#tabs.tell(message);
    this.#tabs.leave();
  }

  // Nothing of this tab's is on the device.
  #start() {
    this.#generation = 0;
    this.#through = 0;
    this.#own.clear();
    this.#isRemoved = false;
  }

  async #heard({ type }) {
    if (this.#state !== 'kept' && !this.#isRemoved) return;
    if (type === 'log' && !this.#isRemoved) await this.#catchUp();
    if (type === 'generation' && !this.#isRemoved) await this.#reload();
    if (type === 'kept-no-more') this.#leave('Another tab of this site deleted what was kept.');
    if (type === 'forgotten' || type === 'off') this.#gone();
    if (type === 'off') this.#settle('off', OFF);
  }

  // What another tab forgot is forgotten here too.
  #gone() {
    this.#home.forgetAll();
    this.#leave('What was kept was deleted in another tab of this site.');
    this.#tell({ type: 'change', reason: 'other-tab' });
  }

  #leave(reason) {
    this.#tabs.leave();
    this.#start();
    this.#dirty = false;
    this.#settle('memory', reason);
  }

  // Another tab wrote: what it wrote counts.
  async #reload(read) {
    const found = read ?? (await readState());
    if (!found?.checkpoints.length) return this.#gone();
    if (found.checkpoints[0].generation === this.#generation) return;
    this.#dirty = false;
    await this.#restore(found);
    this.#tell({ type: 'change', reason: 'other-tab' });
  }

  async #meanwhile() {
    const found = await readState();
    if (found?.settings?.off) {
      this.#gone();
      return this.#settle('off', OFF);
    }
    await this.#reload(found);
    if (this.#state === 'kept') await this.#catchUp();
  }

  async #catchUp() {
    const events = await readLog(this.#through);
    if (this.#take(events ?? [])) this.#tell({ type: 'change', reason: 'other-tab' });
  }

  // Takes in events of the log that Home does not hold yet; how many there were.
  #take(events) {
    let taken = 0;
    for (const [key, event] of events) {
      if (key <= this.#through || this.#own.has(key)) continue;
      this.#home.record(event);
      this.#took(key);
      taken += 1;
    }
    return taken;
  }

  #took(key) {
    this.#own.add(key);
    while (this.#own.delete(this.#through + 1)) this.#through += 1;
  }

  // What cannot be written stays in memory, and is written once it can be.
  #degrade(error) {
    this.#dirty = true;
    this.#settle('memory', `${error.message} Nothing is lost while this page is open.`);
    if (error.code === 'newer') return;
    setTimeout(() => this.#serially(() => this.#again(error)), this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, RETRY_MOST_MS);
  }

  async #again() {
    if (this.#state !== 'memory' || this.#storage === 'memory' || !this.#dirty) return;
    // Only what is on the device is called kept.
    if ((await this.#write({ create: this.#isRemoved })) === 'yes') this.#settle('kept', KEPT);
  }

  // Storage that fails is no reason to fail what was asked.
  async #try(work) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) throw error;
      if (this.#state === 'kept') this.#degrade(error);
      else this.#settle(this.#state, error.message);
      return null;
    }
  }

  #settle(state, reason) {
    this.#state = state;
    this.#reason = reason;
    this.#announce();
  }

  #announce() {
    this.#tell({ type: 'storage', status: this.status });
  }

  #serially(work) {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }
}
