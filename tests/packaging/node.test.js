// The package in Node: importing it never fails (servers render), and homebody/node trains on the CPU.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { project, tool } from './scratch.js';

const run = async (script) => {
  const folder = await project('node', '', { 'script.js': script });
  return JSON.parse(await tool(folder, process.execPath, 'script.js'));
};

test('every entry point can be imported where a server renders; opening says what to do instead', async () => {
  const answer = await run(`
    const before = Object.getOwnPropertyNames(globalThis).length;
    const { Recommender } = await import('homebody');
    await import('homebody/element');
    await import('homebody/react');
    const error = await Recommender.open().catch((error) => error);
    const added = Object.getOwnPropertyNames(globalThis).length - before;
    console.log(JSON.stringify({ code: error.code, message: error.message, added }));
  `);
  assert.equal(answer.code, 'unsupported');
  assert.match(answer.message, /homebody\/node/);
  assert.equal(answer.added, 0, 'no global is left behind');
});

test('homebody/node trains on the CPU and the process ends', async () => {
  const answer = await run(`
    import { Recommender } from 'homebody/node';
    import { walk } from './ring.js';
    const { recommender, by, first, device } = await walk(Recommender, { device: 'auto' });
    recommender.close();
    console.log(JSON.stringify({ by, first, device }));
  `);
  assert.deepEqual(answer, { by: 'gru', first: 'item3', device: 'cpu' });
});

test('each wasm module is an entry point', async () => {
  const answer = await run(`
    const cpu = import.meta.resolve('homebody/wasm/homebody_cpu_bg.wasm');
    const webgpu = import.meta.resolve('homebody/wasm/homebody_webgpu_bg.wasm');
    const { readFile } = await import('node:fs/promises');
    const starts = await Promise.all([cpu, webgpu].map(async (url) => (await readFile(new URL(url))).subarray(1, 4).toString()));
    console.log(JSON.stringify(starts));
  `);
  assert.deepEqual(answer, ['asm', 'asm']);
});
