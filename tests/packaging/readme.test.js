// The README is true: what it begins with works to the letter, its sizes are those of the files, and it names every member of the API.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { newPage } from './chromium.js';
import { reference } from './reference.js';
import { installed, project, tool } from './scratch.js';
import { serve } from './site.js';

const read = (file) => readFile(`${installed}${file}`, 'utf8');

/** A module and all that it imports statically within the package. */
async function graph(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  const imports = (await read(file)).matchAll(/(?:from|import) ['"](\.\/[^'"]+)['"]/g);
  for (const [, path] of imports) await graph(path.slice(2), found);
  return found;
}

const gzipped = async (file) => gzipSync(await readFile(`${installed}${file}`), { level: 9 }).length;

test('sizes, within 5%', async (context) => {
  const readme = await read('README.md');
  const rows = [...readme.matchAll(/^\| `([\w/.-]+)`(, beside the element| and what it imports)? \| ([\d,]+) \|$/gm)];
  assert.equal(rows.length, 7);
  for (const [, file, scope, said] of rows) {
    const files = scope?.includes('imports') ? [...(await graph(file))] : [file];
    const sizes = await Promise.all(files.map(gzipped));
    const size = sizes.reduce((sum, one) => sum + one, 0);
    context.diagnostic(`${file}${scope ?? ''}: ${size} bytes`);
    // Built with the library that rustup brings, a module keeps the messages of panics.
    const more = file.endsWith('.wasm') ? 0.15 : 0.05;
    const off = size / Number(said.replaceAll(',', '')) - 1;
    assert.ok(off > -0.05 && off < more, `${file}: README says ${said}, it is ${size}`);
  }
});

test('every public member is in the reference of the README', async () => {
  const [readme, types] = [await read('README.md'), await read('index.d.ts')];
  const body = types.slice(types.indexOf('export class Recommender {'));
  const members = new Set([...body.matchAll(/^ {2}(?:static |readonly )*(\w+)[(:]/gm)].map(([, name]) => name));
  members.delete('constructor');
  assert.ok(members.size > 20);
  for (const name of members) assert.match(readme, new RegExp(`\`[^\`]*\\b${name}\\b[^\`]*\``), name);
});

test('every public member says what it is, and API.md says all of it', async () => {
  const { text, undocumented } = await reference();
  assert.deepEqual(undocumented, []);
  assert.equal(await read('API.md'), text, 'run `node tests/packaging/reference.js`');
});

test('what the README begins with works to the letter', async () => {
  const start = (await read('README.md')).match(/## Start\n([^]*?)\n## /)[1];
  const blocks = (language) => [...start.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(([, code]) => code);
  const [element] = blocks('html');
  const page = `<!doctype html><link rel="icon" href="data:,">${element}<script type="module" src="./start.js"></script>`;
  const folder = await project('readme', '', { 'index.html': page, 'start.js': blocks('js').join('\n') });
  await mkdir(`${folder}public`);
  await writeFile(`${folder}public/catalogue.json`, blocks('json')[0]);
  await tool(folder, 'vite', 'build', '--logLevel', 'warn');
  const site = await serve(`${folder}dist`);
  const { page: view, complaints, close } = await newPage();
  const said = [];
  view.on('console', (message) => said.push(message.text()));
  await view.goto(site.url);
  await view.getByRole('link', { name: 'Espresso cups' }).waitFor();
  assert.equal(await view.getByRole('link').first().getAttribute('href'), `${site.url}item/sku-43`);
  for (let tries = 0; said.length < 2 && tries < 100; tries++) await view.waitForTimeout(50);
  assert.deepEqual(said, ['sku-43 Espresso cups', 'sku-44 Tea cups']);
  assert.deepEqual(complaints, []);
  await close();
  await site.close();
});
