// The package in Node, for tests and scripts: the same workers on threads. Training is on the CPU, and nothing is kept.
import { readFile } from 'node:fs/promises';
import { Worker as Thread } from 'node:worker_threads';
import { host } from './host.js';

/** A thread that looks like a web worker to channel.js. */
class NodeWorker extends EventTarget {
  #thread;

  constructor(module) {
    super();
    this.#thread = new Thread(new URL('./node-worker.js', import.meta.url), { workerData: { module } });
    this.#thread.on('message', (data) => this.#tell('message', { data }));
    this.#thread.on('messageerror', () => this.#tell('messageerror'));
    this.#thread.on('error', ({ message }) => this.#tell('error', { message }));
  }

  postMessage(message, transfer) {
    this.#thread.postMessage(message, transfer);
  }

  terminate() {
    this.#thread.terminate();
  }

  #tell(type, fields) {
    this.dispatchEvent(Object.assign(new Event(type), fields));
  }
}

host.home = () => new NodeWorker('./home.js');
host.trainer = () => new NodeWorker('./trainer.js');
host.trainerWebgpu = () => new NodeWorker('./trainer-webgpu.js');

const browserFetch = host.fetch;

// Node's fetch knows no `file:` addresses.
host.fetch = async (url) => {
  if (new URL(url).protocol !== 'file:') return browserFetch(url);
  return new Response(await readFile(new URL(url)), { headers: { 'content-type': 'application/wasm' } });
};

export * from './index.js';
