// A made-up person's visits, drawn from a fixed seed: habits by the hour, favourites, and pages read once.

const DAY = 86_400_000;
const WORDS =
  'river stone garden engine paper winter market signal harbour bridge cedar lamp thunder valley copper meadow orbit anchor velvet prism'.split(
    ' ',
  );

/** Numbers from 0 to 1, the same for the same seed (Mulberry32). */
export function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` visits up to `end`, oldest first: `{url, title, time}`. */
export function person({ count, days = 365, end = Date.UTC(2026, 5, 1), seed = 1, sites = 120 }) {
  const random = generator(seed);
  const word = () => WORDS[Math.floor(random() * WORDS.length)];
  const pages = [];
  const visits = [];
  for (let index = 0; index < count; index += 1) {
    const time = end - Math.floor(((count - index) / count) * days * DAY);
    // Half of all visits return, to what is popular and recent most.
    if (pages.length && random() < 0.6) {
      const place = Math.floor(pages.length * random() ** 3);
      const recent = pages.length - 1 - Math.floor(Math.min(pages.length, 200) * random() ** 2);
      visits.push({ ...pages[random() < 0.5 ? place : recent], time });
      continue;
    }
    const site = Math.floor(sites * random() ** 2);
    const title = `${word()} ${word()} ${word()} ${pages.length}`;
    const page = { url: `https://www.site-${site}.org/${title.replaceAll(' ', '-')}?utm_source=mail&page=2`, title };
    pages.push(page);
    visits.push({ ...page, time });
  }
  return visits;
}
