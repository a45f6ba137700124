import {z} from 'zod';
import {type Random, wholeNumber} from '../../src/simulator/node/seeded-random.ts';

/** What generated documents are made of. */
export type ValueSource = {
  readonly random: Random;
  readonly text: () => string;
  /** A number for a field of this name. */
  readonly number: (name: string) => number;
  /** What is made otherwise than its schema says. */
  readonly own?: ReadonlyMap<z.core.$ZodType, () => unknown>;
};

const MOST_ELEMENTS = 6;

/** One of these, with the same chance for each. */
export function oneOf<T>(random: Random, values: readonly T[]): T {
  const value = values[wholeNumber(random, 0, values.length - 1)];
  if (value === undefined) throw new Error('nothing to choose from');
  return value;
}

/**
 * Any value of a schema: every part of a document of today, also of one that nobody had thought of. It still has to be parsed. Throws
 * for a kind of schema that no document has.
 */
export function valueOfSchema(schema: z.core.$ZodType, source: ValueSource, name = ''): unknown {
  const {random, text, own} = source;
  const made = own?.get(schema);
  if (made !== undefined) return made();
  const inner = (of: z.core.$ZodType, as = name): unknown => valueOfSchema(of, source, as);
  if (schema instanceof z.ZodObject) {
    const parts: [string, z.core.$ZodType][] = Object.entries(schema.shape);
    return Object.fromEntries(parts.map(([key, part]) => [key, inner(part, key)]));
  }
  if (schema instanceof z.ZodArray) {
    const least = schema.safeParse([]).success ? 0 : 1;
    return Array.from({length: wholeNumber(random, least, MOST_ELEMENTS)}, () => inner(schema.element));
  }
  if (schema instanceof z.ZodRecord) {
    const {valueType} = schema;
    return Object.fromEntries(
      Array.from({length: wholeNumber(random, 0, 3)}, () => [text(), inner(valueType, 'value')]),
    );
  }
  if (schema instanceof z.ZodUnion) return inner(oneOf(random, schema.options));
  if (schema instanceof z.ZodNullable) return random() < 0.2 ? null : inner(schema.unwrap());
  if (schema instanceof z.ZodOptional) return random() < 0.3 ? undefined : inner(schema.unwrap());
  if (schema instanceof z.ZodReadonly || schema instanceof z.ZodDefault) return inner(schema.unwrap());
  if (schema instanceof z.ZodLiteral) return oneOf(random, [...schema.values]);
  if (schema instanceof z.ZodEnum) return oneOf(random, schema.options);
  if (schema instanceof z.ZodBoolean) return random() < 0.5;
  if (schema instanceof z.ZodNull) return null;
  if (schema instanceof z.ZodNumber) return fittingNumber(schema, source, name);
  if (schema instanceof z.ZodString) return fittingText(schema, text());
  throw new Error(`no value is known for ${schema._zod.def.type} of ${name}`);
}

/** Whole and within its limits, where the schema has these. */
function fittingNumber(schema: z.ZodNumber, {random, number}: ValueSource, name: string): number {
  const wanted = number(name);
  if (schema.safeParse(wanted).success) return wanted;
  const whole = Math.max(1, Math.abs(Math.floor(wanted)));
  return [whole, wholeNumber(random, 1, 64), 0.5, 1].find((value) => schema.safeParse(value).success) ?? wanted;
}

/** As a command line takes it, where the schema asks for that. */
function fittingText(schema: z.ZodString, text: string): string {
  return schema.safeParse(text).success ? text : `x${text.replaceAll('\0', '')}`;
}
