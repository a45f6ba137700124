import {readFileSync} from 'node:fs';
import path from 'node:path';
import {readSource, repositoryRoot, sourceFiles} from '../architecture/source-tree.ts';

/** Files and the tests that should notice changes in them. Paths are relative to the repository. */
export type MeasuredGroup = {
  readonly files: readonly string[];
  readonly tests: readonly string[];
};

/** A folder of src/ that is measured. */
export type MeasuredFolder = {
  readonly name: string;
  readonly groups: readonly MeasuredGroup[];
};

/** The unit tests below a folder of test/. */
function unitTests(...folders: readonly string[]): readonly string[] {
  return folders.map((folder) => `test/${folder}/**/!(*.process).test.ts`);
}

/** What is measured of a folder's files, by which tests. */
type FolderRule = {
  readonly pure: readonly string[];
  /** For files that read, wait or start processes; null where these are not measured. */
  readonly impure: readonly string[] | null;
};

function sameTests(tests: readonly string[]): FolderRule {
  return {pure: tests, impure: tests};
}

/**
 * A folder's own tests should notice a change, or those of the folder that uses it directly: a failure in more distant
 * tests does not show the reason. Process tests are slow, so only changes in code that needs them run them; those of
 * `supervisor` are too slow even for that.
 */
const rules: Readonly<Record<string, FolderRule>> = {
  domain: sameTests(unitTests('domain', 'engines', 'cli/planning')),
  engines: sameTests(unitTests('engines', 'cli/planning')),
  sources: {pure: unitTests('sources'), impure: ['test/sources/**/*.test.ts']},
  supervisor: {pure: unitTests('supervisor'), impure: null},
};

function isPure(file: string): boolean {
  const source = readSource(file);
  return !/ from '(node:|execa)|\bawait\b|\bset(?:Timeout|Interval)\b/.test(source);
}

export const measuredFolderNames: readonly string[] = Object.keys(rules);

export function measuredFolder(name: string): MeasuredFolder {
  const rule = rules[name];
  if (rule === undefined) throw new Error(`No rule for ${name}.`);
  const files = sourceFiles().filter((file) => file.startsWith(`${name}/`));
  const group = (wanted: readonly string[], tests: readonly string[]): MeasuredGroup => ({
    files: wanted.map((file) => `src/${file}`),
    tests,
  });
  if (rule.impure === rule.pure) return {name, groups: [group(files, rule.pure)]};
  const pure = group(files.filter(isPure), rule.pure);
  if (rule.impure === null) return {name, groups: [pure]};
  return {
    name,
    groups: [
      pure,
      group(
        files.filter((file) => !isPure(file)),
        rule.impure,
      ),
    ],
  };
}

const linesByFile = new Map<string, readonly string[]>();

/** The lines of a file of the repository, read once: somebody may edit it during the hours of a run. */
export function sourceLines(file: string): readonly string[] {
  const known = linesByFile.get(file);
  if (known !== undefined) return known;
  const lines = readFileSync(path.join(repositoryRoot, file), 'utf8').split('\n');
  linesByFile.set(file, lines);
  return lines;
}
