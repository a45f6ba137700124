import {readFileSync} from 'node:fs';
import path from 'node:path';
import {z} from 'zod';
import {repositoryRoot} from '../architecture/source-tree.ts';
import {sourceLines} from './measured-folders.ts';
import {createMutant, mutantKey} from './mutant.ts';

/** What Stryker passes to a checker. Lines and columns count from zero here, in its report from one. */
type AskedMutant = {
  readonly id: string;
  readonly fileName: string;
  readonly mutatorName: string;
  readonly replacement: string;
  readonly location: {readonly start: Place; readonly end: Place};
};

type Place = {readonly line: number; readonly column: number};
type Answer = {readonly status: 'passed'} | {readonly status: 'compileError'; readonly reason: string};

function fromOne({line, column}: Place): Place {
  return {line: line + 1, column: column + 1};
}

function keyOf({fileName, mutatorName, replacement, location}: AskedMutant): string {
  const file = path.relative(repositoryRoot, fileName).replaceAll(path.sep, '/');
  const range = {start: fromOne(location.start), end: fromOne(location.end)};
  return mutantKey(createMutant(file, sourceLines(file), {range, mutator: mutatorName, replacement}));
}

/** Lets Stryker run only the chosen mutants: it has no other way to run samples. */
class ChosenChecker {
  readonly #chosen: ReadonlySet<string>;

  constructor() {
    const file = process.env['GANTRY_MUTANTS_CHOSEN'];
    if (file === undefined) throw new Error('GANTRY_MUTANTS_CHOSEN is not set: start this with npm run mutants.');
    this.#chosen = new Set(z.array(z.string()).parse(JSON.parse(readFileSync(file, 'utf8'))));
  }

  init(): Promise<void> {
    return Promise.resolve();
  }

  group(mutants: readonly AskedMutant[]): Promise<readonly (readonly string[])[]> {
    return Promise.resolve([mutants.map(({id}) => id)]);
  }

  check(mutants: readonly AskedMutant[]): Promise<Readonly<Record<string, Answer>>> {
    const answers = mutants.map((mutant): [string, Answer] => [
      mutant.id,
      this.#chosen.has(keyOf(mutant)) ? {status: 'passed'} : {status: 'compileError', reason: 'not chosen'},
    ]);
    return Promise.resolve(Object.fromEntries(answers));
  }
}

/** How Stryker finds plugins of a module. */
export const strykerPlugins = [
  {kind: 'Checker', name: 'chosen', factory: (): ChosenChecker => new ChosenChecker()},
] as const;
