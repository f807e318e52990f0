// The tarball as registries, type checkers and size-conscious readers see it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { installed, tool } from './scratch.js';

const tarball = process.env.HOMEBODY_TARBALL ?? 'output/homebody-0.1.0.tgz';

test('publint finds nothing', async () => {
  const { messages, pkg } = await publint({ pkgDir: installed, level: 'suggestion', strict: true, pack: false });
  assert.deepEqual(messages.map((message) => formatMessage(message, pkg, { color: false })), []);
});

test('@arethetypeswrong/cli finds nothing: ESM only, so require() is out', async () => {
  const words = ['--profile', 'esm-only', '--exclude-entrypoints', './home.js', './trainer.js', './trainer-webgpu.js'];
  // It fails where it finds something.
  await tool('.', 'attw', tarball, '--no-emoji', ...words);
});

test('the package runs no script at installation and needs no other package', async () => {
  const manifest = JSON.parse(await readFile(`${installed}package.json`, 'utf8'));
  assert.equal(manifest.scripts, undefined);
  assert.equal(manifest.dependencies, undefined);
  for (const [entry, target] of Object.entries(manifest.exports)) {
    if (typeof target === 'object') assert.equal(Object.keys(target)[0], 'types', `${entry}: types come first`);
  }
});

test('the licences of what is compiled in travel with it', async () => {
  const notices = await readFile(`${installed}THIRD-PARTY-NOTICES.txt`, 'utf8');
  for (const part of ['burn ', 'wasm-bindgen ', 'gemm ']) assert.ok(notices.includes(`\n${part}`), part);
});
