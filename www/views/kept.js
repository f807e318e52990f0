import { h, setText } from '../dom.js';

const date = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });

/** A history that is kept on this device, sealed: opening and deleting it. */
export function createKept(actions) {
  const what = h('p', { class: 'note' });
  const passphrase = h('input', {
    type: 'password',
    id: 'unlock',
    autocomplete: 'current-password',
    testid: 'unlock',
    'aria-label': 'Passphrase',
    placeholder: 'Passphrase',
  });
  const submit = (event) => {
    event.preventDefault();
    const given = passphrase.value;
    passphrase.value = '';
    if (given) actions.unlockOwn(given);
  };
  const root = h(
    'form',
    { class: 'kept stack', hidden: true, testid: 'kept', onsubmit: submit },
    what,
    h('div', { class: 'together' }, passphrase, h('button', { type: 'submit', testid: 'unlock-go' }, 'Open')),
    h('button', { type: 'button', class: 'link danger', testid: 'delete-kept', onclick: actions.deleteOwn }, 'Delete what is kept'),
  );
  return {
    root,
    update(kept) {
      root.hidden = !kept;
      setText(what, kept ? `A history is kept here, sealed, until ${date.format(kept.expires)}.` : '');
    },
  };
}
