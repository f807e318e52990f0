import { Parser } from '../../vendor/htmlparser2.js';
import { eachPiece } from './text.js';

// Lists of pages that may never have been opened: bookmarks as browsers export them, OPML, RSS and Atom. Only text is taken from them.

/** What a text that begins like this holds: `bookmarks`, `opml`, `feed`, or null. */
export function markupKind(head) {
  if (/^<!doctype netscape-bookmark-file/i.test(head)) return 'bookmarks';
  if (/<opml[\s>]/i.test(head)) return 'opml';
  return /<(rss|feed|rdf:RDF)[\s>]/i.test(head) ? 'feed' : null;
}

/** The pages in it: `{url, title, from}`. */
export async function readMarkup(stream, kind) {
  const found = [];
  const add = (url, title) => url && found.push({ url, title: title.trim(), from: kind === 'bookmarks' ? 'bookmarks' : 'feed' });
  const parser = new Parser(handlers[kind](add), { xmlMode: kind !== 'bookmarks', decodeEntities: true });
  await eachPiece(stream, (piece) => parser.write(piece));
  parser.end();
  return found;
}

const handlers = {
  bookmarks(add) {
    let href = null;
    let title = '';
    return {
      onopentag(name, { href: address }) {
        if (name !== 'a') return;
        href = address;
        title = '';
      },
      ontext: (text) => href && (title += text),
      onclosetag(name) {
        if (name !== 'a' || !href) return;
        add(href, title);
        href = null;
      },
    };
  },

  opml: (add) => ({
    onopentag(name, { htmlUrl, url, title, text }) {
      if (name === 'outline') add(htmlUrl ?? url, title ?? text ?? '');
    },
  }),

  feed(add) {
    let entry = null;
    let part = null;
    return {
      onopentag(name, { href, rel }) {
        if (name === 'item' || name === 'entry') entry = { title: '', link: '' };
        else if (entry && name === 'link' && href && (rel ?? 'alternate') === 'alternate') entry.link = href;
        else if (entry && (name === 'title' || name === 'link')) part = name;
      },
      ontext: (text) => part && (entry[part] += text),
      onclosetag(name) {
        part = null;
        if (name !== 'item' && name !== 'entry') return;
        if (entry) add(entry.link.trim(), entry.title);
        entry = null;
      },
    };
  },
};
