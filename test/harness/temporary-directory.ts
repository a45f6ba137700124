import {mkdtempSync, realpathSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {onTestFinished} from 'vitest';
import {endIfOrphaned} from './orphans.ts';

/** An empty directory for this test, removed when the test has ended, whatever its result. */
export function temporaryDirectory(name = 'test'): string {
  const made = makeTemporaryDirectory(name);
  onTestFinished(made.remove);
  return made.directory;
}

/** The same for several tests; the caller removes it. */
export function makeTemporaryDirectory(name = 'test'): {readonly directory: string; readonly remove: () => void} {
  // /proc has real paths.
  const directory = mkdtempSync(path.join(realpathSync(tmpdir()), `gantry-${name}-`));
  const release = endIfOrphaned(`directory ${directory}`);
  return {
    directory,
    remove() {
      // A process that is just being killed may still write.
      rmSync(directory, {recursive: true, force: true, maxRetries: 20, retryDelay: 100});
      release();
    },
  };
}
