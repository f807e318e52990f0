import { h, setText } from '../../dom.js';

const date = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });

/** What it knows, blurring, keeping and forgetting. */
export function createControls(actions) {
  const blur = toggle('blur', 'Blur titles', (on) => actions.blur(on), 'For when somebody looks over your shoulder.');
  const keep = toggle('own-keep', 'Keep on this device', (on) => actions.keep(on), OFF);
  const day = h('input', { type: 'date', id: 'forget-day', testid: 'forget-day' });
  const site = h('input', { type: 'search', id: 'forget-site', placeholder: 'example.org', autocomplete: 'off', testid: 'forget-site' });
  const button = (text, onclick, properties) => h('button', { type: 'button', onclick, ...properties }, text);
  const root = h(
    'section',
    { class: 'panel controls', 'aria-labelledby': 'controls-title' },
    h('h2', { id: 'controls-title' }, 'Yours to decide'),
    button('What it knows about you', actions.knowledge, { testid: 'knowledge' }),
    blur.root,
    keep.root,
    h('h3', {}, 'Forget'),
    h('p', { class: 'note' }, 'A page or its site: the cross beside it. What is left is learned anew, so that nothing of it stays.'),
    h(
      'div',
      { class: 'field' },
      h('label', { for: 'forget-site' }, 'A site'),
      h(
        'div',
        { class: 'together' },
        site,
        button('Forget it', () => site.value.trim() && actions.forgetSite(site.value.trim().toLowerCase()), { testid: 'forget-site-go' }),
      ),
    ),
    h(
      'div',
      { class: 'field' },
      h('label', { for: 'forget-day' }, 'A day'),
      h(
        'div',
        { class: 'together' },
        day,
        button('Forget it', () => day.value && actions.forgetDay(day.value), { testid: 'forget-day-go' }),
      ),
    ),
    button('Forget everything', actions.forgetEverything, { class: 'danger', testid: 'own-forget-all' }),
  );
  return {
    root,
    update({ own }) {
      blur.set(own.blurred);
      keep.set(Boolean(own.keptUntil));
      keep.say(
        own.keptUntil
          ? `Sealed with your passphrase in this browser’s storage until ${date.format(own.keptUntil)}. Without the passphrase nobody can read it, you neither.`
          : OFF,
      );
    },
  };
}

const OFF = 'Off: it is in this tab’s memory and gone when you close it.';

function toggle(id, name, change, note) {
  const input = h('input', {
    type: 'checkbox',
    role: 'switch',
    id,
    testid: id,
    'aria-describedby': `${id}-note`,
    onchange: () => change(input.checked),
  });
  const what = h('p', { class: 'note', id: `${id}-note` }, note);
  return {
    root: h('div', {}, h('label', { class: 'switch', for: id }, h('span', {}, name), input), what),
    set: (on) => (input.checked = on),
    say: (text) => setText(what, text),
  };
}
