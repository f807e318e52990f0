// What a page cannot do, and says so: too large a file, no SIMD, no server.
import assert from 'node:assert/strict';
import { open as openFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { open } from './page.js';

test('a file of 200 MB is refused before it is read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'homebody-'));
  const path = join(folder, 'huge.csv');
  const file = await openFile(path, 'w');
  await file.truncate(200 * 1024 * 1024);
  await file.close();
  const view = await open({ query: '?device=cpu' });
  await view.at('file-input').setInputFiles(path);
  await view.at('error').waitFor();
  assert.match(await view.at('error').innerText(), /200 MB|200 MiB/);
  await view.at('try-demo').waitFor();
  await view.close();
  await rm(folder, { recursive: true });
});

test('a browser without WebAssembly SIMD is told to be updated', async () => {
  const view = await open({
    query: '?device=cpu',
    prepare: (context) => context.addInitScript(() => { WebAssembly.validate = () => false; }),
  });
  await view.page.getByText(/SIMD/).first().waitFor();
  await view.close();
});

test('opened from a file, the page says why it cannot work', async () => {
  const view = await open({ query: '?device=cpu' });
  await view.page.goto(pathToFileURL(resolve('../../index.html')).href);
  await view.at('stalled').waitFor();
  assert.match(await view.at('stalled').innerText(), /cargo xtask serve/);
  await view.close();
});
