import path from 'node:path';
import type {ApiError} from '../api/commands.ts';
import {type ApiClient, createApiClient} from '../client/api-client.ts';
import type {Configuration} from '../config/configuration.ts';
import type {ConfigurationError} from '../config/configuration-error.ts';
import {configurationPath} from '../config/configuration-path.ts';
import {type LoadedConfiguration, loadConfiguration, loadDefaults} from '../config/load-configuration.ts';
import type {ThemeChoice} from '../shared/appearance/theme-choices.ts';
import {err, ok, type Result} from '../shared/result.ts';
import {homeDirectory} from '../supervisor/operating-user.ts';
import {
  createDirectories,
  type Directories,
  resolveDirectories,
  stateSocketPath,
} from '../supervisor/state-dir/directories.ts';
import type {Output} from './output.ts';
import type {Appearance} from './print-rows.ts';
import {createSilenceJudge} from './supervision/process/judge-silence.ts';
import {CLIENT_NAME, terminalName} from './terminal-name.ts';

/** Options that every command takes. */
export type GlobalOptions = {
  readonly config?: string;
  readonly json: boolean;
  readonly layout?: string;
  readonly ascii?: boolean;
  /** Instead of the configuration's `console.theme`. */
  readonly theme?: ThemeChoice;
  /** Of the console: instead of the configuration's `console.mouse`. */
  readonly mouse?: boolean;
  /** Of the console. */
  readonly readOnly?: boolean;
  readonly version: string;
};

/** A command's dependencies: configuration, directories and a client, created only here. */
export type Wiring = {
  readonly configuration: Configuration;
  /** The same, with the origin of every value. */
  readonly loaded: LoadedConfiguration;
  /** Why the file or the environment cannot be used, for a command that works without; then defaults are loaded. */
  readonly configurationError: ConfigurationError | null;
  /** The file that it was read from, absolute; it need not exist. */
  readonly configurationFile: string;
  readonly directories: Directories;
  /** What is wrong with the directories that are used. */
  readonly directoryDoubts: readonly ApiError[];
  readonly client: ApiClient;
  readonly output: Output;
  /** How what is printed looks. */
  readonly appearance: Appearance;
  readonly environment: NodeJS.ProcessEnv;
  readonly version: string;
  /** `--config` as an absolute path, for the supervisor's own command line. */
  readonly configPath: string | null;
};

/** Streams for a command's output. */
export function outputOf(global: GlobalOptions): Output {
  return {isJson: global.json, stdout: process.stdout, stderr: process.stderr};
}

/** The look that the command line asks for, else the configuration. */
export function appearanceOf(global: GlobalOptions, configuration: Configuration | null = null): Appearance {
  return {isAscii: global.ascii === true, theme: global.theme ?? configuration?.console.theme ?? 'auto'};
}

/** An error of the configuration as commands print it: the message has the place. */
export function withoutPlace({code, message, remedy}: ConfigurationError): ApiError {
  return {code, message, remedy};
}

/**
 * Creates a command's dependencies. Errors name the invalid file, variable or directory. A command that only needs the
 * supervisor works while the file is invalid, and with one that answers while the directories could not be used for a new
 * one; `directories`: it needs these, and no configuration.
 */
export async function wire(
  global: GlobalOptions,
  environment: NodeJS.ProcessEnv = process.env,
  needs: 'configuration' | 'directories' | 'supervisor' = 'configuration',
): Promise<Result<Wiring, ApiError>> {
  const directories = resolveDirectories(environment, homeDirectory());
  if (!directories.ok) return err(directories.error);
  const client = createApiClient({
    socketPath: directories.value.socketPath,
    secondSocketPath: stateSocketPath(directories.value),
    judgeSilence: createSilenceJudge(directories.value),
    clientName: CLIENT_NAME,
    terminal: terminalName(),
  });
  const created = await createDirectories(directories.value);
  // Nothing that is wrong with them may keep the operator from an engine that serves.
  const isReached = created.ok || (needs === 'supervisor' && (await client.getSnapshot()).ok);
  if (!created.ok && !isReached) return err(created.error);
  const sources = {
    ...(global.config === undefined ? {} : {path: global.config}),
    configDir: directories.value.configDir,
    env: environment,
  };
  const read = await loadConfiguration(sources);
  // The supervisor has the last valid version, and says what is wrong with the file.
  const loaded = read.ok || needs === 'configuration' ? read : loadDefaults(sources);
  if (!loaded.ok) return err(withoutPlace(loaded.error));
  return ok({
    configuration: loaded.value.configuration,
    loaded: loaded.value,
    configurationError: read.ok ? null : read.error,
    configurationFile: configurationPath(sources),
    directories: directories.value,
    directoryDoubts: created.ok ? created.value : [created.error],
    client,
    output: outputOf(global),
    appearance: appearanceOf(global, loaded.value.configuration),
    environment,
    version: global.version,
    configPath: global.config === undefined ? null : path.resolve(global.config),
  });
}
