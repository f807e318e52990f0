// The worker that holds the history, ranks, and keeps what it was asked to keep. It never trains and makes no request.
import { crc32 } from './crc.js';
import { kindOf } from './device-choice.js';
import { Kept } from './kept.js';
import { serve, tell } from './serve.js';
import init, { Home, version } from './wasm/homebody_cpu.js';

/** Changes of data: each is a checkpoint of its own. In a tab that follows, those of the visitor's make it lead. */
const CHANGES = new Set(['catalogue', 'change-catalogue', 'base', 'simulate', 'import', 'adopt', 'restore']);
const OF_THE_SITE = new Set(['catalogue', 'change-catalogue', 'base']);

const DISK =
  'Deleted from this browser’s storage. The browser and the disk may hold on to old blocks for a while, and backups of this device made before keep what they hold.';

let home;
let kept;

const ask = (type, fields) => home.handle({ type, ...fields });
const history = () => ask('history', { offset: 0, limit: 2 ** 31 }).events;

// What this file answers itself; everything else is Rust's.
const own = {
  async boot({ module, storage, consent }) {
    await init({ module_or_path: module });
    home = new Home();
    kept = new Kept(memory, tell, storage);
    await kept.open(consent);
    return kept.status;
  },

  async record(request) {
    if (kept.isOff) return ask('summary');
    const { item, time, kind } = request;
    return kept.record({ item, time, kind }, () => home.handle(request));
  },

  forget: ({ what }) => forgotten(what, (forget) => kept.forget(what.type === 'all', forget)),

  off: () => forgotten({ type: 'all' }, (forget) => kept.switchOff(forget)),
  on: () => kept.switchOn(),
  consent: ({ given }) => kept.consent(given),
  status: () => kept.status,
  flush: () => kept.flush(),
  resume: () => kept.resume(),
  close: () => kept.close(),
  arms: () => kept.arms,
  arm: ({ test, arms }) => kept.arm(test, arms),

  /** Prepared data for the Trainer; where the same training was interrupted, with the checkpoint to go on from. */
  async job({ options, update, resume }) {
    await kept.beginTraining();
    const interrupted = resume && kept.interrupted;
    if (interrupted && JSON.stringify([interrupted.options, interrupted.update]) === JSON.stringify([options, update])) {
      // What was recorded since is not part of that training.
      const again = attempt(() => ask('job', { options, update, events: interrupted.events }));
      if (again && crc32(again) === interrupted.job) {
        training = { options, update, events: interrupted.events, job: interrupted.job };
        return { job: again, checkpoint: interrupted.bytes, step: interrupted.step };
      }
    }
    const job = ask('job', { options, update });
    training = { options, update, events: ask('summary').events, job: crc32(job) };
    return { job, step: 0 };
  },
  /** How fast two devices train models of a kind; null where that is not known. With `speeds`, remembers them. */
  speeds({ gpu, options, speeds }) {
    const kind = kindOf({ gpu, version: version(), options, items: ask('summary').items });
    return kept.speeds(kind, speeds);
  },

  'training-at': ({ bytes, step }) => kept.trainingAt({ ...training, bytes, step }),
  'training-over': () => kept.endTraining(),

  export({ include }) {
    return ask('save', { parts: include });
  },
};

let training;

function attempt(work) {
  try {
    return work();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) throw error;
    return null;
  }
}

// Events of the log whose items no catalogue has yet: the site hands its own over after Home was opened. In their order.
let waiting = [];

function take(event) {
  if (waiting.length) return waiting.push(event);
  try {
    ask('record', event);
  } catch (error) {
    if (error.code !== 'unknown-item') throw error;
    waiting.push(event);
  }
}

// The site's catalogue is there: what it still does not know is gone.
function takeWaiting() {
  for (const event of waiting.splice(0)) attempt(() => ask('record', event));
}

/** Home's memory, as kept.js needs it. */
const memory = {
  save: () => ask('save', { parts: null }),
  restore(state) {
    ask('restore', { state });
    waiting = [];
  },
  record: take,
  isWaiting: () => waiting.length > 0,
  events: () => history().reverse().map(({ item, time, kind }) => ({ item: item.id, time, kind })),
  forgetAll() {
    ask('forget', { what: { type: 'all' } });
    waiting = [];
  },
};

/** Forgets, and reports what went. `keep(forget)` has the device forget too, and says what it held. */
async function forgotten(what, keep) {
  let before;
  let summary;
  const deleted = await keep(() => {
    before = ask('summary');
    ask('forget', { what });
    waiting = waiting.filter(({ item }) => what.type === 'item' && item !== what.item);
    summary = ask('summary');
  });
  const isGone = before.model && summary.model?.name !== before.model.name;
  const model = !before.model ? 'none' : isGone ? 'dropped' : summary.model.base ? 'replayed' : 'kept';
  return { summary, events: before.events - summary.events, model, deleted, disk: deleted.length ? DISK : 'Nothing was on this device.' };
}

serve(async (request) => {
  if (Object.hasOwn(own, request.type)) return own[request.type](request);
  const isOfTheSite = OF_THE_SITE.has(request.type);
  const isChange = CHANGES.has(request.type);
  if (isChange && !isOfTheSite) await kept.lead();
  const { catalogueRevision } = ask('summary');
  const { items, ...rest } = request;
  const answer = home.handle(rest, items);
  // The program has a copy, and what it does with it gives the collector no reason to run.
  for (const { bytes } of request.files ?? []) bytes.buffer.transfer?.(0);
  if (isOfTheSite) takeWaiting();
  // A site hands the same catalogue over at every visit, and the base model too: neither is written again.
  if (isOfTheSite ? answer.catalogueRevision !== catalogueRevision : isChange) kept.changed();
  if (request.type === 'adopt') await kept.endTraining();
  return answer;
}, (news) => kept.hear(news));
