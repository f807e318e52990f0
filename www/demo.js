/** The demo's catalogue, its topics taken in turns so that the first page shows some of each. */
export async function demoItems() {
  const response = await fetch(new URL('./demo/catalogue.json', import.meta.url));
  if (!response.ok) {
    throw new Error(`The demo's catalogue is not on this server (HTTP ${response.status}). Reload the page, or use a file of your own.`);
  }
  const { topics } = await response.json();
  const longest = Math.max(...topics.map(({ items }) => items.length));
  return Array.from({ length: longest }, (_, place) =>
    topics.flatMap(({ name, items }) => (items[place] ? [{ ...items[place], topic: name }] : [])),
  ).flat();
}
