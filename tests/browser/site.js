// A site's own page that embeds the package, in the real Chromium: blank, with the package at `window.homebody`.
import { after } from 'node:test';
import { chromium } from 'playwright-core';
import { FLAGS } from './page.js';

const browsers = [];
after(() => Promise.all(browsers.map((browser) => browser.close())));

const HTML = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>A site</title>';

/** A browser, with `open()` for each tab: all tabs share their storage. */
export async function browse({ flags = ['--disable-gpu'] } = {}) {
  const browser = await chromium.launch({
    executablePath: process.env.HOMEBODY_CHROMIUM ?? '/usr/bin/chromium',
    args: [...FLAGS, ...flags],
  });
  browsers.push(browser);
  const context = await browser.newContext();
  await context.route('**/site.html', (route) => route.fulfill({ contentType: 'text/html', body: HTML }));
  return { browser, context, open: () => tab(context), close: () => browser.close() };
}

async function tab(context) {
  const page = await context.newPage();
  const requests = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(new URL('site.html', process.env.HOMEBODY_URL).href);
  await page.evaluate(async (items) => {
    window.homebody = await import('/pkg/index.js');
    window.items = items;
    window.told = [];
    window.start = async (options = {}) => {
      const { catalogue = items, ...rest } = options;
      window.rec = await homebody.Recommender.open({ device: 'cpu', ...(catalogue && { catalogue }), ...rest });
      for (const name of ['storage', 'error', 'change']) rec.on(name, (event) => told.push([name, event.reason ?? event.code]));
      return rec.storage();
    };
    // What went wrong, as data.
    window.failing = (work) => work().then(() => null, (error) => ({
      class: error.constructor.name, code: error.code, message: error.message, remedy: error.remedy,
    }));
  }, ITEMS);
  const home = () => page.workers().find((worker) => worker.url().endsWith('/home.js'));
  return { page, requests, home, run: (work, given) => page.evaluate(work, given), close: (options) => page.close(options) };
}

const TOPICS = { tea: ['Green tea', 'Tea pot', 'Tea cup', 'Tea tin'], camp: ['Tent', 'Camping stove', 'Tent pegs', 'Camping mat'] };
export const ITEMS = Object.entries(TOPICS).flatMap(([topic, titles]) =>
  titles.map((title, at) => ({ id: `${topic}${at}`, title, topic, tags: [topic], url: `/${topic}/${at}` })),
);

/** Polls until `work` gives something true. */
export async function until(work, seconds = 20) {
  for (const end = Date.now() + 1000 * seconds; Date.now() < end; ) {
    const value = await work();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not within ${seconds} seconds: ${work}`);
}
