import path from 'node:path';
import type {Environment} from './read-environment.ts';

/** Default file in the configuration directory. */
const DEFAULT_FILE_NAME = 'gantry.yaml';

export type ConfigurationSources = {
  /** `--config`: a file that must exist. */
  readonly path?: string;
  readonly configDir: string;
  readonly env: Environment;
};

/** The file of a configuration: the named one, or the one in the configuration directory. Absolute. */
export function configurationPath({path: named, configDir}: Pick<ConfigurationSources, 'path' | 'configDir'>): string {
  return path.resolve(named ?? path.join(configDir, DEFAULT_FILE_NAME));
}
