// The paper's server: one page for every address, which news.js fills.
import { page } from '../page.js';

/** The page of a path; null where it is a file's. */
export function render(path) {
  if (path !== '/' && !/^\/(story\/[\w-]+|you)$/.test(path)) return null;
  const nav = [['Today', '/'], ['What this paper knows', '/you']];
  return page({ name: 'The Harbour Gazette', title: 'Today', nav, scripts: ['/news.js'], main: MAIN });
}

const MAIN = `
<div id="view"></div>
<section id="next" class="next" aria-labelledby="next-heading">
  <h2 id="next-heading">Read next</h2>
  <ol id="list" class="stories" role="list"></ol>
  <p id="note" class="note" role="status"></p>
</section>
<footer>
  <p id="edition"></p>
  <p><button type="button" id="tomorrow">Bring tomorrow's edition</button></p>
  <p class="note">What the paper counts, without an id: <span id="counts">nothing yet</span></p>
</footer>`;
