// Serves an example on this machine: `node examples/serve.js shop`. Nothing to install; `cargo xtask build` must have filled pkg/wasm.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { access, readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};
// All that the package needs: its own scripts, workers and files, and leave to compile WebAssembly.
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'";

/** Serves `shop` or `news` until `close`; with the base model that lies in its folder, or the one of that path, or none for null. */
export async function serve(name, port = 0, { baseModel = here(`./${name}/base.safetensors`) } = {}) {
  const { render } = await import(`./${name}/pages.js`);
  const base = baseModel && (await readFile(baseModel).catch(() => null));
  const sha256 = base && createHash('sha256').update(base).digest('hex');
  const server = createServer(async ({ url }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    const page = await render(pathname, searchParams, sha256);
    if (page) return send(response, 200, '.html', page);
    const file = fileOf(name, pathname);
    const body = pathname === '/base.safetensors' ? base : file && (await readFile(file).catch(() => null));
    if (body) send(response, 200, extname(file), body);
    else send(response, 404, '.html', 'Not found');
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close: () => new Promise((resolve) => server.close(resolve) && server.closeAllConnections()),
  };
}

/** The package under /homebody/, the example's own files under /. */
function fileOf(name, pathname) {
  let path;
  try {
    path = normalize(decodeURIComponent(pathname));
  } catch {
    return null;
  }
  return path.startsWith('/homebody/') ? join(here('../pkg/'), path.slice('/homebody/'.length)) : join(here(`./${name}/`), path);
}

function send(response, status, type, body) {
  response.writeHead(status, {
    'content-type': TYPES[type] ?? 'application/octet-stream',
    'content-security-policy': POLICY,
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name = 'shop', port = '8090'] = process.argv.slice(2);
  await access(here('../pkg/wasm/homebody_cpu_bg.wasm')).catch(() => {
    console.error('pkg/wasm holds no artifacts: run `cargo xtask build` first.');
    process.exit(1);
  });
  console.log(`The ${name}: ${(await serve(name, Number(port))).url}`);
}
