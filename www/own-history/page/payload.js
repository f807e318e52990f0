// What is sealed: the choices and the pool as one line of JSON, then the table.

const NEWLINE = 10;

/** Both as bytes. */
export function packed(head, table) {
  const line = new TextEncoder().encode(`${JSON.stringify(head)}\n`);
  const all = new Uint8Array(line.length + table.length);
  all.set(line);
  all.set(table, line.length);
  return all;
}

/** `{head, table}`. */
export function unpacked(bytes) {
  const end = bytes.indexOf(NEWLINE);
  return { head: JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))), table: bytes.subarray(end + 1) };
}
