// Archives for tests: deflated entries, and flags that lie.
import { deflateRawSync } from 'node:zlib';

const TABLE = Uint32Array.from({ length: 256 }, (_, value) => {
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb8_8320 ^ (value >>> 1) : value >>> 1;
  return value;
});
const crc32 = (bytes) => ~bytes.reduce((crc, byte) => TABLE[(crc ^ byte) & 255] ^ (crc >>> 8), -1) >>> 0;

/** An archive of `{name: text}`; `encrypted` only says so. */
export function zip(files, { encrypted = false } = {}) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const [path, bytes] = [Buffer.from(name), Buffer.from(text)];
    const packed = deflateRawSync(bytes);
    // Version, flags (names in UTF-8), method, time, date, check sum, sizes, length of the name, of the rest.
    const common = Buffer.alloc(26);
    [20, 0x800 | Number(encrypted), 8, 0, 0x5821].forEach((value, index) => common.writeUInt16LE(value, index * 2));
    [crc32(bytes), packed.length, bytes.length].forEach((value, index) => common.writeUInt32LE(value, 10 + index * 4));
    common.writeUInt16LE(path.length, 22);
    parts.push(Buffer.from('PK\x03\x04', 'latin1'), common, path, packed);
    const end = Buffer.alloc(14);
    end.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, end, path);
    offset += 30 + path.length + packed.length;
  }
  const central = Buffer.concat(directory);
  const tail = Buffer.alloc(18);
  [0, 0, Object.keys(files).length, Object.keys(files).length].forEach((value, index) => tail.writeUInt16LE(value, index * 2));
  tail.writeUInt32LE(central.length, 8);
  tail.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, central, Buffer.from('PK\x05\x06', 'latin1'), tail]);
}
