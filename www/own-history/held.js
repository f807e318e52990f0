import { siteOf } from './cleaning/address.js';
import { clean, describePages } from './cleaning/cleaner.js';
import { describePool, unopened } from './pool.js';
import { itemOf, preview } from './preview.js';
import { table } from './table.js';

const SHOWN = { level: 'page', include: [], exclude: [] };

const NONE = { sources: [], notes: [] };

/** A history that was read: under choices that may change until it is taken, and from then on no more than what was taken. */
export class Held {
  #read;
  #pages;
  #options = SHOWN;
  #cleaned;

  /** Use `Held.read`, or `Held.taken` on what another one hands over. */
  constructor({ columns, sources, notes, pool }, pages, options) {
    this.#read = { columns, sources, notes, pool };
    this.#pages = pages;
    this.choose(options);
  }

  static read({ visits, sources, notes, pool }, options) {
    return new Held({ columns: visits.sorted(), sources, notes, pool: describePool(pool) }, describePages(visits.pages), options);
  }

  static taken({ columns, pool, pages, options }) {
    return new Held({ ...NONE, columns, pool }, pages, options);
  }

  /** What was taken, as plain data. */
  handOver() {
    const { columns, pool } = this.#read;
    return { columns, pool, pages: this.#pages, options: this.#options };
  }

  choose(options) {
    this.#options = { ...SHOWN, ...options };
    this.#cleaned = clean({ columns: this.#read.columns, pages: this.#pages }, this.#options);
  }

  preview() {
    return preview({ read: this.#read, pages: this.#pages, cleaned: this.#cleaned, options: this.#options });
  }

  /** The table to learn from and the pages never opened. What was left out is gone from memory from now on. */
  take() {
    const { kept } = this.#cleaned;
    const level = this.#options.level;
    const bytes = table({ kept, pages: this.#pages, level });
    this.#keepOnly(
      kept.page.map((_, index) => index),
      kept,
    );
    const opened = new Set(this.#pages.map((page) => itemOf(page, level)));
    this.#read.pool = unopened(this.#read.pool, opened, this.#options);
    return { bytes, visits: kept.page.length, pool: this.#read.pool.map(({ item, title, site }) => ({ id: item, title, topic: site })) };
  }

  /** Forgets an item, a site, or what was visited between two times; answers how many visits that were. */
  forget({ item, site, from, to }) {
    const { page, time } = this.#read.columns;
    const level = this.#options.level;
    const wanted = site === undefined ? undefined : siteNamed(site);
    const isMeant = (index) => {
      const of = this.#pages[page[index]];
      if (item !== undefined) return itemOf(of, level) === item;
      if (wanted !== undefined) return of.site === wanted;
      return time[index] >= from && time[index] < to;
    };
    const stay = [];
    for (let index = 0; index < page.length; index += 1) if (!isMeant(index)) stay.push(index);
    const forgotten = page.length - stay.length;
    this.#keepOnly(stay, this.#read.columns);
    this.#read.pool = this.#read.pool.filter((entry) => entry.item !== item && entry.site !== wanted);
    this.choose(this.#options);
    return forgotten;
  }

  /** Adds a visit of a page that is known already, or of one that was never opened until now. */
  visit(item, time) {
    const level = this.#options.level;
    let number = this.#pages.findIndex((page) => itemOf(page, level) === item);
    if (number < 0) number = this.#openFromPool(item);
    if (number < 0) return;
    const { page, time: times, mark } = this.#read.columns;
    this.#read.columns = { page: longer(page, number), time: longer(times, time), mark: longer(mark, 0) };
    this.choose(this.#options);
  }

  #openFromPool(item) {
    const at = this.#read.pool.findIndex((entry) => entry.item === item);
    if (at < 0) return -1;
    const [{ title }] = this.#read.pool.splice(at, 1);
    return this.#pages.push(...describePages([{ url: item, title, search: false }])) - 1;
  }

  /** Adds candidates for New. */
  addPool(entries) {
    const known = new Set(this.#read.pool.map(({ item }) => item));
    this.#read.pool.push(...describePool(entries).filter(({ item }) => !known.has(item)));
  }

  #keepOnly(indices, { page, time }) {
    const numbers = new Map();
    const pages = [];
    const column = Uint32Array.from(indices, (index) => {
      const number = page[index];
      if (!numbers.has(number)) numbers.set(number, pages.push(lasting(this.#pages[number])) - 1);
      return numbers.get(number);
    });
    this.#pages = pages;
    this.#read.columns = { page: column, time: Float64Array.from(indices, (index) => time[index]), mark: new Uint8Array(indices.length) };
  }
}

/** What is asked of a page once its kind is settled. */
const lasting = ({ item, site, title, category }) => ({ item, site, title, category, out: null });

function longer(column, last) {
  const all = new column.constructor(column.length + 1);
  all.set(column);
  all[column.length] = last;
  return all;
}

/** The site that somebody means who types its name, or an address on it. */
function siteNamed(text) {
  try {
    return siteOf(new URL(/^https?:/i.test(text) ? text : `https://${text}`).hostname);
  } catch {
    return text;
  }
}
