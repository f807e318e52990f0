// Pages that are a way to another page: results of a search, and signing in. Nobody wants to be sent back to them.

const SEARCH_SITES = new Set(
  'baidu.com bing.com brave.com duckduckgo.com ecosia.org kagi.com mojeek.com naver.com qwant.com search.brave.com searx.be sogou.com startpage.com swisscows.com yahoo.com yandex.com yandex.ru ask.com'.split(
    ' ',
  ),
);
const SEARCH_PARAMETERS = [
  'q',
  'query',
  'p',
  'wd',
  'text',
  'search',
  'search_query',
  'k',
  's',
  'keyword',
  'keywords',
  'term',
  'st',
  '_nkw',
  'field-keywords',
  'suchbegriff',
];
const SEARCH_PART =
  /^(?:search|web-search|results|find|suche|suchen|recherche|buscar|busqueda|cerca|ricerca|zoeken|szukaj|s|sch|w|serp|images)(?:\.(?:php|aspx?|html?|jsp))?$/i;

// What was searched for stands in the path, as maps have it.
const SEARCH_PATH = /^\/(?:[a-z]{2}(?:-[a-z]{2})?\/)?(?:maps\/)?(?:search|suche|recherche|buscar|cerca|zoeken|szukaj)\/[^/]/i;

/** Is it a page of search results? */
export function isSearch(host, site, path, parameters) {
  if (SEARCH_PATH.test(path)) return true;
  const asks = SEARCH_PARAMETERS.some((name) => parameters.has(name));
  if (!asks) return false;
  if (/^google\.[a-z.]+$/.test(site)) return /^\/(?:search|webhp|url|imgres)?$/.test(path);
  if (SEARCH_SITES.has(site) || SEARCH_SITES.has(host)) return true;
  return path.split('/').some((part) => SEARCH_PART.test(part)) || /(?:^|\.)search\./.test(host);
}

const LOGIN_HOST = /^(?:accounts?|auth\d*|login|signin|sso|idp|oauth\d*|id|identity|sts|adfs|secure\.login|appleid)\./;
const LOGIN_PART =
  /^(?:log-?in|log-?out|sign-?in|sign-?out|sign-?up|logon|logoff|sso|oauth\d*|saml\d*|openid|authorize|authenticate|authentication|2fa|mfa|register|anmelden|abmelden|connexion|iniciar-sesion|accedi|wp-login)(?:\.(?:php|aspx?|html?|jsp|do|action))?$/i;

/** Is it a page for signing in or out? */
export function isLogin(host, path) {
  return LOGIN_HOST.test(host) || path.split('/').some((part) => LOGIN_PART.test(part));
}

/** Is it on this device or its own network, where an address means something to nobody else? */
export function isLocal(hostname) {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (!host.includes('.') && !host.includes(':')) return true;
  if (/\.(?:local|localhost|lan|home|internal|intranet|corp|home\.arpa|test|invalid)$/.test(host)) return true;
  if (/^(?:127|10)\.\d+\.\d+\.\d+$|^192\.168\.|^169\.254\.|^172\.(?:1[6-9]|2\d|3[01])\./.test(host)) return true;
  return host === '::1' || /^f[cd][0-9a-f]{2}:|^fe80:/i.test(host);
}
