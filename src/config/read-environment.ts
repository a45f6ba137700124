import {parse} from 'yaml';
import {nearestName} from '../domain/settings/nearest-name.ts';
import {err, ok, type Result} from '../shared/result.ts';
import {structureBeyond} from '../shared/structure-characters.ts';
import type {ConfigurationError} from './configuration-error.ts';
import {type ConfigurationKey, configurationKeys, variablePrefixes} from './configuration-keys.ts';
import {depthBeyond, MOST_STRUCTURE} from './yaml-bounds.ts';

/** Environment variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Values of one layer of the configuration: sections of names. */
export type ConfigurationValues = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * The part of the configuration set by the environment. An empty variable counts as unset. An unknown variable with the
 * prefix of a section is refused, so that typos are noticed.
 */
export function readEnvironment(environment: Environment): Result<ConfigurationValues, ConfigurationError> {
  const variables = configurationKeys.map(({variable}) => variable);
  for (const [name, value] of Object.entries(environment)) {
    const isOurs = variablePrefixes.some((prefix) => name.startsWith(prefix));
    if (isOurs && value !== '' && !variables.includes(name)) return err(unknownVariable(name, variables));
  }
  const values: Record<string, Record<string, unknown>> = {};
  for (const key of configurationKeys) {
    const text = environment[key.variable];
    if (text === undefined || text === '') continue;
    values[key.section] = {...values[key.section], [key.name]: variableValue(key, text)};
  }
  return ok(values);
}

/** The text itself if the key is text, otherwise its YAML value (`8000`, `[--a, b]`, `null`). */
function variableValue({schema, isTokenCount}: ConfigurationKey, text: string): unknown {
  if (isTokenCount || schema.safeParse(text).success) return text;
  if (structureBeyond(text, MOST_STRUCTURE) !== null || depthBeyond(text) !== null) return text;
  try {
    const value: unknown = parse(text, {logLevel: 'error'});
    return schema.safeParse(value).success || typeof value === 'number' ? value : text;
  } catch {
    // Not YAML either: the schema reports the problem.
    return text;
  }
}

function unknownVariable(name: string, variables: readonly string[]): ConfigurationError {
  const nearest = nearestName(name, variables);
  return {
    code: 'configuration.unknown-variable',
    message: `The environment variable ${name} is unknown.`,
    remedy: nearest === undefined ? 'Unset it.' : `Use ${nearest}, or unset it.`,
  };
}
