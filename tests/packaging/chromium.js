// One Chromium for all tests of a file, without a GPU: the CPU path, as for most visitors' first page.
import { after } from 'node:test';
import { chromium } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--disable-gpu',
];

let launched;
after(async () => (await launched)?.close());

/** A page in a profile of its own; `complaints` holds what the console and the policy complain of. */
export async function newPage(options) {
  launched ??= chromium.launch({ executablePath: process.env.HOMEBODY_CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
  const context = await (await launched).newContext(options);
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  return { page, complaints, close: () => context.close() };
}
