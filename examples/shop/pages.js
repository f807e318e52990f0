// The shop's server: plain pages, which work without a script. What homebody adds stands in one element per page.
import { readFile } from 'node:fs/promises';
import { page, text } from '../page.js';

const items = JSON.parse(await readFile(new URL('./catalogue.json', import.meta.url), 'utf8'));
const byId = new Map(items.map((item) => [item.id, item]));
const topics = [...new Set(items.map(({ topic }) => topic))];

const SHOP = {
  name: 'Hearth & Row',
  scripts: ['/homebody/element.js', '/shop.js'],
  nav: [['Kitchen and garden', '/'], ['What this shop knows', '/you']],
};

/** The page of a path; null where there is none. `?plain` leaves homebody out, to compare; `sha256` is the base model's, where there is one. */
export function render(path, query, sha256) {
  const base = sha256 ? `base-model="/base.safetensors" base-model-sha256="${sha256}"` : '';
  const shop = query.has('plain') ? { ...SHOP, scripts: [] } : SHOP;
  if (path === '/') return page({ ...shop, title: 'Kitchen and garden', main: front(query.get('topic'), base) });
  if (path === '/you') return page({ ...shop, title: 'What this shop knows', main: YOU });
  const item = byId.get(path.match(/^\/item\/([\w-]+)$/)?.[1]);
  return item ? page({ ...shop, title: item.title, main: product(item, base) }) : null;
}

// The five lines. `consent` is asked for in shop.js; until then nothing is written.
const recommendations = (attributes, heading) =>
  `<homebody-recommendations catalogue="/catalogue.json" storage="keep" ${attributes}><span slot="heading">${heading}</span></homebody-recommendations>`;

const front = (topic, base) => `
<section class="hero">
  <h1>Good tools for <em>kitchen</em> and <em>garden</em></h1>
  <p>${items.length} things that last. Look around: what comes next is worked out on your own device, and nobody is told.</p>
</section>
${recommendations(`k="6" reasons ${base}`, 'You may look for')}
<h2>${text(topic ?? 'Everything')}</h2>
<nav class="topics" aria-label="Departments">${topics.map((name) => `<a href="/?topic=${encodeURIComponent(name)}"${name === topic ? ' aria-current="page"' : ''}>${text(name)}</a>`).join('')}</nav>
<ul class="items">${items.filter((item) => !topic || item.topic === topic).map(card).join('')}</ul>`;

const card = (item) => `<li><a href="${item.url}"><span>${text(item.title)}</span> <small>${text(item.detail)}</small></a></li>`;

const product = (item, base) => `
<article class="product">
  <div class="picture" aria-hidden="true">${text(item.title[0])}</div>
  <div>
    <p class="topic"><a href="/?topic=${encodeURIComponent(item.topic)}">${text(item.topic)}</a></p>
    <h1>${text(item.title)}</h1>
    <p class="price">${text(item.detail)}</p>
    <p>${item.tags.map(text).join(' · ')}. In stock, sent within two days, and taken back for thirty.</p>
    <p><button type="button">Add to basket</button></p>
  </div>
</article>
${recommendations(`viewing="${item.id}" k="6" reasons ${base}`, 'Next to look at')}
${recommendations(`similar-to="${item.id}" k="3" ${base}`, 'Like this')}`;

const YOU = `
<h1>What this shop knows about you</h1>
<p>All of it is below. It was worked out on this device, and is on no server. The shop sees which of its pages you open, as any site does.</p>
<p id="storage" role="status"></p>
<p class="actions">
  <button type="button" data-do="remember">Remember it on this device</button>
  <button type="button" data-do="forget">Forget everything</button>
  <button type="button" data-do="off">Switch recommendations off</button>
  <button type="button" data-do="on">Switch them on again</button>
</p>
<h2>Departments you looked at</h2>
<ul id="topics" class="plain"></ul>
<h2>Your views</h2>
<ul id="history" class="plain"></ul>
`;
