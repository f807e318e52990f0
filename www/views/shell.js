import { h, icon, setText } from '../dom.js';
import { CLOSE, FILE, HOUSE, THEME } from '../icons.js';
import { pickFiles } from './files.js';

/** What stands around every view: header, messages, footer. */
export function createShell(actions) {
  const open = h(
    'button',
    { type: 'button', class: 'quiet', onclick: () => pickFiles(actions.drop), hidden: true },
    icon(FILE),
    h('span', {}, 'Open a file'),
  );
  const error = createError(actions);
  const status = createStatus();
  const busy = h('div', { class: 'busy', hidden: true }, h('span', { class: 'spinner' }), h('span'));
  const main = h('main', { id: 'main', tabindex: '-1' });

  const root = h(
    'div',
    { class: 'shell' },
    h('a', { class: 'skip', href: '#main' }, 'Skip to the content'),
    h(
      'header',
      { class: 'top' },
      h('p', { class: 'brand' }, icon(HOUSE), 'homebody'),
      h('div', { class: 'top-tools' }, open, createThemeToggle()),
    ),
    error.root,
    main,
    h(
      'footer',
      { class: 'foot' },
      'Everything on this page runs in your browser. No cookies, no analytics, no account.',
    ),
    busy,
    status.root,
  );

  return {
    root,
    show: (view) => main.firstChild !== view && main.replaceChildren(view),
    update(state) {
      open.hidden = state.stage === 'welcome';
      error.update(state);
      status.update(state);
      busy.hidden = !state.busy;
      setText(busy.lastChild, state.busy ? `${state.busy}…` : '');
    },
  };
}

function createError(actions) {
  const text = h('p');
  const remedy = h('button', { type: 'button' });
  const box = h(
    'div',
    { class: 'error', testid: 'error', hidden: true },
    text,
    remedy,
    h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Dismiss', onclick: actions.dismissError }, icon(CLOSE)),
  );
  return {
    root: h('div', { role: 'alert' }, box),
    update({ error }) {
      box.hidden = !error;
      setText(text, error?.message ?? '');
      remedy.hidden = !error?.remedy;
      setText(remedy, error?.remedy?.label ?? '');
      remedy.onclick = error?.remedy?.run;
    },
  };
}

const STATUS_MS = 5000;

// Spoken politely and shown as a passing note: the text stays for screen readers, the note fades.
function createStatus() {
  const root = h('p', { class: 'status', role: 'status', 'aria-live': 'polite', testid: 'status' });
  let timer;
  return {
    root,
    update({ status }) {
      if (root.textContent === status) return;
      root.textContent = status;
      root.classList.add('is-shown');
      clearTimeout(timer);
      timer = setTimeout(() => root.classList.remove('is-shown'), STATUS_MS);
    },
  };
}

function createThemeToggle() {
  const prefersDark = matchMedia('(prefers-color-scheme: dark)');
  const isDark = () => (document.documentElement.dataset.theme ?? (prefersDark.matches ? 'dark' : 'light')) === 'dark';
  const toggle = () => {
    document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
    dispatchEvent(new Event('themechange'));
  };
  return h(
    'button',
    { type: 'button', class: 'icon-button', 'aria-label': 'Switch between light and dark', onclick: toggle },
    icon(THEME),
  );
}
