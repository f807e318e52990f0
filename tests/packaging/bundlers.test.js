// The tarball under each bundler, with the least that bundler needs, driven to a recommendation.
import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { newPage } from './chromium.js';
import { installed, project, tool } from './scratch.js';
import { serve } from './site.js';

/** Opens what was built and checks what the model says comes next. */
async function drive(folder) {
  const site = await serve(folder);
  const { page, complaints, close } = await newPage();
  try {
    await page.goto(site.url);
    const output = page.locator('output:not(:empty)');
    await output.waitFor({ timeout: 60_000 }).catch((error) => {
      throw new Error(`${error.message}\n${complaints.join('\n')}\nasked for: ${site.asked.join(' ')}`);
    });
    assert.equal(await output.innerText(), 'gru on cpu: item3');
    assert.deepEqual(complaints, []);
    const gpu = site.asked.filter((path) => path.includes('webgpu') && path.endsWith('.wasm'));
    assert.deepEqual(gpu, [], 'the WebGPU module is fetched only where there is a GPU');
  } finally {
    await close();
    await site.close();
  }
}

test('no bundler: a plain page with a module script', async () => {
  const folder = await project('static', './main.js');
  await cp(installed, `${folder}homebody`, { recursive: true });
  const main = await readFile(`${folder}main.js`, 'utf8');
  await writeFile(`${folder}main.js`, main.replaceAll(/'homebody(\/\w+)?'/g, (_, entry) => `'./homebody${entry ?? '/index'}.js'`));
  await drive(folder);
});

test('Vite needs nothing', async () => {
  const folder = await project('vite', './main.js');
  await tool(folder, 'vite', 'build', '--logLevel', 'warn');
  await drive(`${folder}dist`);
});

test('webpack needs nothing', async () => {
  const folder = await project('webpack', './main.js');
  await tool(folder, 'webpack', '--mode', 'production', '--entry', './main.js');
  await cp(`${folder}index.html`, `${folder}dist/index.html`);
  await drive(`${folder}dist`);
});

const WORKERS = ['homebody/home.js', 'homebody/trainer.js', 'homebody/trainer-webgpu.js'];

test('esbuild needs the three workers as entries, and the wasm folder copied', async () => {
  const folder = await project('esbuild', './main.js');
  await tool(folder, 'esbuild', './main.js', ...WORKERS, '--bundle', '--splitting', '--minify', '--format=esm', '--entry-names=[name]', '--outdir=dist');
  await cp(`${installed}wasm`, `${folder}dist/wasm`, { recursive: true });
  await cp(`${folder}index.html`, `${folder}dist/index.html`);
  await drive(`${folder}dist`);
});

test('Rollup needs the same', async () => {
  const folder = await project('rollup', './main.js');
  await tool(folder, 'rollup', '--input', './main.js', ...WORKERS.flatMap((worker) => ['--input', worker]), '--plugin', 'node-resolve', '--dir', 'dist');
  await cp(`${installed}wasm`, `${folder}dist/wasm`, { recursive: true });
  await cp(`${folder}index.html`, `${folder}dist/index.html`);
  await drive(`${folder}dist`);
});
