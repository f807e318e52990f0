import { failure } from './errors.js';

const MIB = 1024 * 1024;
const LIMIT = 128 * MIB;

/** Files, or `{name, bytes}`, as Home takes them; refused before reading where they are too large together. */
export async function readFiles(files) {
  const list = [...files];
  const size = list.reduce((sum, file) => sum + (file.size ?? file.bytes.byteLength), 0);
  if (size > LIMIT) {
    throw failure(
      'too-large',
      `${list.map(({ name }) => name).join(' and ')}: ${Math.ceil(size / MIB)} MiB is over the limit of ${LIMIT / MIB} MiB. ` +
        'Cut the file down, for instance to its latest part, or use the command line for large logs.',
    );
  }
  return Promise.all(list.map(read));
}

async function read(file) {
  try {
    const bytes = new Uint8Array(file instanceof Blob ? await file.arrayBuffer() : file.bytes);
    return { name: file.name, bytes };
  } catch (error) {
    throw failure('file', `${file.name} could not be read (${error.message}). Check that it is a file and still there.`);
  }
}

/** The bytes of a file, a blob or a buffer. */
export async function bytesOf(source, what) {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  throw failure('config', `${what} is not a file.`, 'Give a File, a Blob, a Uint8Array or an ArrayBuffer.');
}
