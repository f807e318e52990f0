import { Failure } from '../failure.js';
import { JsonObjects } from './json-stream.js';
import { columnsOf, visitOf } from './rows.js';
import { eachPiece } from './text.js';

/** What a JSON text that begins like this holds: `takeout`, `safari-export`, `bookmarks` (Chrome's file), `json` or `json-lines`. */
export function jsonKind(head) {
  if (/"Browser History"\s*:/.test(head)) return 'takeout';
  if (/"data_type"\s*:\s*"history"/.test(head)) return 'safari-export';
  if (head.startsWith('{') && /"roots"\s*:/.test(head)) return 'bookmarks';
  return head.startsWith('{') && isWhole(head.split('\n', 1)[0]) ? 'json-lines' : 'json';
}

function isWhole(line) {
  try {
    return columnsOf(Object.keys(JSON.parse(line))).url !== undefined;
  } catch {
    return false;
  }
}

/** Reads visits from a stream of bytes into `visits`; returns what is worth knowing, a sentence each. */
export async function readJson(name, stream, kind, visits) {
  let rows = 0;
  let odd = 0;
  const objects = new JsonObjects(
    (object) => {
      rows += 1;
      const visit = visitOf(object);
      if (visit) visits.addVisit(visit.url, visit.title, visit.time, visit.mark);
      else odd += 1;
    },
    { lines: kind === 'json-lines' },
  );
  await eachPiece(stream, (piece) => objects.write(piece));
  if (rows - odd === 0) {
    throw new Failure(
      'no-visits',
      `${name} holds no visits with an address and a time. Choose the file that your browser or Google Takeout exported, unchanged.`,
    );
  }
  const notes = [];
  if (odd + objects.broken) notes.push(`${name}: ${odd + objects.broken} entries without an address or a time were passed over.`);
  if (objects.open) notes.push(`${name} ends in the middle: what stands before its end was read. Export it again for the rest.`);
  return notes;
}

/** The pages in Chrome's own `Bookmarks` file. */
export async function readChromeBookmarks(name, blob) {
  let tree;
  try {
    tree = JSON.parse(await blob.text());
  } catch {
    throw new Failure('partial', `${name} is not whole. Copy it again.`);
  }
  const found = [];
  const open = Object.values(tree.roots ?? {});
  while (open.length) {
    const node = open.pop();
    if (typeof node?.url === 'string') found.push({ url: node.url, title: String(node.name ?? ''), from: 'bookmarks' });
    if (Array.isArray(node?.children)) for (const child of node.children) open.push(child);
  }
  return found;
}
