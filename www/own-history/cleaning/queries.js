// The query string of an address is dropped: it says what was searched for, who came from where, and who was logged in. Where the
// query is what names the page, the parameters named here stay, in this order, and nothing else does.

/** By site, for addresses whose path begins as said. */
const BY_SITE = {
  'youtube.com': { '/watch': ['v'], '/playlist': ['list'] },
  'ycombinator.com': { '/item': ['id'] },
  'google.com': { '/store/apps/details': ['id'] },
  'openreview.net': { '/forum': ['id'], '/pdf': ['id'] },
  'facebook.com': { '/watch': ['v'], '/permalink.php': ['story_fbid', 'id'] },
  'ted.com': { '/talks': [] },
  'imslp.org': { '/': ['title'] },
  'gutenberg.org': { '/': [] },
  'nicovideo.jp': { '/': [] },
};

/** On any site: the programs behind many forums, wikis and trackers. */
const BY_PATH = [
  [/\/viewtopic\.php$/, ['t', 'p']], // phpBB
  [/\/viewforum\.php$/, ['f']],
  [/\/showthread\.php$/, ['t', 'tid']], // vBulletin, MyBB
  [/\/forumdisplay\.php$/, ['f', 'fid']],
  [/\/show_bug\.cgi$/, ['id']], // Bugzilla
  [/\/(?:w\/)?index\.php$/, ['title', 'topic', 'board', 'page_id', 'p', 'id']], // MediaWiki, SMF, WordPress, Joomla
  [/^\/$/, ['p', 'page_id']], // WordPress
  [/\/(?:article|item|node|thread|topic|view|watch|video|story|product|details)(?:\.(?:php|aspx?|jsp|cgi|html?))?$/, ['id', 'v', 'tid']],
];

// What a kept parameter may look like: an id, or a title of a wiki. Anything else may be somebody's words or key.
const ID = /^[\p{L}\p{N}_.:()' -]{1,80}$/u;

/** The part of the query that names the page, with its question mark, or ''. */
export function keptQuery(site, path, parameters) {
  const names = namesFor(site, path);
  const kept = new URLSearchParams();
  for (const name of names) {
    const value = parameters.get(name);
    if (value !== null && ID.test(value)) kept.append(name, value);
  }
  const query = String(kept);
  return query && `?${query}`;
}

function namesFor(site, path) {
  const own = BY_SITE[site];
  const prefix = own && Object.keys(own).find((start) => path.startsWith(start));
  if (prefix) return own[prefix];
  return BY_PATH.find(([pattern]) => pattern.test(path))?.[1] ?? [];
}
