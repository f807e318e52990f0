// A static server as plain as they come, under a strict Content-Security-Policy; it notes what was asked for.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** The policy that pkg/README.md says a site needs. */
export const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:";

/** Serves a folder until `close`; paths that name no file get index.html where `spa` says so. */
export async function serve(folder, { policy = POLICY, spa = false } = {}) {
  const asked = [];
  const read = (path) => readFile(join(folder, path)).then((body) => ({ body, type: TYPES[extname(path)] }));
  const server = createServer(async ({ url }, response) => {
    const path = normalize(decodeURIComponent(new URL(url, 'http://x').pathname));
    asked.push(path);
    const file = path.endsWith('/') ? `${path}index.html` : path;
    const found = await read(file).catch(() => (spa && !extname(path) ? read('index.html').catch(() => null) : null));
    if (!found) return response.writeHead(404).end();
    response.writeHead(200, {
      'content-type': found.type ?? 'application/octet-stream',
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
    });
    response.end(found.body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    asked,
    close: () => new Promise((resolve) => server.close(resolve) && server.closeAllConnections()),
  };
}
