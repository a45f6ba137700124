import {globSync, readFileSync} from 'node:fs';
import path from 'node:path';

/**
 * Unit tests that replace modules or globals before they load what uses these, as paths below `root`: without a process of their
 * own, what they load may be loaded already, or stay replaced for the next file.
 */
export function replacingTests(root: string): readonly string[] {
  const files = globSync('test/**/*.test.ts', {cwd: root, exclude: ['test/**/*.process.test.ts', 'test/e2e/**']});
  return files.filter((file) => /\bvi\.(?:mock|doMock|stubGlobal)\(/.test(readFileSync(path.join(root, file), 'utf8')));
}
