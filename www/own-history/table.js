import { itemOf, titleOf } from './preview.js';

// What goes to the recommender, as a table that it reads like any other file: so much and no more leaves this worker.

const ROWS_A_PIECE = 4096;
const quoted = (text) => `"${text.replaceAll('"', '""')}"`;

/** The visits that stay as CSV: `timestamp,url,title,section`. */
export function table({ kept, pages, level }) {
  const encoder = new TextEncoder();
  const pieces = [];
  const text = ['timestamp,url,title,section'];
  const lines = new Map();
  const lineOf = (number) => {
    let line = lines.get(number);
    if (line === undefined) {
      const page = pages[number];
      line = [itemOf(page, level), titleOf(page, level), page.site].map(quoted).join(',');
      lines.set(number, line);
    }
    return line;
  };
  const flush = () => pieces.push(encoder.encode(`${text.splice(0).join('\n')}\n`));
  kept.page.forEach((number, index) => {
    text.push(`${kept.time[index]},${lineOf(number)}`);
    if (text.length === ROWS_A_PIECE) flush();
  });
  if (text.length) flush();
  return joined(pieces);
}

function joined(pieces) {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
