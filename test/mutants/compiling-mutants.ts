import {cp, mkdtemp, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {execa} from 'execa';
import {repositoryRoot} from '../architecture/source-tree.ts';
import {sourceLines} from './measured-folders.ts';
import {type Mutant, mutatedText} from './mutant.ts';

/** A mutated copy is next to its original file, so that its imports stay valid. */
function copyName(file: string, index: number): string {
  return file.replace(/\.ts$/, `.mutant-${index}.ts`);
}

/** A variable that a change leaves unused is not an error: the author of that change would remove the variable too. */
const leniently = ['--noUnusedLocals', 'false', '--noUnusedParameters', 'false', '--allowUnreachableCode', 'true'];

/**
 * The mutants that the compiler accepts. What it refuses needs no test: `npm run check` finds it. All are compiled
 * together, each as a separate file in a copy of the source; errors that only appear in another file are not found.
 */
export async function compilingMutants(mutants: readonly Mutant[]): Promise<readonly Mutant[]> {
  const directory = await mkdtemp(path.join(tmpdir(), 'gantry-mutants-'));
  try {
    await cp(path.join(repositoryRoot, 'src'), path.join(directory, 'src'), {recursive: true});
    await cp(path.join(repositoryRoot, 'tsconfig.json'), path.join(directory, 'tsconfig.json'));
    await cp(path.join(repositoryRoot, 'package.json'), path.join(directory, 'package.json'));
    await symlink(path.join(repositoryRoot, 'node_modules'), path.join(directory, 'node_modules'));
    await Promise.all(
      mutants.map((mutant, index) =>
        writeFile(path.join(directory, copyName(mutant.file, index)), mutatedText(sourceLines(mutant.file), mutant)),
      ),
    );
    const {stdout} = await execa('tsc', ['--noEmit', '--pretty', 'false', ...leniently, '-p', directory], {
      cwd: directory,
      localDir: repositoryRoot,
      preferLocal: true,
      reject: false,
    });
    const refused = new Set(stdout.split('\n').map((line) => line.slice(0, line.indexOf('('))));
    return mutants.filter(({file}, index) => !refused.has(copyName(file, index)));
  } finally {
    await rm(directory, {recursive: true, force: true});
  }
}
