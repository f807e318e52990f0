import { Channel } from './channel.js';
import { failure, told } from './errors.js';
import { host } from './host.js';
import { Tabs } from './tabs.js';

/** Longer than any answer of Home's takes. */
const SILENCE_MS = 300_000;
/** The page that is left gives its lock up while the one that comes back is shown already; who wanted it at once would drop that page from the cache. */
const RETURN_MS = 1000;

/** Home, through the workers that it may go through: where one is lost, the next call starts another and tells it what the site set up. */
export class HomeLink {
  #boot;
  #onEvent;
  #channel = null;
  #tabs = null;
  #starting = null;
  #over = null;
  #returning;
  // What the site gave: the catalogue and its changes, the base model. Not what the visitor did.
  #setUp = new Map();

  // A page in the back/forward cache comes back as it was, and others were there meanwhile.
  #left = ({ persisted }) => {
    clearTimeout(this.#returning);
    if (persisted) this.#tabs?.pause();
  };
  #back = ({ persisted }) => {
    if (!persisted || !this.#tabs) return;
    // Where that fails, whoever asks next is told.
    this.call({ type: 'resume' }).catch(() => {});
    this.#returning = setTimeout(() => this.#rejoin(), RETURN_MS);
  };

  /** `module` is the CPU artifact, `storage` and `consent` are those of `open`, `onEvent` hears what Home says unasked. */
  constructor({ module, storage, consent, onEvent }) {
    this.#boot = { type: 'boot', module, storage, consent };
    this.#onEvent = onEvent;
    globalThis.addEventListener?.('pagehide', this.#left);
    globalThis.addEventListener?.('pageshow', this.#back);
  }

  /** Resolves once Home answers. */
  start() {
    this.#starting ??= this.#open().finally(() => (this.#starting = null));
    return this.#starting;
  }

  async call(request, options) {
    if (this.#over) throw this.#over;
    if (!this.#channel || this.#channel.failure) await this.start();
    return this.#channel.call(request, { limit: SILENCE_MS, ...options });
  }

  /** Asks for something that is to be asked again of the next Home, in place of what stood under that name. */
  async setUp(name, request) {
    const answer = await this.call(request);
    // A new catalogue makes the changes of the old one obsolete.
    if (name === 'catalogue') this.#setUp = new Map([...this.#setUp].filter(([known]) => typeof known === 'string'));
    this.#setUp.delete(name);
    this.#setUp.set(name, request);
    return answer;
  }

  /** Asks again for what was set up under a name, if anything was. */
  async again(name) {
    const request = this.#setUp.get(name);
    return request && this.call(request);
  }

  /** Has Home save, and ends it. */
  async close(reason) {
    if (this.#over) return;
    this.#settle(reason);
    await this.#channel?.call({ type: 'close' }, { limit: 10_000 }).catch(() => {});
    this.#channel?.end(reason);
  }

  end(reason) {
    this.#settle(reason);
    this.#channel?.end(reason);
  }

  async #rejoin() {
    const trains = await this.#tabs.resume();
    this.#channel?.say({ role: this.#tabs.role });
    if (!trains) this.#onEvent({ type: 'trained-elsewhere' });
    // What was kept before this tab could hear the others.
    await this.call({ type: 'resume' }).catch(() => {});
  }

  #settle(reason) {
    clearTimeout(this.#returning);
    this.#over = reason;
    globalThis.removeEventListener?.('pagehide', this.#left);
    globalThis.removeEventListener?.('pageshow', this.#back);
  }

  async #open() {
    const worker = host.home();
    const channel = new Channel(worker, 'Home', (event) => this.#hear(event, tabs, channel));
    const tabs = new Tabs({ onMessage: (message) => channel.say({ message }), onRole: () => channel.say({ role: tabs.role }) });
    this.#tabs = tabs;
    channel.ended.then((error) => {
      tabs.leave();
      if (channel === this.#channel && error.code !== 'closed') this.#lost(error);
    });
    const status = await channel.boot(this.#boot);
    const isAnother = this.#channel !== null;
    // Given once: another Home takes what the visitor last said from what is kept.
    this.#boot = { ...this.#boot, consent: undefined };
    // The base model is joined to the catalogue, whichever was given last.
    const isBase = ([name]) => Number(name === 'base');
    for (const [, request] of [...this.#setUp].sort((a, b) => isBase(a) - isBase(b))) await channel.call(request);
    this.#channel = channel;
    if (isAnother) this.#onEvent({ type: 'change', reason: 'other-tab' });
    return status;
  }

  #lost(error) {
    const kept = 'What was kept on this device is read again; what was only in memory is gone.';
    this.#onEvent({ type: 'error', error: failure(error.code, `${error.message} ${kept}`, error.remedy) });
  }

  #hear(event, tabs, channel) {
    if (event.type === 'tabs') return this.#ask(tabs, channel, event);
    return this.#onEvent(event.type === 'error' ? { ...event, error: told(event.error) } : event);
  }

  // What Home asks of the tabs, and the answer.
  async #ask(tabs, channel, { id, ask, message }) {
    const value = await tabs[ask](message);
    if (id !== undefined) channel.say({ id, value, role: tabs.role });
  }
}
