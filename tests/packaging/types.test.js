// `tsc --strict` on the declarations, on everything a TypeScript site writes, and on the examples.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { project, tool } from './scratch.js';

const OPTIONS = {
  strict: true,
  noEmit: true,
  target: 'es2024',
  module: 'esnext',
  moduleResolution: 'bundler',
  lib: ['es2024', 'esnext.disposable', 'dom', 'dom.iterable'],
  types: [],
  jsx: 'react-jsx',
};

async function check(name, compilerOptions, files) {
  const config = JSON.stringify({ compilerOptions: { ...OPTIONS, ...compilerOptions }, files: Object.keys(files) });
  const folder = await project(name, '', { ...files, 'tsconfig.json': config });
  return tool(folder, 'tsc', '--project', '.');
}

const example = async (path) => {
  const source = await readFile(new URL(`../../examples/${path}`, import.meta.url), 'utf8');
  return source.replaceAll(/'\/homebody\/(\w+)\.js'/g, (_, entry) => (entry === 'index' ? "'homebody'" : `'homebody/${entry}'`));
};

test('a site in TypeScript compiles, and what is wrong does not', async () => {
  const app = (file) => readFile(new URL(`./app/${file}`, import.meta.url), 'utf8');
  for (const resolution of [{}, { module: 'nodenext', moduleResolution: 'nodenext' }]) {
    await check('types', { ...resolution, skipLibCheck: false }, { 'site.ts': await app('site.ts'), 'product.tsx': await app('product.tsx') });
  }
  const wrong = "import { Recommender } from 'homebody';\nawait Recommender.open({ catalog: [] });\n";
  await assert.rejects(check('types-wrong', {}, { 'wrong.ts': wrong }), /'catalog' does not exist/);
});

test('the examples use what the types say', async () => {
  const files = { 'element.ts': "import 'homebody/element';\n", 'news.js': await example('news/news.js'), 'route.js': await example('news/route.js'), 'shop.js': await example('shop/shop.js') };
  // They are plain JavaScript: their own parameters have no types, all that they take from the package has.
  await check('types-examples', { allowJs: true, checkJs: true, noImplicitAny: false, strictNullChecks: false }, files);
});
