import { STYLE } from './element-style.js';

/** What the element says itself; a site gives its own with `texts`, or fills the slots. */
export const TEXTS = {
  heading: 'Recommended for you',
  empty: 'Nothing to recommend yet. Look around a little.',
  training: 'Learning on this device',
  retry: 'Try again',
  because: (title) => `Because of ${title}`,
  status: (count) => (count === 1 ? '1 recommendation' : `${count} recommendations`),
};

/** The progress of a training that has not begun to learn: the GPU compiles. */
export const WARMING_UP = 'warming-up';

let sheet;

/** The shadow tree: made once, then changed in place, so that focus and scroll stay where they are. */
export class View {
  #root;
  #onSelect;
  #parts;
  #rows = new Map();

  /** `onSelect(event, position)` hears of each activation; `onRetry()` of the button beside an error. */
  constructor(root, { onSelect, onRetry }) {
    this.#root = root;
    this.#onSelect = onSelect;
    sheet ??= styleSheet();
    root.adoptedStyleSheets = [sheet];
    this.#parts = build(root);
    this.#parts.retry.addEventListener('click', onRetry);
  }

  /** Shows a state: `loading`, `empty`, `training`, `ready` or `error`. */
  state({ state, error, progress, texts }) {
    const { section, empty, message, training, bar, slots, retry } = this.#parts;
    section.setAttribute('aria-busy', String(state === 'loading'));
    slots.heading.textContent = texts.heading;
    slots.empty.textContent = texts.empty;
    slots.training.textContent = texts.training;
    retry.textContent = texts.retry;
    empty.hidden = state !== 'empty';
    message.hidden = state !== 'error';
    slots.error.textContent = error ?? '';
    training.hidden = state !== 'training';
    // Without a value it moves by itself.
    if (progress === WARMING_UP) bar.removeAttribute('value');
    else bar.value = progress ?? 0;
    bar.setAttribute('aria-label', texts.training);
  }

  /** Shows a list and says so to screen readers; places without an item stay empty, so that nothing moves. */
  list(items, { k, texts, reasons, link, image, renderItem }) {
    const { list, status } = this.#parts;
    const focused = this.#root.activeElement?.closest('li');
    const rows = items.map((item, position) => this.#row(item, position, { texts, reasons, link, image, renderItem }));
    const missing = Array.from({ length: Math.max(0, k - rows.length) }, placeholder);
    place(list, [...rows, ...missing]);
    // What is moved or made anew loses the focus.
    if (focused?.isConnected && !focused.contains(this.#root.activeElement)) focused.firstElementChild.focus({ preventScroll: true });
    this.#rows = new Map(items.map(({ item }, position) => [item.id, rows[position]]));
    const said = items.length > 0 ? texts.status(items.length) : '';
    // The same words again would be read out again.
    if (status.textContent !== said) status.textContent = said;
  }

  get section() {
    return this.#parts.section;
  }

  #row(recommendation, position, { texts, reasons, link, image, renderItem }) {
    const { item } = recommendation;
    const row = this.#rows.get(item.id) ?? element('li', 'item');
    const address = link(item);
    const target = element(address ? 'a' : 'button', 'link');
    if (address) target.href = address;
    else target.type = 'button';
    target.append(...(renderItem ? [renderItem(item, recommendation)] : content(recommendation, { texts, reasons, image })));
    target.addEventListener('click', (event) => this.#onSelect(event, position));
    const old = row.firstElementChild;
    if (!old) row.append(target);
    else if (!same(old, target, row, position)) old.replaceWith(target);
    row.dataset.position = position;
    return row;
  }
}

// A row that would look the same stays as it is: what has the focus keeps it.
const same = (old, target, row, position) => old.isEqualNode(target) && row.dataset.position === String(position);

/** Makes `rows` the children of `list`; a row that is there already is not taken out, which would lose its focus. */
function place(list, rows) {
  const wanted = new Set(rows);
  for (const child of [...list.children]) if (!wanted.has(child)) child.remove();
  rows.forEach((row, position) => {
    if (list.children[position] !== row) list.insertBefore(row, list.children[position] ?? null);
  });
}

function content({ item, because }, { texts, reasons, image }) {
  const text = element('span', 'text');
  text.append(line('title', item.title ?? item.id));
  if (item.detail) text.append(line('detail', item.detail));
  if (reasons && because) text.append(line('reason', texts.because(because.item.title ?? because.item.id)));
  const source = image(item);
  if (!source) return [text];
  const picture = element('img', 'image');
  // The title stands beside it.
  Object.assign(picture, { alt: '', loading: 'lazy', decoding: 'async', src: source });
  return [picture, text];
}

function build(root) {
  const section = element('section', 'section');
  const heading = element('h2', 'heading');
  heading.id = 'heading';
  section.setAttribute('aria-labelledby', heading.id);
  const list = element('ol', 'list');
  // Safari takes a list without bullets for no list.
  list.setAttribute('role', 'list');
  const empty = element('div', 'message');
  empty.part.add('empty');
  const message = element('div', 'message');
  message.classList.add('error');
  message.part.add('error');
  message.setAttribute('role', 'alert');
  const retry = element('button', 'retry');
  retry.type = 'button';
  const training = element('div', 'training');
  const bar = element('progress', 'progress');
  bar.max = 1;
  const status = element('div', 'status');
  status.setAttribute('role', 'status');
  const frame = element('div', 'frame');
  const header = element('div', 'header');
  const slots = Object.fromEntries(['heading', 'empty', 'error', 'training'].map((name) => [name, slot(name)]));
  heading.append(slots.heading);
  empty.append(slots.empty);
  message.append(slots.error, retry);
  training.append(slots.training, bar);
  frame.append(list, empty, message);
  header.append(heading, training);
  section.append(header, frame, status);
  root.append(section);
  return { section, list, empty, message, retry, training, bar, status, slots };
}

function styleSheet() {
  const made = new CSSStyleSheet();
  made.replaceSync(STYLE);
  return made;
}

function element(tag, name) {
  const made = document.createElement(tag);
  made.className = name;
  made.setAttribute('part', name);
  return made;
}

function line(name, text) {
  const made = element('span', name);
  made.textContent = text;
  return made;
}

function slot(name) {
  const made = document.createElement('slot');
  made.name = name;
  return made;
}

function placeholder() {
  const made = element('li', 'placeholder');
  made.setAttribute('aria-hidden', 'true');
  return made;
}
