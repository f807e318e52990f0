// The tarball under each bundler, with the least that bundler needs, driven to a recommendation.
import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { createServer } from 'vite';
import { newPage } from './chromium.js';
import { installed, project, tool } from './scratch.js';
import { serve } from './site.js';

/** Opens what was built, does what `look` does, and checks that nothing complained and that no GPU was prepared for. */
async function drive(folder, look = trained) {
  const site = await serve(folder);
  const { page, complaints, close } = await newPage();
  try {
    await page.goto(site.url);
    await look(page).catch((error) => {
      throw new Error(`${error.message}\n${complaints.join('\n')}\nasked for: ${site.asked.join(' ')}`);
    });
    assert.deepEqual(complaints, []);
    const gpu = site.asked.filter((path) => path.includes('webgpu') && path.endsWith('.wasm'));
    assert.deepEqual(gpu, [], 'the WebGPU module is fetched only where there is a GPU');
  } finally {
    await close();
    await site.close();
  }
}

/** The model says what comes next, and so does the element. */
async function trained(page) {
  const output = page.locator('output:not(:empty)');
  await output.waitFor({ timeout: 60_000 });
  assert.equal(await output.innerText(), 'gru on cpu: item3');
  await page.locator('homebody-recommendations[state=ready]').waitFor();
  assert.equal(await page.getByRole('listitem').first().getByRole('link').getAttribute('href'), `${page.url()}#item3`);
}

/** The hooks and the component, under StrictMode, which runs every effect twice: a view is one event. */
async function rendered(page) {
  await page.getByText('ready: 3 after 1').waitFor({ timeout: 60_000 });
  const links = page.getByRole('region', { name: 'Next' }).getByRole('link');
  await links.nth(3).waitFor();
  await links.first().click();
  await page.getByText('ready: 3 after 2').waitFor();
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

test('nor does its development server, which bundles packages by itself', async () => {
  const root = await project('vite-dev', './main.js');
  const server = await createServer({ root, logLevel: 'warn', cacheDir: `${root}cache`, server: { port: 0, host: '127.0.0.1', fs: { strict: false } } });
  await server.listen();
  const { page, complaints, close } = await newPage();
  try {
    await page.goto(`http://127.0.0.1:${server.httpServer.address().port}/`);
    await trained(page).catch((error) => {
      throw new Error(`${error.message}\n${complaints.join('\n')}`);
    });
    assert.deepEqual(complaints, []);
  } finally {
    await close();
    await server.close();
  }
});

test('webpack needs nothing', async () => {
  const folder = await project('webpack', './main.js');
  await tool(folder, 'webpack', '--mode', 'production', '--entry', './main.js');
  await cp(`${folder}index.html`, `${folder}dist/index.html`);
  await drive(`${folder}dist`);
});

test('React in Vite', async () => {
  const folder = await project('vite-react', './react.js');
  await tool(folder, 'vite', 'build', '--logLevel', 'warn');
  await drive(`${folder}dist`, rendered);
});

test('React in webpack', async () => {
  const folder = await project('webpack-react', './main.js');
  await tool(folder, 'webpack', '--mode', 'production', '--entry', './react.js');
  await cp(`${folder}index.html`, `${folder}dist/index.html`);
  await drive(`${folder}dist`, rendered);
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
