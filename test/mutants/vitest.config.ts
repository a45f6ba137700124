import {defineConfig} from 'vitest/config';
import {z} from 'zod';

const tests = z.array(z.string()).parse(JSON.parse(process.env['GANTRY_MUTANTS_TESTS'] ?? '[]'));

/** The tests of one measured folder. Recordings are skipped: they are outside the repository. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    env: {TZ: 'UTC', GANTRY_RECORDINGS: '/nonexistent'},
    testTimeout: 120_000,
    hookTimeout: 120_000,
    include: tests,
    // A hanging driver is waited for, once per change.
    exclude: ['test/**/recordings.test.ts', 'test/**/stuck-driver.process.test.ts'],
    // A process test that fails on a busy machine would make every change look noticed.
    retry: 1,
  },
});
