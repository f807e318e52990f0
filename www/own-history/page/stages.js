import { h } from '../../dom.js';

/** One view for both phases of a visitor's own history; `data-private` texts are blurred where that is chosen. */
export function createStages(views) {
  const root = h('div', { class: 'own' });
  return {
    root,
    update(state) {
      const view = views[state.own?.phase];
      if (!view) return;
      // Dialogs stand beside this view, not in it.
      document.documentElement.classList.toggle('is-blurred', state.own.blurred);
      if (root.firstChild !== view.root) root.replaceChildren(view.root);
      view.update(state);
    },
  };
}
