// The worker that holds the history, ranks, and keeps what it was asked to keep. It never trains and makes no request.
import init, { Home } from './wasm/homebody_cpu.js';
import { describe, serve, tell } from './serve.js';
import { Kept } from './storage.js';

const CHANGES = new Set(['catalogue', 'simulate', 'import', 'record', 'adopt', 'forget']);

let home;
let kept;

// What this file answers itself; everything else is Rust's.
const own = {
  async boot({ module }) {
    await init({ module_or_path: module });
    home = new Home();
    kept = new Kept({
      save: () => home.handle({ type: 'save' }),
      restore: (state) => home.handle({ type: 'restore', state }),
      onFailure: (error) => tell({ type: 'error', error: describe(error) }),
    });
    return kept.open();
  },
  keep: ({ on }) => kept.keep(on),
  kept: () => kept.status,
  flush: () => kept.flush(),
};

serve(async (request) => {
  if (Object.hasOwn(own, request.type)) return own[request.type](request);
  const answer = home.handle(request);
  if (CHANGES.has(request.type)) kept.changed();
  // What is forgotten is gone from the device too before anyone is told so.
  if (request.type === 'forget') await (request.what.type === 'all' ? kept.keep(false) : kept.flush());
  return answer;
});
