// A file as random-access bytes, read when they are asked for: a database of 2 GB takes no more memory than the pages in use.

const CHUNK = 256 * 1024;
const CHUNKS_KEPT = 128;

/**
 * Bytes over `read(offset, length) -> Uint8Array`. What is written stays in memory and never reaches the file: SQLite rolls a
 * journal back that way.
 */
export class Bytes {
  #read;
  #stored;
  #chunks = new Map();
  #changed = new Set();

  constructor(size, read) {
    this.size = size;
    this.#stored = size;
    this.#read = read;
  }

  /** A file of the visitor's. Only workers may read synchronously. */
  static ofBlob(blob) {
    const reader = new FileReaderSync();
    return new Bytes(blob.size, (offset, length) => new Uint8Array(reader.readAsArrayBuffer(blob.slice(offset, offset + length))));
  }

  /** Bytes that are in memory already, or none. */
  static ofArray(array = new Uint8Array()) {
    return new Bytes(array.byteLength, (offset, length) => array.slice(offset, offset + length));
  }

  /** Copies what is there from `offset` on into `target`; returns how much that was. */
  readInto(target, offset) {
    const end = Math.min(offset + target.length, this.size);
    for (let at = offset; at < end;) {
      const start = at - (at % CHUNK);
      const piece = this.#chunk(start).subarray(at - start, Math.min(CHUNK, end - start));
      target.set(piece, at - offset);
      at += piece.length;
    }
    return Math.max(0, end - offset);
  }

  write(source, offset) {
    for (let done = 0; done < source.length;) {
      const at = offset + done;
      const start = at - (at % CHUNK);
      const piece = source.subarray(done, done + CHUNK - (at - start));
      this.#chunk(start).set(piece, at - start);
      this.#changed.add(start);
      done += piece.length;
    }
    this.size = Math.max(this.size, offset + source.length);
  }

  truncate(size) {
    this.size = Math.min(this.size, size);
    this.#stored = Math.min(this.#stored, size);
    for (const [start, chunk] of this.#chunks) {
      if (start >= size) this.#chunks.delete(start);
      else chunk.fill(0, Math.min(CHUNK, size - start));
    }
  }

  #chunk(start) {
    const kept = this.#chunks.get(start);
    if (kept) return kept;
    const chunk = new Uint8Array(CHUNK);
    const length = Math.min(CHUNK, this.#stored - start);
    if (length > 0) chunk.set(this.#read(start, length));
    this.#makeRoom();
    this.#chunks.set(start, chunk);
    return chunk;
  }

  // Oldest first; what was changed has no other home.
  #makeRoom() {
    if (this.#chunks.size < CHUNKS_KEPT) return;
    for (const start of this.#chunks.keys()) {
      if (this.#changed.has(start)) continue;
      this.#chunks.delete(start);
      return;
    }
  }
}
