import {mkdtempSync, realpathSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {onTestFinished} from 'vitest';

/** An empty directory of this test's own, gone when the test has ended, however it ended. */
export function temporaryDirectory(name = 'test'): string {
  const made = makeTemporaryDirectory(name);
  onTestFinished(made.remove);
  return made.directory;
}

/** The same for what outlives one test; the caller removes it. */
export function makeTemporaryDirectory(name = 'test'): {readonly directory: string; readonly remove: () => void} {
  // What /proc says of a process in it is the real path.
  const directory = mkdtempSync(path.join(realpathSync(tmpdir()), `gantry-${name}-`));
  return {
    directory,
    // A process that is just being killed may still write.
    remove: () => rmSync(directory, {recursive: true, force: true, maxRetries: 20, retryDelay: 100}),
  };
}
