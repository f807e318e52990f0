/** What a browser says of a visit, as bits. */
export const MARK = { reload: 1, redirect: 2, frame: 4, failed: 8, download: 16 };

const FIRST = 4096;

/** Visits as columns, and the pages that they are of: half a million take some 10 MB and their addresses. */
export class Visits {
  /** `{url, title, search}`, by number; `search`: its browser knows it for a page of search results. */
  pages = [];
  length = 0;
  #numbers = new Map();
  #titled = [];
  #page = new Uint32Array(FIRST);
  #time = new Float64Array(FIRST);
  #mark = new Uint8Array(FIRST);

  /** The number of a page. */
  page(url, title = '', search = false) {
    let number = this.#numbers.get(url);
    if (number === undefined) {
      number = this.pages.push({ url, title: title ?? '', search }) - 1;
      this.#numbers.set(url, number);
      this.#titled.push(-Infinity);
    } else {
      this.pages[number].search ||= search;
      this.pages[number].title ||= title ?? '';
    }
    return number;
  }

  /** Adds a visit: the page's number, milliseconds since 1970, and marks. */
  add(page, time, mark = 0) {
    if (this.length === this.#page.length) this.#grow();
    this.#page[this.length] = page;
    this.#time[this.length] = time;
    this.#mark[this.length] = mark;
    this.length += 1;
  }

  /** Adds a visit by address; a page keeps the title that it had last. */
  addVisit(url, title, time, mark) {
    const page = this.page(url);
    if (title && time > this.#titled[page]) {
      this.pages[page].title = title;
      this.#titled[page] = time;
    }
    this.add(page, time, mark);
  }

  /** The columns, in the order of time; ties stay as they were read. */
  sorted() {
    const order = new Uint32Array(this.length).map((_, index) => index);
    const time = this.#time;
    order.sort((a, b) => time[a] - time[b] || a - b);
    return {
      page: Uint32Array.from(order, (index) => this.#page[index]),
      time: Float64Array.from(order, (index) => time[index]),
      mark: Uint8Array.from(order, (index) => this.#mark[index]),
    };
  }

  #grow() {
    const grown = (column) => {
      const larger = new column.constructor(column.length * 2);
      larger.set(column);
      return larger;
    };
    this.#page = grown(this.#page);
    this.#time = grown(this.#time);
    this.#mark = grown(this.#mark);
  }
}
