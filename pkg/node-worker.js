// A thread of Node, made to look like a web worker to the module that it runs.
import { parentPort, workerData } from 'node:worker_threads';

const target = new EventTarget();
globalThis.self = globalThis;
globalThis.addEventListener = target.addEventListener.bind(target);
globalThis.postMessage = (message, transfer) => parentPort.postMessage(message, transfer);

const tell = (type, fields) => target.dispatchEvent(Object.assign(new Event(type, { cancelable: true }), fields));
process.on('uncaughtException', (error) => tell('error', { error }));
process.on('unhandledRejection', (reason) => tell('unhandledrejection', { reason }));

await import(workerData.module);
parentPort.on('message', (data) => tell('message', { data }));
