// A single-page paper: the recommender is opened once, each route change is one view, and the lists are drawn here.
import { openShared, recordView, whenIdle } from '/homebody/page.js';
import { route } from './route.js';

const PER_DAY = 150;
const K = 5;

const at = (id) => document.getElementById(id);
const stories = await (await fetch('/catalogue.json')).json();
const today = stories.slice(0, PER_DAY).map((story) => ({ ...story, url: `/story/${story.id}` }));
const counts = { seen: 0, chosen: 0 };
let gazette;
let list = { by: 'none', items: [] };

route(draw);
open();

/** Nothing of it before the page stands and the browser is idle. */
async function open() {
  await whenIdle();
  gazette = await openShared({ catalogue: today, storage: 'memory' });
  gazette.on('change', drawNext);
  gazette.on('impression', () => count(() => counts.seen++));
  gazette.on('click', () => count(() => counts.chosen++));
  await draw();
}

async function draw() {
  const id = location.pathname.match(/^\/story\/(.+)$/)?.[1];
  const story = stories.find((candidate) => candidate.id === id);
  const view = location.pathname === '/you' ? await known() : story ? article(story) : front();
  at('view').replaceChildren(...view);
  document.title = `${story?.title ?? 'Today'} · The Harbour Gazette`;
  // What is recorded is a change, which draws what is read next.
  if (!(gazette && story && (await recordView(gazette, story.id)))) await drawNext();
}

/** What is read next: diverse, so that five stories on one match do not fill the list. */
async function drawNext() {
  if (!gazette) return;
  const arm = await gazette.arm('diversity', ['plain', 'mixed']);
  list = await gazette.recommend({ k: K, diversity: arm === 'mixed' ? 0.4 : 0 });
  at('list').replaceChildren(...list.items.map(({ item, because }) => entry(item, because && `because of "${because.item.title}"`)));
  at('note').textContent = list.items.length > 0 ? '' : 'Open a story, and what to read next stands here.';
  if (list.items.length > 0) gazette.shown(list);
}

at('list').addEventListener('click', (event) => {
  const { id } = /** @type {Element} */ (event.target).closest('a')?.dataset ?? {};
  if (id) gazette.clicked(list, id);
});

at('tomorrow').addEventListener('click', async () => {
  const put = stories.slice(PER_DAY).map((story) => ({ ...story, url: `/story/${story.id}` }));
  const remove = today.slice(0, put.length).map(({ id }) => id);
  const { items } = await gazette.updateCatalogue({ put, remove, pin: [put[0].id] });
  at('edition').textContent = `${put.length} stories came, ${remove.length} went to the archive: ${items} are in print. The first of the new ones is pinned.`;
  at('tomorrow').setAttribute('disabled', '');
});

function count(change) {
  change();
  at('counts').textContent = `${counts.seen} lists shown, ${counts.chosen} stories chosen from them`;
}

function article({ title, topic, tags }) {
  const lead = `${topic}. Filed under ${tags.join(' and ')}.`;
  return [made('p', lead, 'topic'), made('h1', title), made('p', 'The town talks of little else this week. What is known so far, who said it, and what comes next, on this page.', 'lead')];
}

function front() {
  const sections = Map.groupBy ? Map.groupBy(today, ({ topic }) => topic) : grouped(today);
  return [made('h1', 'Today'), ...[...sections].flatMap(([topic, entries]) => [made('h2', topic), listOf(entries.slice(0, 6).map((story) => entry(story)))])];
}

function grouped(entries) {
  const groups = new Map();
  for (const story of entries) groups.set(story.topic, [...(groups.get(story.topic) ?? []), story]);
  return groups;
}

async function known() {
  if (!gazette) return [made('h1', 'What this paper knows'), made('p', 'Nothing yet.')];
  const { history, storage } = await gazette.profile();
  const forget = made('button', 'Forget everything');
  forget.addEventListener('click', () => gazette.forget({ all: true }).then(draw));
  return [made('h1', 'What this paper knows'), made('p', storage.reason), listOf(history.map(({ item }) => entry(item))), forget];
}

function entry({ id, title, detail }, note) {
  const link = made('a', title);
  link.href = `/story/${id}`;
  link.dataset.id = id;
  const row = document.createElement('li');
  row.append(link, made('small', [detail, note].filter(Boolean).join(', ')));
  return row;
}

function listOf(rows) {
  const list = document.createElement('ul');
  list.className = 'stories';
  list.append(...rows);
  return list;
}

// Text, never HTML.
function made(tag, text, name) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (name) element.className = name;
  return element;
}
