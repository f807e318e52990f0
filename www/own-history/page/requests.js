import { h } from '../../dom.js';
import { count, counted } from '../../format.js';

// Every request of the page since it was loaded, as the browser itself lists them.

const time = new Intl.DateTimeFormat('en', { timeStyle: 'medium' });

/** Watches requests; `mark` notes that a history is opened from now on. */
export function watchRequests() {
  const entries = performance.getEntriesByType('resource').map(entryOf);
  const listeners = new Set();
  let openedAt = null;
  new PerformanceObserver((list) => {
    entries.push(...list.getEntries().map(entryOf));
    for (const listener of listeners) listener();
  }).observe({ type: 'resource' });
  return {
    mark: () => (openedAt ??= performance.now()),
    listen: (listener) => listeners.add(listener),
    read: () => ({ entries: [...entries], openedAt }),
  };
}

const entryOf = ({ name, startTime, initiatorType }) => ({ address: name, startTime, by: initiatorType });

/** The list, and how to check it in the browser's own tools. */
export function createRequests(requests) {
  const summary = h('p', { testid: 'requests-summary' });
  const list = h('ul', { class: 'request-list', testid: 'requests' });
  const details = h(
    'details',
    { ontoggle: () => fill() },
    h('summary', {}, 'Every request since the page was loaded'),
    list,
    h('p', { class: 'note' }, 'What its workers loaded of themselves when they started is told only by the browser’s own tools.'),
  );
  const root = h(
    'section',
    { class: 'panel', 'aria-labelledby': 'requests-title' },
    h('h2', { id: 'requests-title' }, 'What this page asked for'),
    summary,
    details,
    h(
      'details',
      {},
      h('summary', {}, 'Check it yourself'),
      h(
        'ol',
        { class: 'steps' },
        h('li', {}, 'Press F12 and open “Network”. Tick “Preserve log” (Firefox: “Persist Logs”), then reload this page.'),
        h(
          'li',
          {},
          'Open your history and use the page. The list stays as it was when the file was opened; only this address stands in it.',
        ),
        h('li', {}, 'Or disconnect: switch on airplane mode once “Your own history” is ready. Everything goes on.'),
        h('li', {}, 'A link that you click opens another site, as a bookmark does. That is the one way out, and it is yours.'),
      ),
    ),
  );

  function fill() {
    const { entries, openedAt } = requests.read();
    const after = openedAt === null ? [] : entries.filter(({ startTime }) => startTime > openedAt);
    const foreign = entries.filter(({ address }) => /^https?:/.test(address) && new URL(address).origin !== location.origin);
    const opened =
      openedAt === null
        ? ''
        : ` Since your history was opened at ${time.format(performance.timeOrigin + openedAt)}: ${after.length ? counted(after.length, 'request') : 'none'}.`;
    summary.textContent = `${counted(entries.length, 'request')}, ${foreign.length ? `${count(foreign.length)} of them elsewhere` : 'all for this page’s own files'}.${opened}`;
    if (!details.open) return;
    list.replaceChildren(
      ...entries.map(({ address, startTime, by }) =>
        h(
          'li',
          {},
          h('span', { class: 'time' }, time.format(performance.timeOrigin + startTime)),
          h('code', {}, address.replace(location.origin, '')),
          h('span', { class: 'note' }, by),
        ),
      ),
    );
  }
  requests.listen(fill);
  return { root, update: fill };
}
