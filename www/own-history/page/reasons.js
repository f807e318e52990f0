import { said } from '../../dom.js';
import { count, titleOf, upper } from '../../format.js';

const times = (n) => (n === 1 ? 'once' : n === 2 ? 'twice' : `${count(n)} times`);
const title = (item) => said(titleOf(item), { class: 'cause', 'data-private': true });

const SENTENCES = {
  after: ({ item, times: n, of }) => ['followed ', title(item), ` ${count(n)} of ${count(of)} times`],
  habit: ({ times: n, of }) => [`${count(n)} of ${count(of)} visits were about this time of the day or week`],
  often: ({ times: n }) => [`visited ${times(n)}`],
  recent: () => ['visited a short while ago'],
  rhythm: ({ hours }) => [`comes back about every ${period(hours)}`],
  together: ({ item, times: n }) => ['visited in one sitting with ', title(item), ` ${times(n)}`],
  site: () => ['of a site that you visit a lot now'],
  words: ({ words }) => ['shares ', said(`“${words.join('”, “')}”`, { 'data-private': true }), ' with what you visit now'],
  trail: ({ times: n, of }) => [`${count(n)} pages in ${count(of)} ${of === 1 ? 'sitting' : 'sittings'}, and then no more`],
};

function period(hours) {
  if (hours < 36) return `${count(Math.max(1, Math.round(hours)))} hours`;
  if (hours < 24 * 12) return `${count(Math.round(hours / 24))} days`;
  return `${count(Math.round(hours / 168))} weeks`;
}

/** The reasons in words, as nodes of one sentence; what would be without the strongest comes last. */
export function reasonNodes(reasons) {
  const parts = reasons.filter(({ kind }) => SENTENCES[kind]).map((reason) => SENTENCES[reason.kind](reason));
  const nodes = parts.flatMap((part, index) => (index ? ['; ', ...part] : [upper(part[0]), ...part.slice(1)]));
  const [first] = reasons;
  if (first?.placeWithout) nodes.push(`. Without that it would stand at place ${count(first.placeWithout)}`);
  return nodes.length ? [...nodes, '.'] : [];
}
