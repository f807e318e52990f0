import { MARK } from '../visits.js';
import { describeAddress } from './address.js';
import { categoryOf } from './sensitive.js';

const DAY = 86_400_000;
const EARLIEST = Date.UTC(1995, 0, 1);
const REPEAT_MS = 30 * 60_000;
const TITLE = 300;
/** Visits that are learned from at most. */
export const MOST = 500_000;

const MARKED = [
  [MARK.frame, 'frame'],
  [MARK.download, 'download'],
  [MARK.failed, 'failed'],
  [MARK.redirect, 'redirect'],
  [MARK.reload, 'reload'],
];

/** What each page is, whatever is chosen later: once per page, not per visit. */
export function describePages(pages) {
  return pages.map(({ url, title, search }) => {
    const address = describeAddress(url);
    const shown = shownTitle(title, address);
    const out = address.out ?? (search ? 'search' : null);
    return { ...address, out, title: shown, category: out ? null : categoryOf({ ...address, title: shown }) };
  });
}

/** A title without control characters and unread counts: `(3) Inbox`; the address where there is none. */
function shownTitle(title, { item }) {
  const shown = title
    .slice(0, 4 * TITLE)
    .replace(/[\p{Cc}\p{Cs}\s]+/gu, ' ')
    .replace(/^\s*\(\d+\+?\)\s*/, '')
    .trim()
    .slice(0, TITLE);
  return shown || item.replace(/^https:\/\//, '');
}

/**
 * The visits that stay, in the order of time, and how many each step left out. `options`: `level` (`page` or `site`), `include` (ids of
 * sensitive kinds that are chosen in), `exclude` (sites that are left out). Returns `{kept: [{page, time}] as columns, steps}`.
 */
export function clean({ columns, pages }, { level = 'page', include = [], exclude = [] } = {}, now = Date.now()) {
  const included = new Set(include);
  const excluded = new Set(exclude);
  const counts = new Map();
  const examples = new Map();
  const kept = { page: [], time: [] };
  const lastTime = new Map();
  let previous = null;

  const reasonOf = (index) => {
    const time = columns.time[index];
    if (!(time >= EARLIEST && time <= now + DAY)) return 'clock';
    const number = columns.page[index];
    if (lastTime.get(number) === time) return 'duplicate';
    lastTime.set(number, time);
    const page = pages[number];
    if (page.out === 'broken' || page.out === 'local') return page.out;
    const mark = columns.mark[index];
    const marked = mark && MARKED.find(([bit]) => mark & bit);
    if (marked) return marked[1];
    if (page.out) return page.out;
    if (page.category && !included.has(page.category)) return 'sensitive';
    if (excluded.has(page.site)) return 'excluded';
    const item = level === 'site' ? page.site : page.item;
    const repeated = previous !== null && previous.item === item && time - previous.time <= REPEAT_MS;
    previous = { item, time };
    return repeated ? 'repeat' : null;
  };

  for (let index = 0; index < columns.page.length; index += 1) {
    const reason = reasonOf(index);
    if (reason === null) {
      kept.page.push(columns.page[index]);
      kept.time.push(columns.time[index]);
    } else {
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
      if (!examples.has(reason)) examples.set(reason, columns.page[index]);
    }
  }
  const beyond = kept.page.length - MOST;
  if (beyond > 0) {
    counts.set('older', beyond);
    kept.page.splice(0, beyond);
    kept.time.splice(0, beyond);
  }
  return { kept, counts, examples };
}
