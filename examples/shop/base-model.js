// Trains the shop's base model: `node examples/shop/base-model.js`. It writes the log of made-up visitors and has the command line learn it, as a site
// does with its own log. The shop runs without it, too.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { csv, visits } from './visitors.js';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const CARGO = ['cargo', 'run', '--release', '--bin', 'homebody', '--'];

/** Writes `log.csv` and `base.safetensors` into a folder; what the command line said. `command` are the words that start it. */
export async function trainBaseModel(folder, { command = CARGO, seed = 1, visitors = 1500 } = {}) {
  const catalogue = JSON.parse(await readFile(here('./catalogue.json'), 'utf8'));
  await writeFile(`${folder}/log.csv`, csv(visits(catalogue, { to: visitors })));
  const words = ['train', '--data', `${folder}/log.csv`, '--model', 'gru', '--dim', '32', '--seed', String(seed)];
  words.push('--min-visitors-per-item', '5', '--membership', '--out', `${folder}/base.safetensors`);
  const [program, ...first] = command;
  const { stdout } = await promisify(execFile)(program, [...first, ...words], { cwd: here('../..') });
  return stdout;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await trainBaseModel(here('.')));
