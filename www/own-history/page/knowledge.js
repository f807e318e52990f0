// Everything that is held of a visitor's own history, counted for reading: asked for a page at a time, so that nothing stands still.

const PAGE = 2000;
const DAY = 86_400_000;

export async function knowledge(rec, { options, pool }) {
  const events = [];
  for (let total = Infinity; events.length < total;) {
    const page = await rec.history({ offset: events.length, limit: PAGE });
    if (!page.events.length) break;
    total = page.total;
    for (const event of page.events) events.push(event);
  }
  const items = new Map();
  const sites = new Map();
  const hours = new Array(24).fill(0);
  const days = new Set();
  for (const { item, time } of events) {
    const known = items.get(item.id) ?? { item, visits: 0 };
    known.visits += 1;
    items.set(item.id, known);
    if (item.topic) sites.set(item.topic, (sites.get(item.topic) ?? 0) + 1);
    if (time == null) continue;
    hours[new Date(time).getHours()] += 1;
    days.add(Math.floor(time / DAY));
  }
  return {
    visits: events.length,
    days: days.size,
    choices: options,
    hours,
    sites: [...sites].sort(([, a], [, b]) => b - a),
    items: [...items.values()].sort((a, b) => b.visits - a.visits),
    neverOpened: pool,
    history: events.map(({ item, time }) => ({ time, url: item.id })),
  };
}
