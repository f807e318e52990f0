import { failure } from './errors.js';

/** What a browser gives and Node has another form of: node.js replaces it. Each `new URL` is one that every bundler understands. */
export const host = {
  home: () => started(() => new Worker(new URL('./home.js', import.meta.url), { type: 'module' })),
  trainer: () => started(() => new Worker(new URL('./trainer.js', import.meta.url), { type: 'module' })),
  trainerWebgpu: () => started(() => new Worker(new URL('./trainer-webgpu.js', import.meta.url), { type: 'module' })),
  fetch: (url) => started(() => fetch(url)),
};

function started(start) {
  if (typeof Worker === 'undefined') {
    throw failure(
      'unsupported',
      'There are no web workers here.',
      'While a server renders, import as you like, but open a recommender in the browser only; in Node, import "homebody/node".',
    );
  }
  return start();
}
