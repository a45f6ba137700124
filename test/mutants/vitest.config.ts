import {defineConfig} from 'vitest/config';
import {z} from 'zod';

const tests = z.array(z.string()).parse(JSON.parse(process.env['GANTRY_MUTANTS_TESTS'] ?? '[]'));

/** The tests that one measured folder is given. Recordings are left out: they lie beside the repository, not in it. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    env: {TZ: 'UTC', GANTRY_RECORDINGS: '/nonexistent'},
    testTimeout: 120_000,
    hookTimeout: 120_000,
    include: tests,
    // A driver that hangs is waited for, once for every change.
    exclude: ['test/**/recordings.test.ts', 'test/**/stuck-driver.process.test.ts'],
    // A test of processes that fails on a busy machine would call every change noticed.
    retry: 1,
  },
});
