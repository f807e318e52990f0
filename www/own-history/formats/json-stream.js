// Objects out of a JSON text that arrives in pieces, without ever holding all of it.

const [QUOTE, BACKSLASH, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = Array.from('"\\{}[]', (character) => character.charCodeAt(0));
const LONGEST = 1 << 20;

/**
 * Takes pieces of text with `write` and calls `onObject` with each object that stands in a list, or, with `lines`, on the top level.
 * What stands inside such an object is part of it.
 */
export class JsonObjects {
  #onObject;
  #lines;
  #text = '';
  #at = 0;
  #start = -1;
  #depth = 0;
  #inside = 0;
  #quoted = false;
  #escaped = false;
  #lists = [];

  /** Objects that are too long or no JSON, and were passed over. */
  broken = 0;

  constructor(onObject, { lines = false } = {}) {
    this.#onObject = onObject;
    this.#lines = lines;
  }

  /** Did the text end before what it began was closed? */
  get open() {
    return this.#depth > 0 || this.#inside > 0;
  }

  write(piece) {
    this.#text += piece;
    const text = this.#text;
    let at = this.#at;
    for (; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (this.#quoted) {
        if (this.#escaped) this.#escaped = false;
        else if (code === BACKSLASH) this.#escaped = true;
        else if (code === QUOTE) this.#quoted = false;
      } else if (code === QUOTE) this.#quoted = true;
      else if (this.#inside) {
        if (code === OPEN || code === OPEN_LIST) this.#inside += 1;
        else if ((code === CLOSE || code === CLOSE_LIST) && (this.#inside -= 1) === 0) this.#emit(text, at + 1);
      } else this.#outside(code, at);
    }
    this.#forget(at);
  }

  #outside(code, at) {
    if (code === OPEN && (this.#lines ? this.#depth === 0 : this.#lists.at(-1))) {
      this.#start = at;
      this.#inside = 1;
    } else if (code === OPEN || code === OPEN_LIST) {
      this.#depth += 1;
      this.#lists.push(code === OPEN_LIST);
    } else if (code === CLOSE || code === CLOSE_LIST) {
      this.#depth -= 1;
      this.#lists.pop();
    }
  }

  #emit(text, end) {
    try {
      if (this.#start >= 0) this.#onObject(JSON.parse(text.slice(this.#start, end)));
      else this.broken += 1;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.broken += 1;
    }
    this.#start = -1;
  }

  // Only the object that is not closed yet is kept, unless it is absurdly long.
  #forget(at) {
    const from = this.#start < 0 ? at : this.#start;
    this.#text = this.#text.slice(from);
    this.#at = at - from;
    if (this.#start < 0) return;
    this.#start = 0;
    if (this.#text.length <= LONGEST) return;
    this.#start = -1;
    this.#text = '';
    this.#at = 0;
  }
}
