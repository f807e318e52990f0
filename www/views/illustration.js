import { svg } from '../dom.js';

const VIEWED = [54, 102, 150, 198];
const NEXT = 254;
const FLOOR = 196;
// How much the next item owes to each one viewed.
const WEIGHTS = [0.9, 0.2, 0.35, 0.7];

/** What the page does, drawn: a house, what was viewed in it, and how much each of it counts for what comes next. */
export function createIllustration() {
  const arcs = VIEWED.map((x, index) => {
    const height = (NEXT - x) * 0.62;
    const arc = svg('path', { d: `M${x} ${FLOOR} C${x} ${FLOOR - height} ${NEXT} ${FLOOR - height} ${NEXT} ${FLOOR}` });
    arc.style.setProperty('--weight', String(WEIGHTS[index]));
    return arc;
  });
  return svg(
    'svg',
    { viewBox: '0 0 308 240', class: 'illustration', 'aria-hidden': 'true' },
    svg('path', { class: 'walls', d: 'M14 104 154 10l140 94v116a10 10 0 0 1-10 10H24a10 10 0 0 1-10-10z' }),
    svg('g', { class: 'arcs' }, ...arcs),
    ...VIEWED.map((x) => svg('circle', { class: 'viewed', cx: x, cy: FLOOR, r: 9 })),
    svg('circle', { class: 'coming', cx: NEXT, cy: FLOOR, r: 13 }),
  );
}
