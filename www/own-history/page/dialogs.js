import { h, said } from '../../dom.js';
import { count, counted, percent, titleOf } from '../../format.js';
import { show } from '../../views/dialog.js';
import { addressOf } from './shelf.js';

const button = (text, onclick, properties = {}) => h('button', { type: 'button', onclick, ...properties }, text);
const LEAST = 8;

/** The questions about a visitor's own history. Each resolves when its dialog closes. */
export function createOwnDialogs() {
  return { forget, forgetEverything, keep, knowledge };
}

/** A page, or its whole site? */
function forget(item) {
  const site = item.topic;
  return show('Forget', (close) =>
    h(
      'div',
      { class: 'stack' },
      h('p', {}, said(titleOf(item), { class: 'history-title', 'data-private': true })),
      h('p', { class: 'note' }, 'What is left is learned anew. This cannot be undone; your browser’s own history stays as it is.'),
      h(
        'div',
        { class: 'buttons' },
        button('This page', () => close({ what: { item: item.id }, told: 'The page’s visits' }), { testid: 'forget-this-item' }),
        site && button(`All of ${site}`, () => close({ what: { site }, told: `The visits to ${site}` }), { testid: 'forget-this-site' }),
        button('Neither', () => close(), { autofocus: true }),
      ),
    ),
  );
}

function forgetEverything({ visits, keptUntil }) {
  return show('Forget everything?', (close) =>
    h(
      'div',
      { class: 'stack' },
      h(
        'p',
        {},
        `Your ${counted(visits, 'visit')} and all that was learned from them${keptUntil ? ', here and as sealed on this device,' : ''} will be gone. Your browser’s own history stays as it is.`,
      ),
      h(
        'div',
        { class: 'buttons' },
        button('Forget everything', () => close(true), { class: 'danger', testid: 'confirm-own-forget' }),
        button('Cancel', () => close(false), { autofocus: true }),
      ),
    ),
  );
}

const DAYS = [
  [7, 'a week'],
  [30, 'a month'],
  [90, 'three months'],
  [365, 'a year'],
];

function keep() {
  return show('Keep on this device', (close) => {
    const secret = h('input', {
      type: 'password',
      id: 'passphrase',
      autocomplete: 'new-password',
      minlength: String(LEAST),
      required: true,
      testid: 'passphrase',
    });
    const days = h(
      'select',
      { id: 'keep-days', testid: 'keep-days' },
      DAYS.map(([value, name]) => h('option', { value: String(value) }, name)),
    );
    days.value = '30';
    const wrong = h('p', { class: 'note', role: 'alert' });
    const submit = (event) => {
      event.preventDefault();
      if (secret.value.length >= LEAST) close({ passphrase: secret.value, days: Number(days.value) });
      else wrong.textContent = `At least ${LEAST} characters: three or four words are better.`;
    };
    if (!globalThis.crypto?.subtle)
      return h(
        'p',
        {},
        'This page was not opened over https or from this machine, so that the browser offers no encryption. Nothing can be kept.',
      );
    return h(
      'form',
      { class: 'stack', novalidate: true, onsubmit: submit },
      h(
        'p',
        {},
        'What you chose to learn from is sealed with a passphrase and written to this browser’s storage for this page. Nobody can help you if you forget the passphrase.',
      ),
      h('div', { class: 'field' }, h('label', { for: 'passphrase' }, 'Passphrase'), secret),
      h('div', { class: 'field' }, h('label', { for: 'keep-days' }, 'Delete it after'), days),
      wrong,
      h(
        'div',
        { class: 'buttons' },
        h('button', { type: 'submit', class: 'primary', testid: 'keep-go' }, 'Keep'),
        button('Cancel', () => close()),
      ),
    );
  });
}

/** All it knows, to read and to take along. */
function knowledge(known) {
  const { visits, days, sites, items, hours } = known;
  const most = Math.max(...hours, 1);
  const row = (name, number, properties) =>
    h('li', {}, said(name, { 'data-private': true, ...properties }), h('span', { class: 'note' }, counted(number, 'visit')));
  return show(
    'What it knows about you',
    (close) =>
      h(
        'div',
        { class: 'stack' },
        h(
          'p',
          {},
          `${counted(visits, 'visit')} on ${counted(days, 'day')}: when each was, its address and its title. All else is worked out from that.`,
        ),
        h('h3', {}, 'When you visit'),
        h(
          'div',
          { class: 'hours', role: 'img', 'aria-label': `Most visits at ${hours.indexOf(most)} o’clock` },
          hours.map((number) => bar(number / most)),
        ),
        h('p', { class: 'note hours-scale', 'aria-hidden': 'true' }, h('span', {}, '0 h'), h('span', {}, '12 h'), h('span', {}, '23 h')),
        h('h3', {}, `Where: ${count(sites.length)} sites`),
        h(
          'ul',
          { class: 'known', testid: 'known-sites' },
          sites.slice(0, 12).map(([site, number]) => row(site, number)),
        ),
        sites.length > 12 &&
          h(
            'p',
            { class: 'note' },
            `The first ${percent(sites.slice(0, 12).reduce((sum, [, number]) => sum + number, 0) / visits)} of your visits. The file has all.`,
          ),
        h('h3', {}, 'What you visit most'),
        h(
          'ul',
          { class: 'known' },
          items.slice(0, 12).map(({ item, visits: number }) => row(titleOf(item), number, { title: addressOf(item.id) ?? item.id })),
        ),
        h(
          'div',
          { class: 'buttons' },
          button('Save all of it as a file', () => save(known), { class: 'primary', testid: 'export-known' }),
          button('Close', () => close()),
        ),
        h('p', { class: 'note' }, 'Whoever has that file has your history.'),
      ),
    { testid: 'known', class: 'is-wide' },
  );
}

function bar(share) {
  const column = h('span');
  column.style.setProperty('--share', String(share));
  return column;
}

function save(known) {
  const link = h('a', {
    download: 'what-homebody-knows.json',
    href: URL.createObjectURL(new Blob([JSON.stringify(known, null, 1)], { type: 'application/json' })),
  });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
