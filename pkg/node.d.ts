/** The package in Node: training on the CPU, in memory only. */
export * from './index.js';
