import {readFileSync} from 'node:fs';
import path from 'node:path';
import {readSource, repositoryRoot, sourceFiles} from '../architecture/source-tree.ts';

/** A folder of src/ that is measured, and the tests that should notice changes in it. */
export type MeasuredFolder = {
  readonly name: string;
  /** Paths relative to the repository. */
  readonly files: readonly string[];
  readonly tests: readonly string[];
};

/** The unit tests below a folder of test/. */
function unitTests(...folders: readonly string[]): readonly string[] {
  return folders.map((folder) => `test/${folder}/**/!(*.process).test.ts`);
}

/**
 * A folder's own tests should notice a change, or those of the folder that uses it directly: a failure in more distant
 * tests does not show the reason. For code that uses processes and sockets, these include tests that start some.
 */
const testsOf: Readonly<Record<string, readonly string[]>> = {
  domain: unitTests('domain', 'engines', 'cli/planning'),
  engines: unitTests('engines', 'cli/planning'),
  sources: ['test/sources/**/*.test.ts'],
  supervisor: unitTests('supervisor'),
};

/**
 * What runs processes and waits is covered by the process and end-to-end tests, which are too slow to run for every
 * change.
 */
function isPure(file: string): boolean {
  const source = readSource(file);
  return !/ from '(node:|execa)|\bawait\b|\bset(?:Timeout|Interval)\b/.test(source);
}

export const measuredFolderNames: readonly string[] = Object.keys(testsOf);

/** Of `supervisor`, only the pure files. */
export function measuredFolder(name: string): MeasuredFolder {
  const files = sourceFiles()
    .filter((file) => file.startsWith(`${name}/`) && (name !== 'supervisor' || isPure(file)))
    .map((file) => `src/${file}`);
  return {name, files, tests: testsOf[name] ?? []};
}

/** The lines of a file of the repository. */
export function sourceLines(file: string): readonly string[] {
  return readFileSync(path.join(repositoryRoot, file), 'utf8').split('\n');
}
