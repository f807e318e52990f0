// What a side costs a visitor besides time: what its page fetched, and the memory that Chromium's processes held at their peak.
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

/** Megabytes of these files as a server sends them, compressed by gzip. */
export function downloadedMB(files) {
  return [...files.values()].reduce((sum, body) => sum + gzipSync(body, { level: 9 }).length, 0) / 1e6;
}

/** Megabytes that the page's process and the GPU's held at most, together; undefined where the system does not tell. */
export async function peakMB(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const peaks = await Promise.all(processInfo.filter(({ type }) => ['renderer', 'GPU'].includes(type)).map(({ id }) => peak(id)));
  return peaks.includes(undefined) ? undefined : peaks.reduce((sum, kilobytes) => sum + kilobytes, 0) / 1e3;
}

async function peak(process) {
  const status = await readFile(`/proc/${process}/status`, 'utf8').catch(() => '');
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(status) ?? [];
  return kilobytes && Number(kilobytes);
}
