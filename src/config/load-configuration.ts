import path from 'node:path';
import {isDeepStrictEqual} from 'node:util';
import type {ConfiguredValue} from '../domain/configuration/configured-value.ts';
import {limitedList} from '../shared/quantities/counts.ts';
import {err, ok, type Result} from '../shared/result.ts';
import {withinWords} from '../shared/within-words.ts';
import {type Configuration, configurationSchema} from './configuration.ts';
import type {ConfigurationError, FilePlace} from './configuration-error.ts';
import {type ConfigurationFile, type KeyPath, noFile, placeText, readConfigurationFile} from './configuration-file.ts';
import {configurationKeys} from './configuration-keys.ts';
import {type ConfigurationSources, configurationPath} from './configuration-path.ts';
import {configuredValues, type Layers, valueIn} from './configured-values.ts';
import {type Problem, problemsOf} from './describe-issue.ts';
import {absoluteModel} from './model-path.ts';
import {type ChosenPrices, chosenPrices, problemsOfChoice} from './prices/chosen-prices.ts';
import {noOwnPrices, type OwnPrices, readOwnPrices} from './prices/own-prices.ts';
import {type Environment, readEnvironment} from './read-environment.ts';
import {DEFAULT_PRICE_BOOKS} from './schema/node-cost-schema.ts';

/** The maximum number of problems shown together. */
const MOST_PROBLEMS_SHOWN = 5;
/** For each, names are looked for that were meant. */
const MOST_PROBLEMS_DESCRIBED = 50;
/** Longest part of a key in a message. */
const LONGEST_SHOWN_KEY = 120;

/** A configuration that is valid, with every value's origin. */
export type LoadedConfiguration = {
  readonly configuration: Configuration;
  readonly values: readonly ConfiguredValue[];
  /** Where a value is written, `FILE:LINE:COLUMN` or the name of a variable; null for a default. */
  readonly placeOf: (path: KeyPath) => string | null;
  readonly ownPrices: OwnPrices;
  /** Read when they are first asked for. */
  readonly prices: () => ChosenPrices;
};

/**
 * The configuration from its file, then the environment: the last one wins. Errors have the file with line and column, or
 * the variable, the value, and the expectation.
 */
export async function loadConfiguration(
  sources: ConfigurationSources,
): Promise<Result<LoadedConfiguration, ConfigurationError>> {
  const filePath = configurationPath(sources);
  const file = await readConfigurationFile(filePath, {isRequired: sources.path !== undefined});
  return file.ok ? combineConfiguration(file.value, filePath, sources.env, await readOwnPrices(filePath)) : file;
}

/** The configuration without its file, and without an environment that is invalid. */
export function loadDefaults(sources: ConfigurationSources): Result<LoadedConfiguration, ConfigurationError> {
  const filePath = configurationPath(sources);
  const ofEnvironment = combineConfiguration(noFile(filePath), filePath, sources.env);
  return ofEnvironment.ok ? ofEnvironment : combineConfiguration(noFile(filePath), filePath, {});
}

/** The configuration of a file that was read, and the environment. */
export function combineConfiguration(
  file: ConfigurationFile,
  filePath: string,
  env: Environment,
  ownPrices: OwnPrices = noOwnPrices,
): Result<LoadedConfiguration, ConfigurationError> {
  const environment = readEnvironment(env);
  if (!environment.ok) return environment;
  const layers: Layers = {
    file: {...file, values: withAbsoluteModel(withWrittenTokenCounts(file), path.dirname(filePath))},
    environment: withAbsoluteModel(environment.value, process.cwd()),
  };
  const parsed = parseLayers([layers.file.values, layers.environment]);
  const inValues = parsed.data === undefined ? parsed.problems : problemsOfPrices(parsed.data, ownPrices);
  const problems = [...inValues.map((problem) => ({problem, layers})), ...hiddenProblems(layers)];
  if (parsed.data === undefined || problems.length > 0) return err(errorOf(problems));
  const {data: configuration} = parsed;
  let chosen: ChosenPrices | null = null;
  return ok({
    configuration,
    values: configuredValues(configuration, layers),
    placeOf: (path) => placeOf(path, layers),
    ownPrices,
    prices: () => (chosen ??= chosenPrices(configuration.cost.priceBook, ownPrices)),
  });
}

/** Most commands need no prices, and do not read those of the package for the default. */
function problemsOfPrices({cost}: Configuration, ownPrices: OwnPrices): readonly Problem[] {
  const isDefault = isDeepStrictEqual(cost.priceBook, DEFAULT_PRICE_BOOKS);
  return isDefault ? [] : problemsOfChoice(cost.priceBook, ownPrices);
}

/** A problem, and the layers that have its value. */
type Placed = {readonly problem: Problem; readonly layers: Layers};

function parseLayers(layers: readonly object[]) {
  const merged = layers.reduce<Record<string, unknown>>(mergeSections, {});
  const {data, error} = configurationSchema.safeParse(merged);
  const issues = error?.issues.slice(0, MOST_PROBLEMS_DESCRIBED) ?? [];
  return {data, problems: problemsOf(issues, merged)};
}

/** What is invalid in the file and not used, because a variable comes before it: it would be as soon as that is unset. */
function hiddenProblems({file, environment}: Layers): readonly Placed[] {
  if (Object.keys(environment).length === 0) return [];
  const {problems} = parseLayers([file.values]);
  return problems.flatMap((problem) => {
    const variable = variableOf(problem.path, environment);
    if (variable === null) return [];
    const text = `${problem.text} (${variable} comes before it)`;
    return [{problem: {...problem, text}, layers: {file, environment: {}}}];
  });
}

/** Numbers of tokens as they are written: YAML reads `1e5` and `0x100` as numbers too. */
function withWrittenTokenCounts({values, sourceOf}: ConfigurationFile): Record<string, unknown> {
  const written: Record<string, unknown> = {...values};
  for (const {section, name} of configurationKeys.filter(({isTokenCount}) => isTokenCount)) {
    const inSection = written[section];
    if (!isSection(inSection) || typeof inSection[name] !== 'number') continue;
    written[section] = {...inSection, [name]: sourceOf([section, name]) ?? inSection[name]};
  }
  return written;
}

/**
 * A relative path of a model is relative to where it is written: the directory of the file, or the working directory.
 */
function withAbsoluteModel<T extends object>(values: T, directory: string): T {
  const engine: unknown = Reflect.get(values, 'engine');
  if (!isSection(engine) || typeof engine['model'] !== 'string') return values;
  return {...values, engine: {...engine, model: absoluteModel(engine['model'], directory)}};
}

/** Sections merge key by key; a value, a list or prices replace. */
function mergeSections(below: Record<string, unknown>, above: object): Record<string, unknown> {
  const merged = new Map<string, unknown>(Object.entries(below));
  for (const [section, values] of Object.entries(above)) {
    if (values === undefined) continue;
    const lower = merged.get(section);
    // What stands in the place of a section is reported, whatever comes before it.
    const hasOther = lower !== undefined && lower !== null && !isSection(lower) && isSection(values);
    const both = isSection(lower) && isSection(values) ? {...lower, ...withoutUndefined(values)} : values;
    // `engine:` with nothing below it is an empty section, not null.
    merged.set(section, hasOther ? lower : (both ?? undefined));
  }
  // Not by assignment: a section may be called `__proto__`.
  return Object.fromEntries(merged);
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withoutUndefined(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function errorOf(problems: readonly Placed[]): ConfigurationError {
  const texts = problems.map(({problem, layers}) => `${subjectOf(problem, layers)} ${problem.text}`);
  const [first] = problems;
  const place = first === undefined ? null : placeIn(first.problem, first.layers);
  return {
    code: first?.problem.code ?? 'configuration.invalid-value',
    message: `${limitedList(texts, MOST_PROBLEMS_SHOWN)}.`,
    remedy: first?.problem.remedy ?? 'Correct the configuration.',
    ...(place === null ? {} : {place}),
  };
}

/** The subject of a problem, by the source of its value: `/etc/gantry.yaml:3:9: engine.port`, or the variable's name. */
function subjectOf({path: keyPath, code}: Problem, {file, environment}: Layers): string {
  const name = withinWords(keyPath.map(String).join('.'), LONGEST_SHOWN_KEY);
  return variableOf(keyPath, environment) ?? `${placeText(file.placeOf(keyPath, whatOf(code)))}: ${name}`;
}

/** The variable that has set what is at a key path; null for none. A variable is one value: a whole section is of the file. */
function variableOf(keyPath: Problem['path'], environment: Layers['environment']): string | null {
  if (keyPath.length < 2 || valueIn(environment, keyPath.slice(0, 2)) === undefined) return null;
  return configurationKeys.find(({section, name}) => section === keyPath[0] && name === keyPath[1])?.variable ?? null;
}

function whatOf(code: Problem['code']): 'key' | 'value' {
  return code === 'configuration.unknown-key' ? 'key' : 'value';
}

function placeOf(path: KeyPath, {file, environment}: Layers): string | null {
  const variable = variableOf(path, environment);
  if (variable !== null) return variable;
  return valueIn(file.values, path) === undefined ? null : placeText(file.placeOf(path, 'value'));
}

/** The place in the file of a problem; null for one in the environment. */
function placeIn({path: keyPath, code}: Problem, {file, environment}: Layers): FilePlace | null {
  if (variableOf(keyPath, environment) !== null) return null;
  return file.placeOf(keyPath, whatOf(code));
}
