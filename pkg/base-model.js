import { failure } from './errors.js';
import { anything, settle, text, whole } from './options.js';

const MIB = 1024 * 1024;
const KNOWN = { url: [undefined, anything], sha256: [undefined, text], maxBytes: [64 * MIB, whole(1, 2 ** 31)] };

/** A base model's bytes: fetched by the host, no larger than allowed, and the ones that were meant. What is in them, Rust checks. */
export async function baseModelBytes(source) {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  const given = typeof source === 'string' || source instanceof URL ? { url: source } : source;
  const { url, sha256, maxBytes } = settle('baseModel', given, KNOWN);
  if (!url) throw failure('config', 'baseModel has no url.', 'Give its address, or its bytes.');
  const bytes = await download(new URL(url, globalThis.document?.baseURI ?? import.meta.url), maxBytes);
  if (sha256) await requireHash(bytes, sha256);
  return bytes;
}

async function download(url, maxBytes) {
  const refused = (cause, remedy) => failure('base-model', `The base model ${url.pathname} ${cause}.`, remedy);
  let response;
  try {
    response = await fetch(url, { credentials: 'same-origin' });
  } catch (error) {
    throw refused(`could not be fetched (${error.message})`, 'Check the address and the connection.');
  }
  if (!response.ok) throw refused(`could not be fetched (HTTP ${response.status})`, 'Check the address.');
  const tooLarge = () => refused(`is larger than ${Math.ceil(maxBytes / MIB)} MiB`, 'Train it with fewer items or a smaller dim, or raise maxBytes.');
  if (Number(response.headers.get('content-length')) > maxBytes) throw tooLarge();
  // The length may be missing, or a lie.
  const chunks = [];
  let size = 0;
  const reader = response.body.getReader();
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    size += value.length;
    if (size > maxBytes) {
      await reader.cancel();
      throw tooLarge();
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(size);
  chunks.reduce((at, chunk) => (bytes.set(chunk, at), at + chunk.length), 0);
  return bytes;
}

async function requireHash(bytes, expected) {
  if (!globalThis.crypto?.subtle) {
    throw failure('base-model', 'Its hash cannot be checked on a page that is not secure.', 'Serve the page by https, or leave sha256 out.');
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const found = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  if (found !== expected.toLowerCase()) {
    throw failure('base-model', `The base model is not the one that was meant: its SHA-256 is ${found}.`, 'Publish the file and its hash together.');
  }
}
