import { h } from '../dom.js';

/** Files can be dropped anywhere on the page. */
export function createDropZone(actions) {
  const root = h('div', { class: 'drop', hidden: true, 'aria-hidden': 'true' }, h('p', {}, 'Drop it anywhere'));
  // Entering a child comes before leaving its parent, so depth tells whether the files are still over the page.
  let depth = 0;
  const show = (change) => {
    depth = Math.max(0, depth + change);
    root.hidden = depth === 0;
  };
  const carriesFiles = (event) => event.dataTransfer?.types.includes('Files');

  addEventListener('dragenter', (event) => carriesFiles(event) && show(1));
  addEventListener('dragleave', (event) => carriesFiles(event) && show(-1));
  addEventListener('dragover', (event) => carriesFiles(event) && event.preventDefault());
  addEventListener('drop', (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    show(-depth);
    const files = [...event.dataTransfer.files];
    if (files.length) actions.drop(files);
  });
  return { root };
}
