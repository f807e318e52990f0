// The CPU path in Firefox, over WebDriver BiDi; skipped where there is no Firefox.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import puppeteer from 'puppeteer-core';
import { project, tool } from './scratch.js';
import { serve } from './site.js';

const PATHS = [process.env.HOMEBODY_FIREFOX, '/usr/bin/firefox-esr', '/usr/bin/firefox'];
const firefox = PATHS.find((path) => path && existsSync(path));
const skip = !firefox && 'no Firefox: set HOMEBODY_FIREFOX, or on Debian apt-get install firefox-esr';

test('Firefox trains on the CPU', { skip }, async () => {
  const folder = await project('firefox', './main.js');
  await tool(folder, 'vite', 'build', '--logLevel', 'warn');
  const site = await serve(`${folder}dist`);
  const browser = await puppeteer.launch({ browser: 'firefox', executablePath: firefox, headless: true });
  try {
    const page = await browser.newPage();
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(site.url);
    await page.waitForSelector('output:not(:empty)', { timeout: 60_000 });
    assert.equal(await page.$eval('output', (output) => output.textContent), 'gru on cpu: item3');
    assert.deepEqual(complaints, []);
  } finally {
    await browser.close();
    await site.close();
  }
});
