import { h, setText } from '../dom.js';
import { createPrivacy } from './welcome.js';

/** What stays on the device: a switch, and the way to forget all. */
export function createKeeping(actions) {
  const toggle = h('input', {
    type: 'checkbox',
    role: 'switch',
    id: 'keep',
    testid: 'keep',
    onchange: () => actions.keep(toggle.checked),
  });
  const what = h('p', { class: 'note', id: 'keep-note' });
  toggle.setAttribute('aria-describedby', 'keep-note');

  const root = h(
    'section',
    { class: 'panel keeping', 'aria-labelledby': 'keeping-title' },
    h('h2', { id: 'keeping-title' }, 'On this device'),
    h('label', { class: 'switch', for: 'keep' }, h('span', {}, 'Keep on this device'), toggle),
    what,
    h('button', { type: 'button', class: 'danger', testid: 'forget-all', onclick: actions.forgetAll }, 'Forget everything'),
    createPrivacy(),
  );

  return {
    root,
    update({ keeping }) {
      toggle.checked = keeping;
      setText(what, keeping ? ON : OFF);
    },
  };
}

const OFF = 'Off: history and model live in this tab’s memory and are gone when you close it.';
const ON = 'On: history and model are in this browser’s storage for this site. Anyone who uses this browser profile can see them.';
