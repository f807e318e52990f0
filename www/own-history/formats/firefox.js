import { MARK } from '../visits.js';
import { has } from './chrome.js';
import { fromMicroseconds } from './times.js';

// `places.sqlite` of Firefox and its kin (LibreWolf, Tor Browser, Waterfox). The numbers are nsINavHistoryService's TRANSITION_….

const EMBED = 4;
const REDIRECTS = '5, 6'; // permanent, temporary: they stand on the page that was redirected to
const DOWNLOAD = 7;
const FRAMED_LINK = 8;
const RELOAD = 9;

export const firefox = {
  id: 'firefox',
  name: 'Firefox',

  reads: (tables) =>
    has(tables, 'moz_places', 'id', 'url', 'title') &&
    has(tables, 'moz_historyvisits', 'id', 'from_visit', 'place_id', 'visit_date', 'visit_type'),

  read(database, visits, tables) {
    const pages = new Map();
    database.rows('SELECT id, url, title FROM moz_places', ([id, url, title]) => {
      pages.set(id, visits.page(String(url ?? ''), title));
    });
    const sources = new Set();
    database.rows(`SELECT from_visit FROM moz_historyvisits WHERE visit_type IN (${REDIRECTS})`, ([id]) => sources.add(id));
    database.rows('SELECT id, place_id, visit_date, visit_type FROM moz_historyvisits', ([id, place, time, type]) => {
      const page = pages.get(place);
      if (page !== undefined) visits.add(page, fromMicroseconds(time), markOf(type) | (sources.has(id) ? MARK.redirect : 0));
    });
    return has(tables, 'moz_bookmarks', 'fk', 'title', 'type') ? bookmarks(database) : [];
  },
};

function markOf(type) {
  if (type === EMBED || type === FRAMED_LINK) return MARK.frame;
  if (type === RELOAD) return MARK.reload;
  return type === DOWNLOAD ? MARK.download : 0;
}

function bookmarks(database) {
  const found = [];
  database.rows(
    'SELECT p.url, coalesce(b.title, p.title) FROM moz_bookmarks AS b JOIN moz_places AS p ON p.id = b.fk WHERE b.type = 1',
    ([url, title]) => found.push({ url: String(url ?? ''), title: title ?? '', from: 'bookmarks' }),
  );
  return found;
}
