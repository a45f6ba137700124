import {cp, mkdtemp, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {execa} from 'execa';
import {repositoryRoot} from '../architecture/source-tree.ts';
import {sourceLines} from './measured-folders.ts';
import {type Mutant, mutatedText} from './mutant.ts';

/** A mutated copy lies beside the file that it was made of, so that its imports lead where they did. */
function copyName(file: string, index: number): string {
  return file.replace(/\.ts$/, `.mutant-${index}.ts`);
}

/** A variable that a change leaves unused is no error: whoever makes that change takes the variable away as well. */
const leniently = ['--noUnusedLocals', 'false', '--noUnusedParameters', 'false', '--allowUnreachableCode', 'true'];

/**
 * Those that the compiler accepts. What it refuses needs no test: `npm run check` notices it. All of them are compiled
 * at once, each as a file of its own in a copy of the source; what breaks only in another file is not seen.
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
