// A Next.js project: installed, built, rendered on its server, and driven in Chromium. It downloads a framework, so it runs with `--full` only.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { newPage } from './chromium.js';
import { tool } from './scratch.js';
import { catalogue } from './app/ring.js';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const NEXT = ['next@16.4.6', 'react@19.3.1', 'react-dom@19.3.1'];
const skip = !process.env.HOMEBODY_FULL && 'only with --full';

async function project() {
  const folder = here('./output/next/');
  await rm(folder, { recursive: true, force: true });
  await cp(here('./next/'), folder, { recursive: true });
  await cp(here('./app/ring.js'), `${folder}ring.js`);
  await mkdir(`${folder}public`);
  await writeFile(`${folder}public/catalogue.json`, JSON.stringify(catalogue));
  await writeFile(`${folder}package.json`, JSON.stringify({ private: true, type: 'module' }));
  await tool(folder, join(dirname(process.execPath), 'npm'), 'install', '--no-audit', '--no-fund', '--loglevel=error', ...NEXT, process.env.HOMEBODY_TARBALL);
  return folder;
}

/** Serves what was built, on a free port. */
async function served(folder) {
  const server = spawn(process.execPath, [`${folder}node_modules/next/dist/bin/next`, 'start', '--port', '0', '--hostname', '127.0.0.1'], { cwd: folder });
  let said = '';
  const url = await new Promise((resolve, reject) => {
    const hear = (data) => {
      said += data;
      const found = said.match(/http:\/\/127\.0\.0\.1:[1-9]\d*/);
      if (found) resolve(`${found[0]}/`);
    };
    server.stdout.on('data', hear);
    server.stderr.on('data', hear);
    server.on('exit', () => reject(new Error(`next start ended:\n${said}`)));
  });
  return { url, close: () => new Promise((resolve) => server.once('exit', resolve) && server.kill()) };
}

async function drive(folder, context) {
  const site = await served(folder);
  const { page, complaints, close } = await newPage();
  try {
    const html = await (await fetch(`${site.url}item/item0`)).text();
    assert.match(html, /<homebody-recommendations[^>]*similar-to="item0"/, 'the element is in what the server renders');
    const asked = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(`${site.url}item/item0`);
    await page.getByText('1 views').waitFor({ timeout: 60_000 });
    const like = page.getByRole('region', { name: 'Like this' });
    await like.getByRole('link').nth(2).waitFor();
    const next = page.getByRole('region', { name: 'Next' });
    await next.getByRole('link').nth(3).waitFor();
    await next.getByRole('link').first().click();
    await page.waitForURL(/item\/item[1-8]$/);
    await page.getByText('2 views').waitFor();
    context.diagnostic(`workers and wasm: ${asked.filter((url) => /wasm|home|worker/.test(url)).map((url) => new URL(url).pathname).join(' ')}`);
    assert.equal(asked.filter((url) => url.endsWith('.wasm')).length, 1, 'the hook and the element share one recommender, which ranks on the CPU');
    assert.deepEqual(complaints, []);
  } catch (error) {
    throw new Error(`${error.message}\n${complaints.join('\n')}`, { cause: error });
  } finally {
    await close();
    await site.close();
  }
}

test('Next.js needs nothing: with Turbopack, and with webpack', { skip }, async (context) => {
  const folder = await project();
  for (const bundler of ['--turbopack', '--webpack']) {
    await rm(`${folder}.next`, { recursive: true, force: true });
    await tool(folder, process.execPath, `${folder}node_modules/next/dist/bin/next`, 'build', bundler);
    await context.test(bundler, (context) => drive(folder, context));
  }
});
