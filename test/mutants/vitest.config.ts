import {globSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {defineConfig} from 'vitest/config';
import {BaseSequencer, type TestSpecification} from 'vitest/node';
import {z} from 'zod';

const tests = z.array(z.string()).parse(JSON.parse(process.env['GANTRY_MUTANTS_TESTS'] ?? '[]'));

function isProcessTest(path: string): boolean {
  return path.endsWith('.process.test.ts');
}

/** Unit tests first: the first test that fails ends the run of a change, and process tests take a hundred times longer. */
class FastTestsFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({moduleId}: TestSpecification): number => Number(isProcessTest(moduleId));
    return Promise.resolve([...files].sort((a, b) => rank(a) - rank(b) || a.moduleId.localeCompare(b.moduleId)));
  }
}

/**
 * Unit tests that replace modules or globals before they load what uses these: without a process of their own, what they load may be
 * loaded already, or stay replaced for the next file.
 */
function replacingTests(): readonly string[] {
  const files = globSync('test/**/*.test.ts', {cwd: root, exclude: ['test/**/*.process.test.ts', 'test/e2e/**']});
  return files.filter((file) => /\bvi\.(?:mock|doMock|stubGlobal)\(/.test(readFileSync(path.join(root, file), 'utf8')));
}

const hasProcessTests = tests.some((pattern) => !pattern.includes('!(*.process)'));
const root = new URL('../..', import.meta.url).pathname;

/** A change that makes a test wait for ever costs this time twice. On a busy machine a process test needs half of it. */
const TIMEOUT_MS = hasProcessTests ? 60_000 : 20_000;

/** The tests of one measured group. Recordings are skipped: they are outside the repository. */
export default defineConfig({
  test: {
    root,
    env: {TZ: 'UTC', GANTRY_RECORDINGS: '/nonexistent'},
    testTimeout: TIMEOUT_MS,
    hookTimeout: TIMEOUT_MS,
    include: tests,
    exclude: [
      'test/**/recordings.test.ts',
      // What waits for a hanging driver or a late sampler does so for minutes, once per change.
      'test/**/{stuck-driver,starved-sampler}.process.test.ts',
      // It reads the text of the source, in which each change stands next to the original.
      'test/supervisor/findings/finding-table.test.ts',
      ...(hasProcessTests ? [] : replacingTests()),
    ],
    // A process test that fails on a busy machine would make every change look noticed.
    retry: 1,
    // Process tests replace parts of the process, which another file's tests would see.
    isolate: hasProcessTests,
    sequence: {sequencer: FastTestsFirst},
  },
});
