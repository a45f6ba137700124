import {defineConfig} from 'vitest/config';
import {TEST_LIMIT_MS} from './harness/time-limits.ts';
import {LongestFirst} from './order/longest-first.ts';

/** Where recorded output of real programs lies; tests over it say loudly when it is not there. */
const recordings = process.env['GANTRY_RECORDINGS'] ?? '../shared/captures';

const root = new URL('..', import.meta.url).pathname;
/** What they test is pure: nothing that a file leaves behind changes another one. */
const pure = ['api', 'domain', 'engines', 'layout', 'shared', 'views'].map((folder) => `test/${folder}/**/*.test.ts`);
const otherProjects = ['test/**/*.process.test.ts', 'test/e2e/**'];

export default defineConfig({
  test: {
    root,
    env: {GANTRY_RECORDINGS: recordings, TZ: 'UTC'},
    testTimeout: TEST_LIMIT_MS,
    hookTimeout: TEST_LIMIT_MS,
    // Most files wait for processes most of their time. No two have a home, a port or a process in common.
    maxWorkers: 6,
    sequence: {sequencer: LongestFirst},
    projects: [
      {extends: true, test: {name: 'unit', include: ['test/**/*.test.ts'], exclude: [...otherProjects, ...pure]}},
      // Hundreds of files load the same modules, which takes longer than most of their tests.
      {extends: true, test: {name: 'unit-pure', include: pure, isolate: false, unstubEnvs: true}},
      {extends: true, test: {name: 'component', include: ['test/**/*.test.tsx']}},
      {
        extends: true,
        test: {
          name: 'process',
          include: ['test/**/*.process.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
        },
      },
    ],
  },
});
