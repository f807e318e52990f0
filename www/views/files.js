import { h } from '../dom.js';

/** The endings of the formats that can be read. */
const ACCEPT = '.csv,.tsv,.txt,.json,.jsonl,.ndjson,.dat,text/*,application/json';

/** A file input that hands over what was chosen, and can be used for the same file again. */
export function fileInput(onFiles, properties = {}) {
  return h('input', {
    type: 'file',
    multiple: true,
    accept: ACCEPT,
    ...properties,
    onchange: ({ target }) => {
      const files = [...target.files];
      target.value = '';
      if (files.length) onFiles(files);
    },
  });
}

/** Lets the visitor choose files, a browser's own among them, which have no ending. */
export function pickFiles(onFiles) {
  fileInput(onFiles, { accept: false }).click();
}
