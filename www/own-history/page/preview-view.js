import { h, keyed, painted, said, setText } from '../../dom.js';
import { ago, count, counted, titleOf } from '../../format.js';

/** Parts that stand there at once; the others follow, one a frame. */
const FIRST = 2;

const date = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });

/** What was read, before anything is learned: what stays, what each step left out, and the choices. */
export function createPreview(actions) {
  const parts = [createHeadline(), createSteps(), createKinds(actions), createSites(actions), createSample()];
  const learn = h('button', { type: 'button', class: 'primary', testid: 'learn-own', onclick: actions.learn }, 'Learn from this');
  const progress = h('p', { class: 'note', role: 'status' });
  const root = h(
    'div',
    { class: 'preview', testid: 'own-preview' },
    h(
      'div',
      { class: 'preview-head' },
      parts[0].root,
      h('div', { class: 'buttons' }, learn, h('button', { type: 'button', testid: 'cancel-own', onclick: actions.cancel }, 'Cancel')),
      progress,
    ),
    h(
      'div',
      { class: 'preview-grid' },
      h('div', { class: 'side' }, parts[1].root, parts[2].root),
      h('div', { class: 'side' }, parts[3].root, parts[4].root),
    ),
  );
  let shown = FIRST;
  let now = { reading: 0 };
  // All at once would hold the page up for longer than a frame or two.
  async function showInTurn({ reading }) {
    shown = FIRST;
    for (const part of parts.slice(FIRST)) part.root.hidden = true;
    root.setAttribute('aria-busy', 'true');
    while (shown < parts.length) {
      await painted();
      if (now.reading !== reading) return;
      const part = parts[shown];
      shown += 1;
      part.update(now);
      part.root.hidden = false;
    }
    root.removeAttribute('aria-busy');
  }
  return {
    root,
    update({ own, busy }) {
      if (own.reading !== now.reading) showInTurn(own);
      now = own;
      for (const part of parts.slice(0, shown)) part.update(own);
      learn.disabled = Boolean(busy) || own.preview.kept === 0;
      setText(progress, own.preview.kept === 0 ? 'Nothing stays to learn from: choose a kind or a site in, or open another file.' : '');
    },
  };
}

function createHeadline() {
  const what = h('p', { class: 'lead' });
  const sources = h('ul', { class: 'sources' });
  const notes = h('ul', { class: 'sources' });
  return {
    root: h('div', { class: 'stack' }, h('h1', { class: 'preview-title' }, 'Look before it learns'), what, sources, notes),
    update({ preview, options }) {
      const { kept, items, sites, from, to, pool } = preview;
      const span = kept ? `, ${date.format(from)} to ${date.format(to)}` : '';
      const things = options.level === 'site' ? counted(items, 'site') : `${counted(items, 'page')} on ${counted(sites, 'site')}`;
      const candidates = pool
        ? ` ${counted(pool, 'page')} never opened ${pool === 1 ? 'is a candidate' : 'are candidates'} for what is new.`
        : '';
      setText(what, `${counted(kept, 'visit')} to ${things}${span}. Nothing is learned yet, and nothing has left this page.${candidates}`);
      sources.replaceChildren(
        ...preview.sources.map(({ name, format, visits, pages }) =>
          h(
            'li',
            {},
            said(name, { 'data-private': true }),
            ` · ${format} · ${pages === undefined ? counted(visits, 'visit') : counted(pages, 'page')}`,
          ),
        ),
      );
      notes.replaceChildren(...preview.notes.map((note) => h('li', { class: 'note' }, said(note))));
    },
  };
}

function createSteps() {
  const list = h('ul', { class: 'step-list', testid: 'own-steps' });
  const rules = h('p', { class: 'note' });
  return {
    root: h('section', { class: 'panel' }, h('h2', {}, 'What stays, and what was left out'), list, rules),
    update({ preview: { rows, kept, steps, shortened } }) {
      const all = [{ id: 'kept', name: 'Stays', why: 'What is learned from.', count: kept }, ...steps];
      keyed(
        list,
        all,
        ({ id }) => id,
        (step) => createStep(step),
      );
      for (const child of list.children) child.style.setProperty('--share', String((Number(child.dataset.count) || 0) / Math.max(1, rows)));
      setText(
        rules,
        `Of every address, the query and the fragment are dropped, but for what names a page, such as a video’s id; tracking parameters always. ${counted(shortened, 'address', 'addresses')} ${shortened === 1 ? 'is' : 'are'} shorter for it.`,
      );
    },
  };
}

function createStep({ id, name, why }) {
  const number = h('b');
  const root = h(
    'li',
    { class: id === 'kept' ? 'step is-kept' : 'step', 'data-step': id },
    h('span', {}, name),
    number,
    h('span', { class: 'note' }, why),
  );
  return {
    root,
    update({ count: visits }) {
      root.dataset.count = String(visits);
      setText(number, count(visits));
    },
  };
}

function createKinds(actions) {
  const list = h('ul', { class: 'checks', testid: 'own-kinds' });
  const level = (value, text) =>
    h(
      'label',
      { class: 'check' },
      h('input', { type: 'radio', name: 'level', value, testid: `level-${value}`, onchange: () => actions.choose({ level: value }) }),
      h('span', {}, text),
    );
  const levels = [level('page', 'Pages'), level('site', 'Whole sites only')];
  const none = h('p', { class: 'note' }, 'None was found. No list by hand is complete: look through the sites.');
  return {
    root: h(
      'section',
      { class: 'panel' },
      h('h2', {}, 'Your choices'),
      h('fieldset', {}, h('legend', {}, 'Learn from'), levels),
      h('fieldset', {}, h('legend', {}, 'Sensitive kinds of sites: left out, unless you tick them'), list, none),
    ),
    update({ preview: { kinds }, options }) {
      for (const label of levels) label.firstChild.checked = label.firstChild.value === options.level;
      none.hidden = kinds.length > 0;
      const rows = kinds.map((kind) => ({ ...kind, chosen: options.include.includes(kind.id) }));
      keyed(
        list,
        rows,
        ({ id }) => id,
        ({ id, name, visits, sites }) => {
          const box = h('input', { type: 'checkbox', testid: `kind-${id}`, onchange: () => actions.toggleKind(id, box.checked) });
          return {
            root: h(
              'li',
              {},
              h(
                'label',
                { class: 'check' },
                box,
                h('span', {}, name),
                h('span', { class: 'note' }, `${counted(visits, 'visit')}, ${counted(sites, 'site')}`),
              ),
            ),
            update: ({ chosen }) => (box.checked = chosen),
          };
        },
      );
    },
  };
}

const SHOWN = 60;

function createSites(actions) {
  let own = null;
  const search = h('input', {
    type: 'search',
    id: 'site-filter',
    placeholder: 'Find a site',
    autocomplete: 'off',
    testid: 'site-filter',
    oninput: () => fill(),
  });
  const list = h('ul', { class: 'checks sites', testid: 'own-sites' });
  const note = h('p', { class: 'note' });
  function fill() {
    const { preview, options } = own;
    const found = preview.topSites.filter(({ site }) => site.includes(search.value.trim().toLowerCase()));
    const rows = found.slice(0, SHOWN).map((row) => ({ ...row, chosen: !options.exclude.includes(row.site) }));
    keyed(
      list,
      rows,
      ({ site }) => site,
      ({ site }) => createSite(site, actions),
    );
    setText(
      note,
      `${count(Math.min(found.length, SHOWN))} of ${counted(preview.sitesInAll, 'site')} shown, most visited first${options.exclude.length ? `; ${count(options.exclude.length)} left out by you` : ''}.`,
    );
  }
  return {
    root: h(
      'section',
      { class: 'panel' },
      h('h2', {}, 'Sites'),
      h('p', { class: 'note' }, 'Untick what should not be learned.'),
      h('label', { for: 'site-filter', class: 'unseen' }, 'Find a site'),
      search,
      list,
      note,
    ),
    update(state) {
      own = state;
      fill();
    },
  };
}

function createSite(site, actions) {
  const box = h('input', { type: 'checkbox', onchange: () => actions.toggleSite(site, box.checked) });
  const visits = h('span', { class: 'note' });
  return {
    root: h('li', { 'data-site': site }, h('label', { class: 'check' }, box, said(site, { 'data-private': true }), visits)),
    update(row) {
      box.checked = row.chosen;
      const part = row.kept < row.visits ? `${count(row.kept)} of ${counted(row.visits, 'visit')}` : counted(row.visits, 'visit');
      setText(visits, part);
    },
  };
}

function createSample() {
  const list = h('ul', { class: 'sample', testid: 'own-sample' });
  return {
    root: h('section', { class: 'panel' }, h('h2', {}, 'The latest, as it would be learned'), list),
    update({ preview: { sample } }) {
      list.replaceChildren(
        ...sample.map((entry) =>
          h(
            'li',
            {},
            said(titleOf({ title: entry.title, id: entry.item }), { class: 'history-title', 'data-private': true }),
            said(entry.item, { class: 'item-detail', 'data-private': true }),
            h('span', { class: 'time' }, ago(entry.time)),
          ),
        ),
      );
    },
  };
}
