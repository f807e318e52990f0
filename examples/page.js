// What both examples' servers write pages with.

const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text as HTML. */
export const text = (value) => String(value).replace(/[&<>"']/g, (character) => ESCAPES[character]);

/** A whole page; `main` is HTML, `title` is text. */
export const page = ({ title, name, main, scripts = [], nav = [] }) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(title)} · ${text(name)}</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/site.css">
${scripts.map((source) => `<script type="module" src="${source}"></script>`).join('\n')}
<header class="site">
  <a class="name" href="/">${text(name)}</a>
  <nav aria-label="Site">${nav.map(([label, address]) => `<a href="${address}">${text(label)}</a>`).join(' ')}</nav>
</header>
<main>
${main}
</main>
`;
