import type {z} from 'zod';
import {tokens} from '../domain/settings/setting-text.ts';
import {settingNames, settingPath, settingsTable} from '../domain/settings/settings-table.ts';
import {configurationSchema, sectionSchemas} from './configuration.ts';

/** One value of the configuration: its key, and the variable that sets it. */
export type ConfigurationKey = {
  readonly section: string;
  readonly name: string;
  /** `engine.contextLengthTokens` */
  readonly path: string;
  /** `GANTRY_ENGINE_CONTEXT_LENGTH_TOKENS` */
  readonly variable: string;
  readonly schema: z.ZodType;
  readonly description: string;
  /** A number of tokens has a grammar of its own: its text is read, not what YAML makes of it. */
  readonly isTokenCount: boolean;
};

const tokenCountPaths: ReadonlySet<string> = new Set(
  settingNames.filter((name) => settingsTable[name].text === tokens).map(settingPath),
);

/** Every value of the configuration, read from its schema. */
export const configurationKeys: readonly ConfigurationKey[] = Object.entries(sectionSchemas).flatMap(
  ([section, sectionSchema]) =>
    Object.entries<z.ZodType>(sectionSchema.shape).map(([name, schema]) => ({
      section,
      name,
      path: `${section}.${name}`,
      variable: variableName(section, name),
      schema,
      description: schema.description ?? '',
      isTokenCount: tokenCountPaths.has(`${section}.${name}`),
    })),
);

/** One value of the whole configuration, also where it is a section of its own that no variable sets. */
export type ConfigurationPath = {
  readonly path: string;
  readonly keys: readonly string[];
  readonly variable: string | null;
  readonly schema: z.ZodType;
};

/** Every value of the whole configuration: the keys of sections, and sections that are one list. */
export const configurationPaths: readonly ConfigurationPath[] = [
  ...configurationKeys.map(({section, name, path, variable, schema}) => ({
    path,
    keys: [section, name],
    variable,
    schema,
  })),
  ...Object.entries<z.ZodType>(configurationSchema.shape)
    .filter(([name]) => !Object.hasOwn(sectionSchemas, name))
    .map(([name, schema]) => ({path: name, keys: [name], variable: null, schema})),
];

/** Prefix of the variables of a section: `GANTRY_ENGINE_`. */
export const variablePrefixes: readonly string[] = Object.keys(sectionSchemas).map(
  (section) => `GANTRY_${upperSnake(section)}_`,
);

function variableName(section: string, name: string): string {
  // Often set in tests, containers and on remote hosts, and the only key of its section: named after the program.
  if (section === 'nvidiaSmi' && name === 'path') return 'GANTRY_NVIDIA_SMI';
  return `GANTRY_${upperSnake(section)}_${upperSnake(name)}`;
}

function upperSnake(camelCase: string): string {
  return camelCase.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}
