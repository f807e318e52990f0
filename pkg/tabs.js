// The tabs of a site that keep: one leads (it holds a Web Lock), the others follow what it says on a BroadcastChannel.
// Where a browser has no Web Locks, each tab is alone, and storage.js still refuses to write over what another one wrote.

const LEADER = 'homebody-leader';
const TRAINING = 'homebody-training';

/** This tab among the others. */
export class Tabs {
  #channel = null;
  #release = null;
  #wanted = null;
  #endTraining = null;
  #paused = false;
  #wasTraining = false;
  #onMessage;
  #onRole;

  /** `onMessage(message)` hears the other tabs; `onRole()` when the role changed. */
  constructor({ onMessage, onRole }) {
    this.#onMessage = onMessage;
    this.#onRole = onRole;
  }

  get role() {
    if (!this.#channel || !globalThis.navigator?.locks) return 'alone';
    return this.#release ? 'leader' : 'follower';
  }

  /** Takes part; resolves once it is known whether this tab leads. */
  async join() {
    if (this.#channel || typeof BroadcastChannel === 'undefined') return;
    this.#channel = new BroadcastChannel('homebody');
    this.#channel.onmessage = ({ data }) => this.#onMessage(data);
    await this.#request({ ifAvailable: true });
    if (!this.#release) this.#queue();
  }

  /** Takes no part for now: a page in the back/forward cache that holds a lock that another one wants, or hears the channel, is dropped from that cache. */
  pause() {
    this.#paused ||= this.#channel !== null;
    this.#wasTraining ||= this.#endTraining !== null;
    this.#end();
  }

  /** Takes part again; false where another tab trains now and this one did. */
  async resume() {
    const [paused, wasTraining] = [this.#paused, this.#wasTraining];
    this.#paused = false;
    this.#wasTraining = false;
    if (paused) await this.join();
    return !wasTraining || this.train();
  }

  /** Takes no part any more. */
  leave() {
    this.#paused = false;
    this.#wasTraining = false;
    this.#end();
  }

  #end() {
    this.trained();
    this.#wanted?.abort();
    this.#release?.();
    this.#release = null;
    this.#channel?.close();
    this.#channel = null;
  }

  /** Leads from now on. The tab that led follows. */
  async lead() {
    if (this.role !== 'follower') return;
    this.#wanted?.abort();
    await this.#request({ steal: true });
  }

  /** Claims the training for this tab; false where another tab trains. */
  async train() {
    if (!globalThis.navigator?.locks || this.#endTraining) return true;
    const free = await new Promise((resolve) => {
      const held = (lock) => {
        resolve(Boolean(lock));
        return lock && new Promise((release) => (this.#endTraining = release));
      };
      navigator.locks.request(TRAINING, { ifAvailable: true }, held).catch(() => resolve(true));
    });
    if (free) await this.lead();
    return free;
  }

  /** Gives the training free. */
  trained() {
    this.#endTraining?.();
    this.#endTraining = null;
  }

  tell(message) {
    this.#channel?.postMessage(message);
  }

  // Resolves once the lock is held, or is known not to be had.
  #request(options) {
    if (!globalThis.navigator?.locks) return undefined;
    return new Promise((resolve) => {
      const held = (lock) => {
        resolve();
        if (!lock) return undefined;
        return new Promise((release) => {
          this.#release = release;
          this.#onRole();
        });
      };
      navigator.locks.request(LEADER, options, held).then(resolve, () => {
        resolve();
        // Another tab took it over, unless it was given up.
        if (this.#release && this.#channel) this.#lose();
      });
    });
  }

  #lose() {
    this.#release = null;
    this.trained();
    this.#onRole();
    this.#queue();
  }

  // Waits to lead once the leader is gone.
  #queue() {
    this.#wanted = new AbortController();
    this.#request({ signal: this.#wanted.signal });
  }
}
