// A page in the real Chromium, with what every test asserts of it: no request leaves the origin, the console stays empty.
import { after } from 'node:test';
import { chromium } from 'playwright-core';

// A test that fails closes nothing, and the runner would wait for its browser.
const browsers = [];
after(() => Promise.all(browsers.map((browser) => browser.close())));

export const FLAGS = [
  '--no-sandbox',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
];

export const SWIFTSHADER = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-unsafe-swiftshader'];

/** Opens the page; `close` checks the promises and ends the browser. */
export async function open({ query = '', flags = ['--disable-gpu'], prepare, ...options } = {}) {
  const browser = await chromium.launch({
    executablePath: process.env.HOMEBODY_CHROMIUM ?? '/usr/bin/chromium',
    args: [...FLAGS, ...flags],
  });
  browsers.push(browser);
  const context = await browser.newContext(options);
  await prepare?.(context);
  const page = await context.newPage();
  const origin = new URL(process.env.HOMEBODY_URL).origin;
  const requests = [];
  const complaints = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  await page.goto(new URL(query, process.env.HOMEBODY_URL).href);
  const at = (id) => page.getByTestId(id);
  return {
    browser,
    page,
    at,
    requests,
    complaints,
    foreign: () => requests.filter((url) => new URL(url).origin !== origin && !url.startsWith('data:')),
    close: () => browser.close(),
  };
}

/** Trains to the end with the options of the page's closed `details`. */
export async function train(view, { model = 'gru-attention', epochs, timeout = 240_000 } = {}) {
  await view.page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
  await view.at('model').selectOption(model);
  if (epochs) await view.at('epochs').fill(String(epochs));
  await view.at('train').click();
  await view.at('progress').waitFor({ timeout: 60_000 });
  await view.at('train').waitFor({ timeout });
}
