import { MARK } from '../visits.js';
import { has } from './chrome.js';
import { fromCocoa } from './times.js';

// `History.db` of Safari on macOS.

export const safari = {
  id: 'safari',
  name: 'Safari',

  reads: (tables) => has(tables, 'history_items', 'id', 'url') && has(tables, 'history_visits', 'history_item', 'visit_time', 'title'),

  read(database, visits, tables) {
    const columns = tables.get('history_visits');
    const either = (column, otherwise) => (columns.has(column) ? `v.${column}` : otherwise);
    const urls = new Map();
    database.rows('SELECT id, url FROM history_items', ([id, url]) => urls.set(id, String(url ?? '')));
    database.rows(
      `SELECT v.history_item, v.title, v.visit_time, ${either('redirect_destination', 'NULL')}, ${either('load_successful', '1')}
       FROM history_visits AS v`,
      ([item, title, time, destination, loaded]) => {
        const url = urls.get(item);
        if (url === undefined) return;
        visits.addVisit(url, title, fromCocoa(time), (destination == null ? 0 : MARK.redirect) | (loaded ? 0 : MARK.failed));
      },
    );
    return [];
  },
};
