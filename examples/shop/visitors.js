// Made-up visitors of the shop, to train a base model on and to try it with: nobody's log. Each likes a few tags wherever they stand, looks at one
// department at a time, and goes on to what goes with an item, which no title tells.

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 5);
/** The newest of each department: too new for any log. */
const NEW_FROM = 1;

/** mulberry32: the same numbers everywhere. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws one of `list`, in proportion to `weight`. */
function draw(random, list, weight) {
  const weights = list.map(weight);
  let left = random() * weights.reduce((sum, one) => sum + one, 0);
  return list[Math.max(0, weights.findIndex((one) => (left -= one) < 0))];
}

const grouped = (items) => items.reduce((map, item) => map.set(item.topic, [...(map.get(item.topic) ?? []), item]), new Map());

/** What the shop sold when the log was written: without the newest of each department, with three things that it sells no more. */
export function sold(catalogue) {
  const departments = grouped(catalogue);
  const old = catalogue.filter((item) => departments.get(item.topic).indexOf(item) < departments.get(item.topic).length - NEW_FROM);
  const gone = [...departments.keys()].slice(0, 3).map((topic) => ({ id: `no-longer-sold-${topic.split(' ')[0].toLowerCase()}`, title: 'No longer sold', topic, tags: [] }));
  return [...old, ...gone];
}

/** The views of visitors `from` to `to`, each visitor's in their order: `[{ visitor, item, time }, …]`. Regulars come `often` times as often. */
export function visits(catalogue, { from = 0, to = 1500, often = 1 } = {}) {
  const items = sold(catalogue);
  const truth = generator(7);
  // Few items are looked at much, and each leads on to three others.
  const popularity = new Map(items.map(({ id }) => [id, 1 / (1 + Math.floor(truth() * 40))]));
  const leads = new Map(items.map(({ id }) => [id, Array.from({ length: 3 }, () => items[Math.floor(truth() * items.length)])]));
  const departments = grouped(items);
  const tags = [...new Set(items.flatMap((item) => item.tags))];
  const views = [];
  for (let visitor = from; visitor < to; visitor++) {
    const random = generator(1000 + visitor);
    const likes = Array.from({ length: 3 }, () => tags[Math.floor(random() * tags.length)]);
    const appeal = (item) => popularity.get(item.id) * (item.tags.some((tag) => likes.includes(tag)) ? 12 : 1);
    const sittings = often * (1 + Math.floor(random() * 8));
    for (let sitting = 0; sitting < sittings; sitting++) {
      let time = START + (visitor % 28) * DAY + sitting * 3 * DAY;
      let item = draw(random, items, appeal);
      const steps = 2 + Math.floor(random() * 7);
      for (let step = 0; step < steps; step++) {
        views.push({ visitor, item: item.id, time });
        time += 20_000 + Math.floor(random() * 100_000);
        const which = random();
        if (which < 0.45) item = draw(random, leads.get(item.id), appeal);
        else item = draw(random, which < 0.8 ? departments.get(item.topic) : items, appeal);
      }
    }
  }
  return views;
}

/** The log, as `homebody train` reads it. */
export const csv = (views) => `user_id,item,timestamp\n${views.map(({ visitor, item, time }) => `${visitor},${item},${Math.floor(time / 1000)}`).join('\n')}\n`;
