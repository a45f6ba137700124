import path from 'node:path';
import {repositoryRoot} from '../architecture/source-tree.ts';
import {sourceLines} from './measured-folders.ts';
import {createMutant} from './mutant.ts';
import {mutantLine, SURVIVOR_PREFIX} from './result-text.ts';

type Place = {readonly line: number; readonly column: number};

/** What Stryker tells a reporter of a tested mutant. Lines and columns count from one here. */
type TestedMutant = {
  readonly fileName: string;
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status: string;
  readonly location: {readonly start: Place; readonly end: Place};
};

/** Prints each survivor when it is found, so that a run that is interrupted has shown what it knew. */
class SurvivorReporter {
  onMutantTested({fileName, mutatorName, replacement = '', status, location}: TestedMutant): void {
    if (status !== 'Survived' && status !== 'NoCoverage') return;
    const file = path.relative(repositoryRoot, fileName).replaceAll(path.sep, '/');
    const mutant = createMutant(file, sourceLines(file), {range: location, mutator: mutatorName, replacement});
    console.log(`${SURVIVOR_PREFIX}${mutantLine(mutant, '')}`);
  }
}

/** How Stryker finds plugins of a module. */
export const strykerPlugins = [
  {kind: 'Reporter', name: 'survivors', factory: (): SurvivorReporter => new SurvivorReporter()},
] as const;
