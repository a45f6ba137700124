import {defineConfig} from 'vitest/config';

/** Real engines, one at a time: each start takes up to minutes on a small machine. Never a part of `npm test`. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/real/*.real.ts'],
    env: {TZ: 'UTC'},
    testTimeout: 15 * 60_000,
    hookTimeout: 60 * 60_000,
    fileParallelism: false,
    maxWorkers: 1,
    sequence: {concurrent: false, shuffle: false},
    // A later part uses what an earlier one has started.
    bail: 0,
  },
});
