import {readdir} from 'node:fs/promises';
import path from 'node:path';
import type {SearchPlaces} from './found-engine.ts';

/** A directory with `bin/` and perhaps `lib/pythonX.Y/site-packages`. */
export type PythonEnvironment = {
  /** Absolute. */
  readonly directory: string;
  /** What led there: `VIRTUAL_ENV`, or the place in words. */
  readonly foundBy: string;
};

const condaNames = ['miniconda3', 'miniforge3', 'mambaforge', 'anaconda3', 'micromamba'];
/** A home may hold more environments than anybody means. */
const MOST_ENVIRONMENTS = 100;

/**
 * Where Python environments are: the active ones first, then where people and tools put them. `names` are what an
 * environment for the engine would be called (`vllm`). Places that do not exist are among them. The working directory is
 * not: a supervisor outlives the shell that it was started from.
 */
export async function listEnvironments(
  {variables, homeDirectory: home, sharedDirectory: shared = '/opt'}: SearchPlaces,
  names: readonly string[],
): Promise<readonly PythonEnvironment[]> {
  const active = ['VIRTUAL_ENV', 'CONDA_PREFIX'].flatMap((variable) => {
    const directory = variables[variable];
    return directory === undefined || !path.isAbsolute(directory) ? [] : [{directory, foundBy: variable}];
  });
  const inHome = names.flatMap((name) => [
    `${home}/${name}`,
    `${home}/${name}/.venv`,
    `${home}/${name}/venv`,
    `${home}/.venvs/${name}`,
    `${home}/.virtualenvs/${name}`,
    // What `uv tool install` and `pipx install` make.
    `${home}/.local/share/uv/tools/${name}`,
    `${home}/.local/share/pipx/venvs/${name}`,
  ]);
  const ofEverybody = names.flatMap((name) => [
    `${shared}/${name}`,
    `${shared}/${name}/.venv`,
    `${shared}/${name}/venv`,
  ]);
  const plain = [
    ...inHome,
    `${home}/.venv`,
    `${home}/venv`,
    `${home}/.local`,
    ...ofEverybody,
    `${shared}/venv`,
    `${shared}/.venv`,
  ];
  const condas = [...condaNames.map((name) => `${home}/${name}`), `${shared}/conda`, `${shared}/miniconda3`];
  const ofConda = await Promise.all(condas.map((conda) => condaEnvironments(conda, names)));
  const seen = new Set<string>();
  return [...active, ...[...plain, ...ofConda.flat()].map((directory) => ({directory, foundBy: directory}))]
    .map(({directory, foundBy}) => ({directory: path.resolve(directory), foundBy}))
    .filter(({directory}) => {
      const isNew = !seen.has(directory);
      seen.add(directory);
      return isNew;
    });
}

/** The environments of a conda, those called after the engine first, and conda's own last. */
async function condaEnvironments(conda: string, names: readonly string[]): Promise<readonly string[]> {
  const found = (await namesIn(path.join(conda, 'envs'))).slice(0, MOST_ENVIRONMENTS);
  const [named, others] = [found.filter((name) => names.includes(name)), found.filter((name) => !names.includes(name))];
  return [...named, ...others].map((name) => path.join(conda, 'envs', name)).concat(conda);
}

/** The names in a directory, sorted; none where it cannot be read. */
export async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).toSorted();
  } catch {
    // Not there or not ours to read: nothing is found in it.
    return [];
  }
}
