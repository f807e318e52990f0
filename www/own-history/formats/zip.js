import { BlobReader, configure, ZipReader } from '../../vendor/zip.js';
import { Failure } from '../failure.js';
import { jsonKind } from './json.js';
import { markupKind } from './markup.js';
import { beginning } from './text.js';

// Google Takeout and Safari's export are archives, whose names inside are in the visitor's language: contents decide. Of Safari's
// archive, passwords and cards are never opened beyond what tells that they are neither history nor bookmarks.

const HEAD = 4096;
const LOOKED_AT = 400;

export const isZip = (head) =>
  head[0] === 0x50 && head[1] === 0x4b && ((head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6));

/** The histories and bookmarks in an archive: `{name, kind, stream()}`. */
export async function openZip(name, blob) {
  configure({ useWebWorkers: false, useCompressionStream: true });
  const entries = await listed(name, blob);
  const found = [];
  for (const entry of entries.filter(isCandidate).slice(0, LOOKED_AT)) {
    if (entry.encrypted) throw encrypted(name);
    const kind = await kindOf(name, entry);
    if (kind) found.push({ name: entry.filename, kind, stream: () => streamOf(name, entry) });
  }
  if (!found.length) {
    throw new Failure(
      'no-history-inside',
      `${name} holds no browsing history. In Google Takeout, select “Chrome” and in it “History”; in Safari, choose “History” when you export. A zipped browser profile has to be unpacked first.`,
    );
  }
  return found;
}

async function listed(name, blob) {
  try {
    return await new ZipReader(new BlobReader(blob)).getEntries();
  } catch (error) {
    if (/encrypt/i.test(error.message)) throw encrypted(name);
    throw new Failure('truncated', `${name} is not a whole archive: its end is missing or damaged. Download it again.`);
  }
}

// At the top, or beside Chrome's data: Takeout may hold a hundred thousand other files.
function isCandidate({ filename, directory }) {
  if (directory || !/\.(json|html?)$/i.test(filename)) return false;
  const folders = filename.split('/').slice(0, -1);
  return folders.length <= 1 || folders.some((folder) => /chrome/i.test(folder));
}

async function kindOf(name, entry) {
  const isJson = /\.json$/i.test(entry.filename);
  const head = beginning(await headOf(name, entry));
  if (!isJson) return markupKind(head) === 'bookmarks' ? 'bookmarks' : null;
  const kind = jsonKind(head);
  return kind === 'takeout' || kind === 'safari-export' ? kind : null;
}

async function headOf(name, entry) {
  const reader = streamOf(name, entry).getReader();
  const head = new Uint8Array(HEAD);
  let length = 0;
  while (length < HEAD) {
    const { done, value } = await reader.read();
    if (done) break;
    head.set(value.subarray(0, HEAD - length), length);
    length += value.length;
  }
  await reader.cancel().catch(() => {});
  return head.subarray(0, Math.min(length, HEAD));
}

function streamOf(name, entry) {
  const { readable, writable } = new TransformStream();
  const left = new AbortController();
  entry.getData(writable, { signal: left.signal, checkSignature: false }).catch((error) => {
    if (!left.signal.aborted) writable.abort(explained(name, error)).catch(() => {});
  });
  const reader = readable.getReader();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        controller.error(explained(name, error));
      }
    },
    async cancel() {
      left.abort();
      await reader.cancel().catch(() => {});
    },
  });
}

function explained(name, error) {
  if (error instanceof Failure) return error;
  return new Failure('truncated', `${name} is damaged: what it holds cannot be unpacked. Download it again.`);
}

const encrypted = (name) =>
  new Failure('encrypted', `${name} is protected by a password. Unpack it with that password first, and choose the file inside.`);
