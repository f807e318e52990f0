// A real history: the installed Chromium itself browses pages of a server on this machine, under names that the web would have.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const page = (title, body = '') => `<!doctype html><meta charset="utf-8"><title>${title}</title>${body}`;

// By host and path; anything else is a page of its own.
const SPECIAL = {
  'go.example.com/old': { status: 302, headers: { location: 'http://news.example.com/redirected' } },
  'frames.example.com/': { body: page('Frames', '<iframe src="http://ads.example.net/frame"></iframe>') },
};

function answer(request, response) {
  const address = `${request.headers.host}${new URL(request.url, 'http://x').pathname}`;
  const { status = 200, headers = {}, body = page(`Title of ${address}`) } = SPECIAL[address] ?? {};
  response.writeHead(status, { 'content-type': 'text/html', ...headers }).end(body);
}

/** Visits each address in turn, `reload` again; calls `during(files)` while Chromium still runs, then returns the files it left. */
export async function browse(steps, during = () => {}) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const folder = await mkdtemp(join(tmpdir(), 'homebody-profile-'));
  try {
    const context = await chromium.launchPersistentContext(folder, {
      executablePath: process.env.HOMEBODY_CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--no-first-run',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        // Names of the real web, answered here; plain HTTP is not turned into HTTPS.
        `--host-resolver-rules=MAP * 127.0.0.1:${server.address().port}`,
        '--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable',
      ],
    });
    const tab = context.pages()[0] ?? (await context.newPage());
    for (const step of steps) {
      if (step === 'reload') await tab.reload();
      else await tab.goto(step);
    }
    // Chromium writes its history in batches.
    await tab.waitForTimeout(11_000);
    await during(await historyFiles(join(folder, 'Default')));
    await context.close();
    return await historyFiles(join(folder, 'Default'));
  } finally {
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function historyFiles(folder) {
  const names = (await readdir(folder)).filter((name) => /^History(-wal|-journal)?$/.test(name));
  return Promise.all(
    names.map(async (name) => ({ name, mimeType: 'application/octet-stream', buffer: await readFile(join(folder, name)) })),
  );
}
