import {readdir} from 'node:fs/promises';
import path from 'node:path';
import type {SearchPlaces} from './found-engine.ts';

/** A directory with `bin/` and perhaps `lib/pythonX.Y/site-packages`. */
export type PythonEnvironment = {
  /** Absolute. */
  readonly directory: string;
  /** How it was found: `VIRTUAL_ENV`, or the location as text. */
  readonly foundBy: string;
};

const condaNames = ['miniconda3', 'miniforge3', 'mambaforge', 'anaconda3', 'micromamba'];
/** Limit: a home directory may have very many environments. */
const MOST_ENVIRONMENTS = 100;

/**
 * Possible Python environments: the active ones first, then the usual locations. `names` are likely names of an
 * environment for the engine (`vllm`). Missing locations are included. The working directory is not: a supervisor
 * outlives the shell that started it.
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
    // Created by `uv tool install` and `pipx install`.
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

/** The environments of a conda installation: those named like the engine first, conda's base last. */
async function condaEnvironments(conda: string, names: readonly string[]): Promise<readonly string[]> {
  const found = (await namesIn(path.join(conda, 'envs'))).slice(0, MOST_ENVIRONMENTS);
  const [named, others] = [found.filter((name) => names.includes(name)), found.filter((name) => !names.includes(name))];
  return [...named, ...others].map((name) => path.join(conda, 'envs', name)).concat(conda);
}

/** The names in a directory, sorted; empty if it cannot be read. */
export async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).toSorted();
  } catch {
    // Missing or not readable: nothing is found in it.
    return [];
  }
}
