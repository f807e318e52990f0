import { h, icon } from '../dom.js';
import { CLOSE } from '../icons.js';

/** Shows a modal dialog; `makeBody(close)` gives its content, and the value closed with is resolved (undefined: dismissed). */
export function show(title, makeBody, properties = {}) {
  return new Promise((resolve) => {
    let value;
    const close = (answer) => {
      value = answer;
      dialog.close();
    };
    const dialog = h(
      'dialog',
      {
        'aria-labelledby': 'dialog-title',
        ...properties,
        onclose: () => {
          dialog.remove();
          resolve(value);
        },
      },
      h(
        'div',
        { class: 'panel-head' },
        h('h2', { id: 'dialog-title' }, title),
        h('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close', onclick: () => close() }, icon(CLOSE)),
      ),
      makeBody(close),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}
