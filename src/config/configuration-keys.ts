import type {z} from 'zod';
import {sectionSchemas} from './configuration.ts';

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
};

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
    })),
);

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
