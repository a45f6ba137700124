import {parse} from 'yaml';
import {err, ok, type Result} from '../shared/result.ts';
import type {ConfigurationError} from './configuration-error.ts';
import {type ConfigurationKey, configurationKeys, variablePrefixes} from './configuration-keys.ts';
import {nearestName} from './nearest-name.ts';

/** Variables as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Values of one layer of the configuration: sections of names. */
export type ConfigurationValues = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * The part of the configuration that the environment sets. An empty variable counts as unset. A variable of one of our
 * sections that means nothing is refused: a typo must not be silent.
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

/** The text itself where the key takes text, else what it means in YAML (`8000`, `[--a, b]`, `null`). */
function variableValue({schema}: ConfigurationKey, text: string): unknown {
  if (schema.safeParse(text).success) return text;
  try {
    const value: unknown = parse(text);
    return schema.safeParse(value).success || typeof value === 'number' ? value : text;
  } catch {
    // Not YAML either: the schema says what is wrong with the text.
    return text;
  }
}

function unknownVariable(name: string, variables: readonly string[]): ConfigurationError {
  const nearest = nearestName(name, variables);
  return {
    code: 'configuration.unknown-variable',
    message: `The environment variable ${name} sets nothing that Gantry knows.`,
    remedy: nearest === undefined ? 'Unset it.' : `Write ${nearest}, or unset it.`,
  };
}
