import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {execa} from 'execa';
import {z} from 'zod';
import {repositoryRoot} from '../architecture/source-tree.ts';
import {type MeasuredFolder, sourceLines} from './measured-folders.ts';
import {createMutant, type Mutant, mutantKey} from './mutant.ts';

/** `noticed`: a test failed or never ended. `not reached`: no test runs the changed place. */
export type Outcome = 'noticed' | 'survived' | 'not reached' | 'not run';

export type MeasuredMutant = {readonly mutant: Mutant; readonly outcome: Outcome};

const place = z.object({line: z.number(), column: z.number()});
const reportSchema = z.object({
  files: z.record(
    z.string(),
    z.object({
      mutants: z.array(
        z.object({
          mutatorName: z.string(),
          replacement: z.string(),
          location: z.object({start: place, end: place}),
          status: z.string(),
        }),
      ),
    }),
  ),
});

type ReportedMutant = z.infer<typeof reportSchema>['files'][string]['mutants'][number];

const outcomes: Readonly<Record<string, Outcome>> = {
  Killed: 'noticed',
  Timeout: 'noticed',
  RuntimeError: 'noticed',
  Survived: 'survived',
  NoCoverage: 'not reached',
  CompileError: 'not run',
};

function toMeasured(file: string, lines: readonly string[], reported: ReportedMutant): MeasuredMutant {
  const {location, mutatorName, replacement, status} = reported;
  const outcome = outcomes[status];
  if (outcome === undefined) throw new Error(`Stryker reported the unknown status ${status} for ${file}.`);
  return {mutant: createMutant(file, lines, {range: location, mutator: mutatorName, replacement}), outcome};
}

type Run = {
  readonly files: readonly string[];
  readonly tests: readonly string[];
  /** Keys of the mutants that are run; all others are skipped. */
  readonly chosen: ReadonlySet<string>;
  readonly concurrency: number;
  readonly onOutput?: (line: string) => void;
};

/** Runs Stryker in a copy of the repository in the system's temporary directory. The working tree is only read. */
async function runStryker({files, tests, chosen, concurrency, onOutput}: Run): Promise<readonly MeasuredMutant[]> {
  const directory = await mkdtemp(path.join(tmpdir(), 'gantry-mutants-'));
  try {
    const at = (name: string): string => path.join(directory, name);
    await mkdir(at('copy'));
    await writeFile(at('chosen.json'), JSON.stringify([...chosen]));
    await writeFile(at('stryker.json'), JSON.stringify(strykerOptions({files, chosen, concurrency}, at)));
    const child = execa('stryker', ['run', at('stryker.json')], {
      cwd: repositoryRoot,
      preferLocal: true,
      reject: false,
      all: true,
      env: {GANTRY_MUTANTS_CHOSEN: at('chosen.json'), GANTRY_MUTANTS_TESTS: JSON.stringify(tests)},
    });
    for await (const line of child.iterable({from: 'all'})) onOutput?.(String(line));
    const {exitCode, all} = await child;
    if (exitCode !== 0) throw new Error(`Stryker exited with ${exitCode}:\n${all}`);
    const report = reportSchema.parse(JSON.parse(await readFile(at('report.json'), 'utf8')));
    return Object.entries(report.files).flatMap(([file, {mutants}]) => {
      const lines = sourceLines(file);
      return mutants.map((reported) => toMeasured(file, lines, reported));
    });
  } finally {
    await rm(directory, {recursive: true, force: true});
  }
}

type Job = Pick<Run, 'files' | 'chosen' | 'concurrency'>;

function strykerOptions({files, chosen, concurrency}: Job, at: (name: string) => string): object {
  const here = (name: string): string => path.join(repositoryRoot, 'test/mutants', name);
  return {
    allowConsoleColors: false,
    checkers: ['chosen'],
    cleanTempDir: 'always',
    concurrency,
    coverageAnalysis: 'perTest',
    disableTypeChecks: false,
    ignorePatterns: ['dist', 'coverage'],
    jsonReporter: {fileName: at('report.json')},
    mutate: files,
    plugins: [
      fileURLToPath(import.meta.resolve('@stryker-mutator/vitest-runner')),
      here('chosen-checker.ts'),
      here('survivor-reporter.ts'),
    ],
    reporters: ['json', 'progress-append-only', 'survivors'],
    tempDirName: at('copy'),
    testRunner: 'vitest',
    // A busy machine must not look like a change that never ends; endless loops are found by counting.
    timeoutMS: 150_000,
    dryRunTimeoutMinutes: 30,
    // TypeScript 7 has no programming interface that Stryker supports, and the copy needs no rewritten configuration.
    tsconfigFile: at('none.json'),
    // Process tests need their own process: a thread has no umask.
    vitest: {configFile: 'test/mutants/vitest.config.ts', pool: 'forks', related: chosen.size > 0},
    warnings: {slow: false},
  };
}

/** All possible mutants of a folder; none is run. */
export async function listMutants({groups}: MeasuredFolder): Promise<readonly Mutant[]> {
  const tests = ['test/shared/ring-buffer.test.ts'];
  const files = groups.flatMap((group) => group.files);
  const measured = await runStryker({files, tests, chosen: new Set(), concurrency: 1});
  return measured.map(({mutant}) => mutant);
}

/** The chosen mutants that the folder's tests notice. */
export async function measureMutants(
  {groups}: MeasuredFolder,
  chosen: readonly Mutant[],
  options: {readonly concurrency: number; readonly onOutput: (line: string) => void},
): Promise<readonly MeasuredMutant[]> {
  const measured: MeasuredMutant[] = [];
  for (const group of groups) {
    const mutants = chosen.filter(({file}) => group.files.includes(file));
    if (mutants.length === 0) continue;
    const keys = new Set(mutants.map(mutantKey));
    const files = [...new Set(mutants.map(({file}) => file))];
    const all = await runStryker({files, tests: group.tests, chosen: keys, ...options});
    measured.push(...all.filter(({mutant}) => keys.has(mutantKey(mutant))));
  }
  return measured;
}
