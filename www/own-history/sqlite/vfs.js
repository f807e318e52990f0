import { Bytes } from '../bytes.js';

// Where SQLite finds the visitor's files: https://sqlite.org/vfs.html. One program at a time has them, so that locks are no-ops.

const NAME = 'visitor';

/** Registers the file system with SQLite, once, and returns it: `files` maps a path to its `Bytes`. */
export function installFiles(sqlite3) {
  const { capi, wasm } = sqlite3;
  const files = new Map();
  const opened = new Map();
  let failure = null;

  const attempt = (code, work) => {
    try {
      return work() ?? capi.SQLITE_OK;
    } catch (error) {
      failure ??= error;
      return code;
    }
  };
  const bytesOf = (file) => opened.get(file).bytes;
  const target = (pointer, length) => wasm.heap8u().subarray(Number(pointer), Number(pointer) + length);

  const io = {
    xCheckReservedLock: (file, out) => void wasm.poke32(out, 0) ?? capi.SQLITE_OK,
    xClose(file) {
      const { path, flags } = opened.get(file);
      opened.delete(file);
      if (flags & capi.SQLITE_OPEN_DELETEONCLOSE) files.delete(path);
      return capi.SQLITE_OK;
    },
    xDeviceCharacteristics: () => 0,
    xFileControl: () => capi.SQLITE_NOTFOUND,
    xFileSize: (file, out) => void wasm.poke64(out, BigInt(bytesOf(file).size)) ?? capi.SQLITE_OK,
    xLock: () => capi.SQLITE_OK,
    xRead: (file, pointer, length, offset) =>
      attempt(capi.SQLITE_IOERR_READ, () => {
        const into = target(pointer, length);
        const read = bytesOf(file).readInto(into, Number(offset));
        if (read === length) return capi.SQLITE_OK;
        // SQLite asks for the rest as zeros.
        into.fill(0, read);
        return capi.SQLITE_IOERR_SHORT_READ;
      }),
    xSectorSize: () => 4096,
    xSync: () => capi.SQLITE_OK,
    xTruncate: (file, size) => attempt(capi.SQLITE_IOERR_TRUNCATE, () => bytesOf(file).truncate(Number(size))),
    xUnlock: () => capi.SQLITE_OK,
    xWrite: (file, pointer, length, offset) =>
      attempt(capi.SQLITE_IOERR_WRITE, () => bytesOf(file).write(target(pointer, length), Number(offset))),
  };
  const ioMethods = new capi.sqlite3_io_methods();
  // Version 1 has no shared memory: the index of a write-ahead log then lives in SQLite's own.
  ioMethods.$iVersion = 1;

  let unnamed = 0;
  const vfs = {
    xAccess: (_, path, flags, out) => void wasm.poke32(out, files.has(wasm.cstrToJs(path)) ? 1 : 0) ?? capi.SQLITE_OK,
    xCurrentTime: (_, out) => void wasm.poke(out, 2440587.5 + Date.now() / 864e5, 'double') ?? capi.SQLITE_OK,
    xDelete: (_, path) => void files.delete(wasm.cstrToJs(path)) ?? capi.SQLITE_OK,
    xFullPathname: (_, path, length, out) => (wasm.cstrncpy(out, path, length) < length ? capi.SQLITE_OK : capi.SQLITE_CANTOPEN),
    xGetLastError: () => 0,
    xOpen(_, name, file, flags, out) {
      const path = name ? wasm.cstrToJs(name) : `unnamed ${(unnamed += 1)}`;
      if (!files.has(path)) {
        if (!(flags & capi.SQLITE_OPEN_CREATE) && name) return capi.SQLITE_CANTOPEN;
        files.set(path, Bytes.ofArray());
      }
      opened.set(file, { path, flags, bytes: files.get(path) });
      const struct = new capi.sqlite3_file(file);
      struct.$pMethods = ioMethods.pointer;
      struct.dispose();
      if (out) wasm.poke32(out, flags);
      return capi.SQLITE_OK;
    },
    xRandomness(_, length, out) {
      crypto.getRandomValues(target(out, length));
      return length;
    },
    xSleep: (_, microseconds) => microseconds,
  };
  const struct = new capi.sqlite3_vfs();
  struct.$iVersion = 1;
  struct.$szOsFile = capi.sqlite3_file.structInfo.sizeof;
  struct.$mxPathname = 512;
  struct.$zName = wasm.allocCString(NAME);
  sqlite3.vfs.installVfs({ io: { struct: ioMethods, methods: io }, vfs: { struct, methods: vfs } });

  return {
    name: NAME,
    files,
    /** What the browser said where a file could not be read, once. */
    takeFailure() {
      const taken = failure;
      failure = null;
      return taken;
    },
  };
}
