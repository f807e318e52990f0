import { CATEGORIES } from './cleaning/sensitive.js';
import { STEPS } from './cleaning/steps.js';
import { unopened } from './pool.js';

const DAY = 86_400_000;
const SITES_SHOWN = 5000;
const SAMPLE = 12;

/** What is shown before anything is learned: what stays, what each step left out, which kinds and sites there are. */
export function preview({ read, pages, cleaned, options }) {
  const { kept } = cleaned;
  const { level } = options;
  const items = new Set(kept.page.map((number) => itemOf(pages[number], level)));
  const sites = siteRows(read.columns, pages, cleaned);
  return {
    rows: read.columns.page.length,
    kept: kept.page.length,
    items: items.size,
    sites: sites.filter((site) => site.kept).length,
    from: kept.time[0] ?? null,
    to: kept.time.at(-1) ?? null,
    days: new Set(kept.time.map((time) => Math.floor(time / DAY))).size,
    shortened: [...new Set(kept.page)].filter((number) => pages[number].shortened).length,
    steps: STEPS.filter(({ id }) => cleaned.counts.has(id)).map((step) => ({ ...step, count: cleaned.counts.get(step.id) })),
    kinds: kindRows(read.columns, pages),
    topSites: sites.slice(0, SITES_SHOWN),
    sitesInAll: sites.length,
    sample: sampleOf(kept, pages, level),
    pool: unopened(read.pool, items, options).length,
    sources: read.sources,
    notes: read.notes,
  };
}

/** The item that a page is at this level. */
export const itemOf = (page, level) => (level === 'site' ? `https://${page.site}` : page.item);

function siteRows(columns, pages, { kept }) {
  const rows = new Map();
  const row = (page) => {
    if (!rows.has(page.site)) rows.set(page.site, { site: page.site, visits: 0, kept: 0, kinds: [] });
    return rows.get(page.site);
  };
  for (const number of columns.page) {
    const page = pages[number];
    if (page.out) continue;
    const found = row(page);
    found.visits += 1;
    if (page.category && !found.kinds.includes(page.category)) found.kinds.push(page.category);
  }
  for (const number of kept.page) row(pages[number]).kept += 1;
  return [...rows.values()].sort((a, b) => b.visits - a.visits || (a.site < b.site ? -1 : 1));
}

function kindRows(columns, pages) {
  const rows = new Map(CATEGORIES.map(({ id, name }) => [id, { id, name, visits: 0, sites: new Set() }]));
  for (const number of columns.page) {
    const { category, site } = pages[number];
    if (!category) continue;
    rows.get(category).visits += 1;
    rows.get(category).sites.add(site);
  }
  return [...rows.values()].filter(({ visits }) => visits).map((row) => ({ ...row, sites: row.sites.size }));
}

// The latest items, each once.
function sampleOf(kept, pages, level) {
  const found = new Map();
  for (let index = kept.page.length - 1; index >= 0 && found.size < SAMPLE; index -= 1) {
    const page = pages[kept.page[index]];
    const item = itemOf(page, level);
    if (!found.has(item)) found.set(item, { item, title: titleOf(page, level), site: page.site, time: kept.time[index] });
  }
  return [...found.values()];
}

/** The title of the item that a page is at this level. */
export const titleOf = (page, level) => (level === 'site' ? page.site : page.title);
