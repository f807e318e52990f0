// Home's end of tabs.js, which the page runs: what a page holds it can give up before it is frozen in the back/forward cache, what its worker holds it cannot.

/** This tab among the others, as Home asks for it. */
export class TabsLink {
  #role = 'alone';
  #tell;
  #onMessage;
  #onRole;
  #asked = new Map();
  #lastId = 0;

  /** `tell(event)` is heard by the page; `onMessage(message)` hears the other tabs; `onRole()` when the role changed. */
  constructor({ tell, onMessage, onRole }) {
    this.#tell = tell;
    this.#onMessage = onMessage;
    this.#onRole = onRole;
  }

  get role() {
    return this.#role;
  }

  join() {
    return this.#ask('join');
  }

  lead() {
    return this.#ask('lead');
  }

  train() {
    return this.#ask('train');
  }

  trained() {
    this.#tell({ type: 'tabs', ask: 'trained' });
  }

  leave() {
    this.#role = 'alone';
    this.#tell({ type: 'tabs', ask: 'leave' });
  }

  tell(message) {
    this.#tell({ type: 'tabs', ask: 'tell', message });
  }

  /** Takes what the page says. */
  hear({ id, value, role, message }) {
    if (message) return this.#onMessage(message);
    this.#role = role;
    if (id === undefined) return this.#onRole();
    this.#asked.get(id)(value);
    return this.#asked.delete(id);
  }

  #ask(ask) {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
      this.#tell({ type: 'tabs', ask, id });
    });
  }
}
