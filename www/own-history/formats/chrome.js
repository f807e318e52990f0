import { MARK } from '../visits.js';
import { fromWebkitMs } from './times.js';

// `History` of Chrome and its kin (Edge, Brave, Vivaldi, Opera, Chromium). The bits are ui/base/page_transition_types.h of
// Chromium's source; what counts as a visit of a person's is as in HistoryBackend::GetVisibleVisits…: the end of a chain, not a frame.

const CORE = 0xff;
const FRAMES = new Set([3, 4]); // automatic and manual subframes
const KEYWORD_GENERATED = 10; // the copy of a visit that the address bar's search leaves
const RELOAD = 8;
const CHAIN_END = 0x2000_0000;

export const chrome = {
  id: 'chrome',
  name: 'Chrome, Edge, Brave or another Chromium browser',

  reads: (tables) => has(tables, 'urls', 'id', 'url', 'title') && has(tables, 'visits', 'url', 'visit_time', 'transition'),

  read(database, visits, tables) {
    const searches = new Set();
    if (has(tables, 'keyword_search_terms', 'url_id')) {
      database.rows('SELECT DISTINCT url_id FROM keyword_search_terms', ([id]) => searches.add(id));
    }
    const pages = new Map();
    const hidden = new Set();
    const hides = tables.get('urls').has('hidden') ? 'hidden' : '0';
    database.rows(`SELECT id, url, title, ${hides} FROM urls`, ([id, url, title, isHidden]) => {
      pages.set(id, visits.page(String(url ?? ''), title, searches.has(id)));
      if (isHidden) hidden.add(id);
    });
    // Microseconds since 1601 are more than a number holds exactly.
    database.rows('SELECT url, visit_time / 1000, transition FROM visits', ([id, time, transition]) => {
      const page = pages.get(id);
      if (page !== undefined) visits.add(page, fromWebkitMs(time), markOf(transition) | (hidden.has(id) ? MARK.frame : 0));
    });
    return [];
  },
};

/** What a transition says, as marks. */
export function markOf(transition) {
  // Some versions store the 32 bits as a signed number.
  const bits = transition >>> 0;
  const core = bits & CORE;
  let mark = 0;
  if (FRAMES.has(core) || core === KEYWORD_GENERATED) mark |= MARK.frame;
  if (core === RELOAD) mark |= MARK.reload;
  if (!(bits & CHAIN_END)) mark |= MARK.redirect;
  return mark;
}

/** Is there such a table, with at least these columns? */
export function has(tables, table, ...columns) {
  const found = tables.get(table);
  return Boolean(found) && columns.every((column) => found.has(column));
}
