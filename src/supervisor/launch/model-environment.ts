import type {ModelEnvironment} from '../../sources/model-files/find-model-directory.ts';

/**
 * Where the model of a launch is searched for. Engines start in the directory of their run, so relative paths count
 * from the root; the command line and the configuration make their paths absolute.
 */
export function modelEnvironment({
  variables,
  homeDirectory,
}: Pick<ModelEnvironment, 'variables' | 'homeDirectory'>): ModelEnvironment {
  return {variables, homeDirectory, workingDirectory: '/'};
}
