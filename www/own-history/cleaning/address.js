import { getDomain } from '../../vendor/tldts.js';
import { isLocal, isLogin, isSearch } from './kinds.js';
import { keptQuery } from './queries.js';
import { carriesSecret, isRandom } from './secrets.js';

// What a server names a folder's own page.
const INDEX = /\/(?:index|default)\.(?:html?|php|aspx?)$/i;
const LONGEST = 2000;
const PUBLIC = { allowPrivateDomains: true, validateHostname: false };

// One site's host is asked for again and again.
const sites = new Map();

/** The site of a host: its registrable domain by the Public Suffix List, `github.io`'s and others' customers each their own. */
export function siteOf(hostname) {
  let site = sites.get(hostname);
  if (site === undefined) {
    if (sites.size > 50_000) sites.clear();
    site = getDomain(hostname, PUBLIC) ?? hostname;
    sites.set(hostname, site);
  }
  return site;
}

/**
 * What an address is: `out` names the step that leaves it out (`local`, `broken`, `secret`, `login`, `search`), or null. `item` is what
 * stays of it: no query but what names the page, no fragment, no `www.`, no final slash, one scheme; a path is cut before a part that
 * looks drawn at random. `shortened`: was anything dropped?
 */
export function describeAddress(text) {
  const nothing = (out) => ({ out, item: '', site: '', host: '', path: '', shortened: false });
  if (!/^https?:/i.test(text)) return nothing('local');
  if (text.length > LONGEST * 8) return nothing('broken');
  let url;
  try {
    url = new URL(text);
  } catch {
    return nothing('broken');
  }
  if (isLocal(url.hostname)) return nothing('local');
  const host = url.hostname.replace(/^www\d*\./, '');
  const site = siteOf(url.hostname);
  const out = unwanted(url, host, site);
  const query = keptQuery(site, url.pathname, url.searchParams);
  const path = pathOf(query ? url.pathname : url.pathname.replace(INDEX, ''));
  const item = `https://${host}${path}${query}`.slice(0, LONGEST);
  return { out, item, site, host, path, shortened: Boolean(url.hash) || query !== url.search || path.endsWith('/…') };
}

function unwanted(url, host, site) {
  if (isLogin(host, url.pathname)) return 'login';
  if (carriesSecret(url, url.pathname, url.searchParams)) return 'secret';
  return isSearch(host, site, url.pathname, url.searchParams) ? 'search' : null;
}

function pathOf(pathname) {
  const parts = pathname.replace(/\/+$/, '').split('/');
  const random = parts.findIndex((part) => isRandom(part));
  // Sessions in a path: `;jsessionid=…`.
  const kept = (random < 0 ? parts : [...parts.slice(0, random), '…']).map((part) => part.split(';', 1)[0]);
  return kept.join('/');
}
