import { h } from '../../dom.js';
import { GUIDES, likely, SYSTEMS } from './guide.js';

/** How to get one's history out of a browser: two choices and the steps. */
export function createGuide() {
  const guess = likely();
  const browser = h(
    'select',
    { id: 'guide-browser', testid: 'guide-browser', onchange: fillSystems },
    GUIDES.map(({ id, name }) => h('option', { value: id }, name)),
  );
  const system = h('select', { id: 'guide-system', testid: 'guide-system', onchange: fillSteps });
  const systemField = h('div', { class: 'field' }, h('label', { for: 'guide-system' }, 'on'), system);
  const steps = h('ol', { class: 'steps', testid: 'guide-steps' });
  browser.value = guess.browser;
  fillSystems();

  function fillSystems() {
    const systems = Object.keys(GUIDES.find(({ id }) => id === browser.value).systems);
    system.replaceChildren(...systems.map((id) => h('option', { value: id }, SYSTEMS[id])));
    if (systems.includes(guess.system)) system.value = guess.system;
    systemField.hidden = systems.length === 1;
    fillSteps();
  }
  function fillSteps() {
    const { systems } = GUIDES.find(({ id }) => id === browser.value);
    steps.replaceChildren(...systems[system.value].map((step) => h('li', {}, step)));
  }

  return h(
    'div',
    { class: 'guide stack' },
    h('h2', {}, 'Where your history is'),
    h(
      'div',
      { class: 'guide-choice' },
      h('div', { class: 'field' }, h('label', { for: 'guide-browser' }, 'History of'), browser),
      systemField,
    ),
    steps,
    h(
      'p',
      { class: 'note' },
      'Also read: CSV and JSON with an address, a title and a time, from extensions and scripts. Bookmarks, OPML and feed files, chosen along with it, are candidates for what is new.',
    ),
  );
}
