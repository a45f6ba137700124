import path from 'node:path';
import {err, ok, type Result} from '../shared/result.ts';
import {type Configuration, type ConfigurationInput, configurationSchema} from './configuration.ts';
import type {ConfigurationError} from './configuration-error.ts';
import {type ConfigurationFile, type KeyPath, readConfigurationFile} from './configuration-file.ts';
import {configurationKeys} from './configuration-keys.ts';
import {type Problem, problemsOf} from './describe-issue.ts';
import {absoluteModel} from './model-path.ts';
import {type ConfigurationValues, type Environment, readEnvironment} from './read-environment.ts';

/** Default file in the configuration directory. */
const DEFAULT_FILE_NAME = 'gantry.yaml';
/** The maximum number of problems shown together. */
const MOST_PROBLEMS_SHOWN = 5;

export type ConfigurationSources = {
  /** `--config`: a file that must exist. */
  readonly path?: string;
  readonly configDir: string;
  readonly env: Environment;
  /** What flags set. */
  readonly overrides: ConfigurationInput;
};

/** The layers of one configuration; a later one wins, value by value. */
type Layers = {readonly file: ConfigurationFile; readonly environment: ConfigurationValues; readonly flags: object};

/**
 * The configuration from its file, then the environment, then flags: the last one wins. Errors have the file with line
 * and column, or the variable or flag, the value, and the expectation.
 */
export async function loadConfiguration(
  sources: ConfigurationSources,
): Promise<Result<Configuration, ConfigurationError>> {
  const filePath = sources.path ?? path.join(sources.configDir, DEFAULT_FILE_NAME);
  const file = await readConfigurationFile(filePath, {isRequired: sources.path !== undefined});
  if (!file.ok) return file;
  const environment = readEnvironment(sources.env);
  if (!environment.ok) return environment;
  const layers: Layers = {file: file.value, environment: environment.value, flags: sources.overrides};
  const merged = [
    withAbsoluteModel(file.value.values, path.dirname(path.resolve(filePath))),
    withAbsoluteModel(environment.value, process.cwd()),
    sources.overrides,
  ].reduce<Record<string, unknown>>(mergeSections, {});
  const parsed = configurationSchema.safeParse(merged);
  return parsed.success ? ok(parsed.data) : err(errorOf(problemsOf(parsed.error.issues, merged), layers));
}

/**
 * A relative path of a model is relative to where it is written: the directory of the file, or the working directory.
 */
function withAbsoluteModel(values: object, directory: string): object {
  const engine: unknown = Reflect.get(values, 'engine');
  if (!isSection(engine) || typeof engine['model'] !== 'string') return values;
  return {...values, engine: {...engine, model: absoluteModel(engine['model'], directory)}};
}

/** Sections merge key by key; a value, a list or prices replace. */
function mergeSections(below: Record<string, unknown>, above: object): Record<string, unknown> {
  const merged = {...below};
  for (const [section, values] of Object.entries(above)) {
    if (values === undefined) continue;
    const lower = merged[section];
    merged[section] = isSection(lower) && isSection(values) ? {...lower, ...withoutUndefined(values)} : values;
    // `engine:` with nothing below it is an empty section, not null.
    if (merged[section] === null) merged[section] = undefined;
  }
  return merged;
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withoutUndefined(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function errorOf(problems: readonly Problem[], layers: Layers): ConfigurationError {
  const shown = problems
    .slice(0, MOST_PROBLEMS_SHOWN)
    .map((problem) => `${subjectOf(problem, layers)} ${problem.text}`);
  const hidden = problems.length - shown.length;
  const [first] = problems;
  return {
    code: first?.code ?? 'configuration.invalid-value',
    message: `${[...shown, ...(hidden > 0 ? [`${hidden} more`] : [])].join('; ')}.`,
    remedy: first?.remedy ?? 'Correct the configuration.',
  };
}

/** The subject of a problem, by the source of its value: `/etc/gantry.yaml:3:9: engine.port`, or the variable's name. */
function subjectOf({path: keyPath, code}: Problem, {file, environment, flags}: Layers): string {
  const name = keyPath.map(String).join('.');
  if (has(flags, keyPath)) return `${name} (from the command line)`;
  if (has(environment, keyPath)) {
    const key = configurationKeys.find(({section, name: own}) => section === keyPath[0] && own === keyPath[1]);
    return key?.variable ?? name;
  }
  return `${file.placeOf(keyPath, code === 'configuration.unknown-key' ? 'key' : 'value')}: ${name}`;
}

function has(layer: object, [section, name]: KeyPath): boolean {
  if (section === undefined || name === undefined) return false;
  const values: unknown = Reflect.get(layer, section);
  return isSection(values) && Reflect.get(values, name) !== undefined;
}
