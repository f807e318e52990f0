/** How the element looks where a site says nothing; every choice is a custom property or a part. */
export const STYLE = `
:host {
  display: block;
  isolation: isolate;
  container-type: inline-size;
  color: var(--homebody-color, inherit);
  font: inherit;
  line-height: 1.4;
}
:host([hidden]) { display: none; }
* { box-sizing: border-box; }
.header { display: flex; gap: 1rem; align-items: center; justify-content: space-between; margin-block-end: 0.75rem; }
.heading { margin: 0; font-size: 1.25em; font-weight: 650; line-height: 1.25; text-wrap: balance; }
.frame { position: relative; }
.list {
  display: grid;
  grid-template-columns: var(--homebody-columns, repeat(auto-fill, minmax(min(100%, 15rem), 1fr)));
  grid-auto-rows: var(--homebody-item-height, 5.75rem);
  gap: var(--homebody-gap, 0.75rem);
  margin: 0;
  padding: 0;
  list-style: none;
}
.link {
  display: flex;
  gap: 0.75rem;
  align-items: center;
  inline-size: 100%;
  block-size: 100%;
  overflow: hidden;
  padding: 0.75rem 0.9rem;
  border: 1px solid var(--homebody-border, color-mix(in srgb, currentColor 18%, transparent));
  border-radius: var(--homebody-radius, 0.6rem);
  background: var(--homebody-surface, transparent);
  color: inherit;
  font: inherit;
  text-align: start;
  text-decoration: none;
  cursor: pointer;
  transition: border-color 120ms, background-color 120ms;
}
.link:hover {
  border-color: var(--homebody-accent, currentColor);
  background: var(--homebody-surface-hover, color-mix(in srgb, currentColor 5%, transparent));
}
.link:focus-visible { outline: 3px solid var(--homebody-accent, Highlight); outline-offset: 2px; }
.image { flex: none; block-size: 4.1rem; aspect-ratio: 1; border-radius: calc(var(--homebody-radius, 0.6rem) / 2); object-fit: cover; }
.text { display: grid; flex: 1; min-inline-size: 0; }
.title {
  display: -webkit-box;
  overflow: hidden;
  -webkit-box-orient: vertical;
  -webkit-line-clamp: 2;
  font-weight: 600;
  line-height: 1.3;
  overflow-wrap: anywhere;
}
.detail, .reason { overflow: hidden; font-size: 0.85em; text-overflow: ellipsis; white-space: nowrap; opacity: 0.78; }
.reason { font-style: italic; }
.placeholder {
  border: 1px dashed color-mix(in srgb, currentColor 16%, transparent);
  border-radius: var(--homebody-radius, 0.6rem);
}
:host([state='loading']) .placeholder { animation: breathe 1.6s ease-in-out infinite alternate; background: color-mix(in srgb, currentColor 5%, transparent); }
:host([state='ready']) .placeholder, :host([state='training']) .placeholder { visibility: hidden; }
.message {
  position: absolute;
  inset: 0;
  inline-size: fit-content;
  block-size: fit-content;
  max-inline-size: min(100%, 38rem);
  max-block-size: 100%;
  margin: auto;
  overflow: auto;
  padding: 0.6rem 1rem;
  border-radius: var(--homebody-radius, 0.6rem);
  background: var(--homebody-message-surface, Canvas);
  color: var(--homebody-message-color, CanvasText);
  text-align: center;
  text-wrap: pretty;
}
.message[hidden], .training[hidden] { display: none; }
.error { border: 1px solid var(--homebody-error, #b3261e); }
.retry {
  margin-inline-start: 0.8rem;
  padding: 0.15rem 0.8rem;
  border: 1px solid currentColor;
  border-radius: 99px;
  background: transparent;
  color: inherit;
  font: inherit;
  cursor: pointer;
}
.training { display: flex; flex: none; gap: 0.75rem; align-items: center; font-size: 0.85em; line-height: 1; }
.progress { inline-size: 6rem; block-size: 0.5rem; accent-color: var(--homebody-accent, Highlight); }
.status { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@container (inline-size < 30rem) { .training slot { display: none; } }
@keyframes breathe { to { opacity: 0.45; } }
@media (prefers-reduced-motion: reduce) { .placeholder { animation: none !important; } .link { transition: none; } }
@media (forced-colors: active) { .link { border-color: ButtonBorder; } }
`;
