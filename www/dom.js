// The page's whole "framework": elements made of plain data, and lists that keep their elements.
// Text is always a text node; nothing here can make markup of a title.

const SVG = 'http://www.w3.org/2000/svg';

/** An element: `on…` properties are listeners, `testid` is `data-testid`, false and absent ones are left out. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value == null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name === 'testid' ? 'data-testid' : name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

/** An SVG element. */
export function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** An icon of 24 × 24 in strokes; decoration, so hidden from screen readers. */
export function icon(path) {
  return svg('svg', { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true' }, svg('path', { d: path }));
}

/** A text of the user's or the catalogue's, isolated so that its direction marks cannot turn what stands beside it. */
export function said(text, properties = {}) {
  return h('bdi', properties, text);
}

/** Sets a text only where it differs, so that live regions stay quiet. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A hidden tab paints nothing. */
const LONGEST_FRAME_MS = 200;

/** Resolves once the frame is painted that what was changed made due. */
export const painted = () =>
  Promise.race([
    new Promise((done) => requestAnimationFrame(() => setTimeout(done))),
    new Promise((done) => setTimeout(done, LONGEST_FRAME_MS)),
  ]);

const rows = new WeakMap();

/**
 * Makes `parent`'s children follow `items`: `create(item)` gives `{root, update?}`, kept by `keyOf(item)`. A row that stays keeps
 * its element, and the focus stays too: on its row, or at its place where the row went.
 */
export function keyed(parent, items, keyOf, create) {
  const before = rows.get(parent) ?? new Map();
  const after = new Map();
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  const place = focused ? [...parent.children].findIndex((child) => child.contains(focused)) : -1;

  let cursor = parent.firstChild;
  items.forEach((item, index) => {
    const key = keyOf(item);
    const row = before.get(key) ?? create(item);
    before.delete(key);
    after.set(key, row);
    row.update?.(item, index);
    if (row.root === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(row.root, cursor);
  });
  for (const { root } of before.values()) root.remove();
  rows.set(parent, after);

  if (focused && document.activeElement !== focused) {
    const target = focused.isConnected ? focused : focusable(parent.children[Math.min(place, parent.children.length - 1)]);
    target?.focus({ preventScroll: true });
  }
}

const focusable = (element) => (element?.matches('button') ? element : element?.querySelector('button'));
