import { categoryOf } from './cleaning/sensitive.js';
import { describeAddress } from './cleaning/address.js';

const MOST = 20_000;

/** Candidates for New out of bookmarks and feeds, under the same rules as visits: `{item, title, site, category, from}`, each item once. */
export function describePool(entries) {
  const found = new Map();
  for (const { url, title, from } of entries) {
    const address = describeAddress(url);
    if (address.out || found.has(address.item) || found.size === MOST) continue;
    const shown =
      title
        .replace(/[\p{Cc}\p{Cs}\s]+/gu, ' ')
        .trim()
        .slice(0, 300) || address.item.replace(/^https:\/\//, '');
    found.set(address.item, {
      item: address.item,
      title: shown,
      site: address.site,
      category: categoryOf({ ...address, title: shown }),
      from,
    });
  }
  return [...found.values()];
}

/** Those that are chosen and were never opened. */
export function unopened(pool, opened, { include = [], exclude = [] }) {
  const included = new Set(include);
  const excluded = new Set(exclude);
  return pool.filter(({ item, site, category }) => !opened.has(item) && !excluded.has(site) && (!category || included.has(category)));
}
