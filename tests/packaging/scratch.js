// Scratch projects beside the installed tarball: what a site has, and nothing else.
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const bin = here('./node_modules/.bin/');
const started = promisify(execFile);

/** The package as npm installed it from the tarball. */
export const installed = here('./output/node_modules/homebody/');

/** A project with the app's sources, a page that loads `main`, and the `files` given by name; gives its folder. */
export async function project(name, main, files = {}) {
  const folder = here(`./output/${name}/`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(here('./app/'), folder, { recursive: true });
  const page = await readFile(here('./app/index.html'), 'utf8');
  await writeFile(`${folder}index.html`, page.replace('MAIN', main));
  for (const [file, text] of Object.entries(files)) await writeFile(`${folder}${file}`, text);
  return folder;
}

/** Runs a tool of this folder's packages in a project; its output. A tool that fails tells what it printed. */
export async function tool(folder, name, ...words) {
  try {
    const { stdout, stderr } = await started(name.includes('/') ? name : `${bin}${name}`, words, { cwd: folder, env: { ...process.env, CI: '1', NO_COLOR: '1' } });
    return stdout + stderr;
  } catch (error) {
    throw new Error(`${name} ${words.join(' ')} failed:\n${error.stdout}${error.stderr}`);
  }
}
