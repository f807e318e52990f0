// What leaves a visit out, in the order in which it is asked; each visit counts at the first that holds.

/** `id` and what is told of it. */
export const STEPS = [
  { id: 'clock', name: 'Impossible times', why: 'Before 1995 or in the future: a clock was wrong.' },
  { id: 'duplicate', name: 'Read twice', why: 'The same visit, from another file or profile.' },
  { id: 'broken', name: 'No usable address', why: 'It could not be read as a web address.' },
  { id: 'local', name: 'This device and its network', why: 'Local files, settings, extensions, routers: of no use as items.' },
  { id: 'frame', name: 'Parts of pages', why: 'Frames inside a page, and copies that the address bar made.' },
  { id: 'download', name: 'Downloads', why: 'Files that were fetched, not pages that were read.' },
  { id: 'failed', name: 'Pages that did not load', why: 'The browser could not show them.' },
  { id: 'redirect', name: 'Redirects', why: 'Passed through on the way to another page.' },
  { id: 'reload', name: 'Reloads', why: 'The same page again, at a key press or after a restart.' },
  { id: 'login', name: 'Signing in and out', why: 'A way to a page, not a page.' },
  { id: 'secret', name: 'Addresses with a key in them', why: 'Whoever has such an address is let in: it is not learned.' },
  { id: 'search', name: 'Search results', why: 'What you searched for stays out; the page you went to stays.' },
  { id: 'sensitive', name: 'Sensitive kinds of sites', why: 'Left out unless you choose a kind below.' },
  { id: 'excluded', name: 'Sites you left out', why: 'As you chose.' },
  { id: 'repeat', name: 'The same again', why: 'The item just visited, again within half an hour.' },
  { id: 'older', name: 'Beyond the newest 500,000', why: 'The latest visits are enough to learn from.' },
];
