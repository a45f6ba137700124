import type {ModelEnvironment} from '../../sources/model-files/find-model-directory.ts';

/**
 * Where the model of a launch is looked for, by whoever asks: an engine is started in a directory of its run, so that a
 * path means the same everywhere only from the root. Commands make the paths that people type absolute.
 */
export function modelEnvironment({
  variables,
  homeDirectory,
}: Pick<ModelEnvironment, 'variables' | 'homeDirectory'>): ModelEnvironment {
  return {variables, homeDirectory, workingDirectory: '/'};
}
