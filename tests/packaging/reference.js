// Writes pkg/API.md from the package's declarations: `node tests/packaging/reference.js`. A test fails where it is out of date.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(`../../pkg/${path}`, import.meta.url));
/** Entry points by the file of their declarations; of the protocol, only what these lead to is said. */
const ENTRIES = { index: 'homebody', element: 'homebody/element', react: 'homebody/react', page: 'homebody/page' };
const HEAD = `# The API

Written from the declarations (\`*.d.ts\`), which an editor shows as you type. Times are milliseconds since 1970.
\`homebody/node\` exports what \`homebody\` does.
`;

/** A comment's lines as Markdown. */
const prose = (lines) =>
  lines
    .map((line) => line.replace(/^\s*\/?\*+\/? ?/, '').replace(/\s*\*\/$/, '').trimEnd())
    .join('\n')
    .trim()
    .replaceAll(/\n(?=\S)(?!- )/g, ' ')
    .replaceAll(/\n( ?)(?=- )/g, '\n');

/** What stands at an indentation: `{ doc, text }`, each with its comment. `lines` is used up to the closing brace. */
function* statements(lines, indent) {
  const margin = ' '.repeat(indent);
  let doc = [];
  while (lines.length > 0) {
    const line = lines.shift();
    if (line === `${margin.slice(2)}}` && indent > 0) return;
    if (!line.trim()) continue;
    if (line.startsWith(`${margin}/**`)) {
      doc = [line];
      while (!doc.at(-1).endsWith('*/')) doc.push(lines.shift());
      continue;
    }
    if (line.startsWith(`${margin}//`)) continue;
    const text = [line.slice(indent)];
    const goesOn = () => [' ', '}', ')'].some((next) => lines[0]?.startsWith(margin + next));
    if (indent === 0 && /^export (?:class|interface) .*\{$/.test(line)) {
      yield { doc: prose(doc), text: line.replace(/ \{$/, ''), members: [...statements(lines, 2)] };
    } else {
      while (goesOn()) text.push(lines.shift().slice(indent));
      yield { doc: prose(doc), text: text.join('\n') };
    }
    doc = [];
  }
}

const declarations = async (file) =>
  [...statements((await readFile(here(`${file}.d.ts`), 'utf8')).split('\n'), 0)]
    .filter(({ text }) => /^export (?:class|interface|type \w|function|const)/.test(text))
    .map((found) => ({ ...found, name: found.text.match(/^export \w+ (\w+)/)[1] }));

/** Declarations that `roots` lead to, in their order. */
function reachable(roots, all) {
  const reached = new Set();
  const queue = roots.map((root) => JSON.stringify(root));
  while (queue.length > 0) {
    const text = queue.pop();
    for (const one of all.filter(({ name }) => !reached.has(name) && new RegExp(`\\b${name}\\b`).test(text))) {
      reached.add(one.name);
      queue.push(JSON.stringify(one));
    }
  }
  return all.filter(({ name }) => reached.has(name));
}

const isPrivate = ({ text }) => text.startsWith('private ');
/** A setter is what its getter says. */
const isSaid = ({ doc, text }) => doc || text.startsWith('set ') || isPrivate({ text });
const signature = (text) => text.replace(/^export /, '').replace(/;$/, '').replaceAll(/\s*\n\s*/g, ' ').replaceAll(/\( | \)|,(?= \))/g, (found) => found.trim());

function shown({ doc, text, members }) {
  const lines = [`### ${signature(text).match(/^\w+ (\w+)/)[1]}`, ''];
  if (doc) lines.push(doc, '');
  if (!members) return [...lines, '```ts', text.replace(/^export /, ''), '```', ''].join('\n');
  const bases = text.match(/ extends (.+)$/)?.[1];
  if (bases) lines.push(`Extends \`${bases}\`.`, '');
  for (const member of members.filter((one) => !isPrivate(one))) lines.push(`- \`${signature(member.text)}\`${member.doc ? `: ${member.doc.replaceAll('\n', '\n  ')}` : ''}`);
  return [...lines, ''].join('\n');
}

/** The reference; `undocumented` are members and declarations that say nothing. */
export async function reference() {
  const entries = await Promise.all(Object.keys(ENTRIES).map(declarations));
  // What everything begins with comes first.
  entries[0].sort((a, b) => Number(b.name === 'Recommender') - Number(a.name === 'Recommender'));
  const protocol = reachable(entries.flat(), await declarations('protocol'));
  const parts = Object.values(ENTRIES).map((entry, at) => `## ${entry}\n\n${entries[at].map(shown).join('\n')}`);
  parts.push(`## Answers and what they hold\n\n${protocol.map(shown).join('\n')}`);
  const said = [...entries.flat(), ...protocol];
  const undocumented = said.flatMap(({ name, doc, members = [] }) => [
    ...(doc ? [] : [name]),
    ...members.filter((one) => !isSaid(one)).map(({ text }) => `${name}.${text.split('\n')[0]}`),
  ]);
  return { text: `${[HEAD, ...parts].join('\n').trimEnd()}\n`, undocumented };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { text, undocumented } = await reference();
  await writeFile(here('API.md'), text);
  if (undocumented.length > 0) console.error(`Without a word: ${undocumented.join(', ')}`);
}
