import { MARK } from '../visits.js';
import { fromAnything } from './times.js';

// Visits out of objects with an address, a title and a time, as Google Takeout, Safari's export, extensions and scripts write them.

const URLS = ['url', 'uri', 'href', 'link', 'pageurl', 'address'];
const TITLES = ['title', 'pagetitle', 'name', 'description'];
const TIMES = [
  'timeusec',
  'visittime',
  'lastvisittime',
  'lastvisit',
  'lastvisited',
  'visitedat',
  'visitdate',
  'datetime',
  'timestamp',
  'time',
  'date',
  'lastvisitedat',
  'visited',
  'createdat',
];
const USERS = ['userid', 'user', 'visitorid', 'customerid', 'uid'];

const plain = (name) =>
  String(name)
    .toLowerCase()
    .replace(/[^a-z]/g, '');

/** Which key of an object is what, from its keys; `url` is absent where it names none. */
export function columnsOf(keys) {
  const byName = new Map(keys.map((key) => [plain(key), key]));
  const find = (names) => byName.get(names.find((name) => byName.has(name)));
  return { url: find(URLS), title: find(TITLES), time: find(TIMES), user: find(USERS) };
}

/** The visit that an object tells of: `{url, title, time, mark}`, or null. */
export function visitOf(object, columns = columnsOf(Object.keys(object))) {
  const url = object[columns.url];
  const time = fromAnything(object[columns.time]);
  if (typeof url !== 'string' || !url || Number.isNaN(time)) return null;
  const title = object[columns.title];
  return { url, title: typeof title === 'string' ? title : '', time, mark: takeoutMark(object) | safariMark(object) };
}

// Takeout spells Chromium's transition: `LINK`, `TYPED`, `RELOAD`, `AUTO_SUBFRAME`, …
function takeoutMark({ page_transition: transition }) {
  if (typeof transition !== 'string') return 0;
  const kind = transition.toUpperCase();
  let mark = 0;
  if (kind.includes('SUBFRAME') || kind === 'KEYWORD_GENERATED') mark |= MARK.frame;
  if (kind === 'RELOAD') mark |= MARK.reload;
  return mark;
}

// https://developer.apple.com/documentation/safariservices/importing-data-exported-from-safari
function safariMark({ destination_url: destination, latest_visit_was_load_failure: failed }) {
  return (destination ? MARK.redirect : 0) | (failed ? MARK.failed : 0);
}
