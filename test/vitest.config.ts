import {defineConfig} from 'vitest/config';
import {LongestFirst} from './order/longest-first.ts';

/** Where recorded output of real programs lies; tests over it say loudly when it is not there. */
const recordings = process.env['GANTRY_RECORDINGS'] ?? '../shared/captures';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    env: {GANTRY_RECORDINGS: recordings, TZ: 'UTC'},
    // Above every deadline within a test, whose message says more than this one's.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Most files wait for processes most of their time. No two have a home, a port or a process in common.
    maxWorkers: 6,
    sequence: {sequencer: LongestFirst},
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.process.test.ts', 'test/e2e/**'],
        },
      },
      {extends: true, test: {name: 'component', include: ['test/**/*.test.tsx']}},
      {
        extends: true,
        test: {
          name: 'process',
          include: ['test/**/*.process.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
