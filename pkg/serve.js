// The worker's end of a channel: requests in, answers out, one at a time and in order; every failure is a value.

const PANIC = 'panic';

/**
 * Answers each request with what `handle` returns. A panic leaves the program's memory unsound: it is the last real answer. `hear` takes news, which wait for
 * no request.
 */
export function serve(handle, hear) {
  let dead = null;
  let last = Promise.resolve();

  const answer = async ({ id, request }) => {
    if (dead) return post({ id, ok: false, error: dead });
    try {
      if (request.alive) await live(request.alive);
      const value = await handle(request);
      post({ id, ok: true, value }, owned(value));
    } catch (error) {
      const told = describe(error);
      if (told.code === PANIC) dead = told;
      post({ id, ok: false, error: told });
    }
  };

  // A panic inside an asynchronous answer surfaces here, not in its promise, which stays open for ever.
  const fatal = (error) => {
    dead = describe(error);
    post({ fatal: dead });
  };

  self.addEventListener('message', ({ data }) => {
    if (data.news) return hear(data.news);
    last = last.then(() => answer(data));
  });
  self.addEventListener('error', (event) => {
    event.preventDefault();
    fatal(event.error ?? event.message);
  });
  self.addEventListener('unhandledrejection', (event) => {
    event.preventDefault();
    fatal(event.reason);
  });
}

/** Serves a trainer: `boot` with the compiled artifact first, then the requests of protocol.d.ts. */
export function serveTrainer(init, Trainer) {
  let trainer;
  serve(async (request) => {
    if (request.type !== 'boot') return trainer.handle(request);
    await init({ module_or_path: request.module });
    trainer = new Trainer();
  });
}

// Holds a lock for as long as this worker lives: see channel.js.
function live(name) {
  if (!globalThis.navigator?.locks) return undefined;
  return new Promise((resolve) => {
    const held = () => {
      resolve();
      return new Promise(() => {});
    };
    navigator.locks.request(name, held).catch(resolve);
  });
}

/** Says something unasked. */
export function tell(event) {
  post({ event });
}

function post(message, transfer = []) {
  self.postMessage(message, transfer);
}

// Bytes that fill their buffer are moved, not copied.
function owned(value) {
  return value instanceof Uint8Array && value.byteLength === value.buffer.byteLength ? [value.buffer] : [];
}

/** Any thrown value as `{code, message}`. */
export function describe(error) {
  if (error instanceof WebAssembly.RuntimeError) {
    return { code: PANIC, message: `The program stopped unexpectedly (${error.message}).`, remedy: 'Try again; reload the page if this goes on.' };
  }
  if (typeof error?.code === 'string') return { code: error.code, message: error.message, remedy: error.remedy };
  return { code: 'internal', message: String(error?.message ?? error) };
}
