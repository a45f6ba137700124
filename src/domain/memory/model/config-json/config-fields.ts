import {z} from 'zod';
import {countText} from '../../../../shared/quantities/counts.ts';
import {err, ok, type Result} from '../../../../shared/result.ts';
import {type ModelProblem, quoteValue} from '../model-problem.ts';

/** Parsed JSON with its file and the keys that lead to it. */
export type ConfigPart = {
  readonly value: unknown;
  /** The file, as shown in messages. */
  readonly place: string;
  /** Keys that lead here from the top of the file. */
  readonly path: readonly string[];
  /** Keys that have another name in the file than in the value, where a reader translated them. */
  readonly writtenAs?: Readonly<Record<string, string>>;
};

/** Far above any real configuration (a few hundred kilobytes with thousands of ignored modules). */
const LARGEST_CONFIG_CHARACTERS = 8 * 1024 * 1024;

/** A number that counts or measures something: bounded, so that a product of a few cannot overflow. */
export function wholeNumber(least: number, most: number): z.ZodNumber {
  const error = `a whole number from ${countText(least)} to ${countText(most)}`;
  return z.number({error}).int({error}).min(least, {error}).max(most, {error});
}

/** Parses a JSON file's text. */
export function parseConfigText(text: string, place: string): Result<ConfigPart, ModelProblem> {
  if (text.length > LARGEST_CONFIG_CHARACTERS) {
    return err(brokenConfig(place, `has ${countText(text.length)} characters, expected fewer than 8 million`));
  }
  let value: unknown;
  try {
    value = JSON.parse(withoutSpecialNumbers(text));
  } catch (error) {
    return err(brokenConfig(place, `is not JSON: ${syntaxText(error)}`));
  }
  if (!isRecord(value)) return err(brokenConfig(place, `holds ${quoteValue(value)}, expected an object`));
  return ok({value, place, path: []});
}

/** Python writes numbers that JSON does not have: infinite and none. They are limits that no size depends on. */
function withoutSpecialNumbers(text: string): string {
  return text.replace(/([:[,]\s{0,200})(?:-?Infinity|NaN)(?=\s{0,200}[,\]}])/g, '$1null');
}

/** Reads the fields of a schema from a part of a configuration; the problem has the key, its value and the expectation. */
export function readFields<T>(schema: z.ZodType<T>, part: ConfigPart): Result<T, ModelProblem> {
  const parsed = schema.safeParse(part.value);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  const keys = (issue?.path ?? []).map(String);
  const found = valueAt(part.value, keys);
  const [first = '', ...inner] = keys;
  const name = first === '' ? part.path.join('.') : [keyName(part, first), ...inner].join('.');
  const is = found === undefined ? 'is missing' : `is ${quoteValue(found)}`;
  return err(brokenConfig(part.place, `${name} ${is}, expected ${issue?.message ?? 'another value'}`));
}

/** The key as the file has it, with its full path. */
export function keyName(part: ConfigPart, key: string): string {
  return [...part.path, writtenKey(part, key)].join('.');
}

/** The key as the file has it, without its path. */
export function writtenKey({writtenAs}: ConfigPart, key: string): string {
  return writtenAs?.[key] ?? key;
}

/** The object below a key; undefined if there is none. */
export function partBelow({value, place, path}: ConfigPart, key: string): ConfigPart | undefined {
  const below = fieldOf(value, key);
  return isRecord(below) ? {value: below, place, path: [...path, key]} : undefined;
}

/** The value of a key of an object; undefined if it is missing, null or not an object. */
export function fieldOf(value: unknown, key: string): unknown {
  return isRecord(value) && Object.hasOwn(value, key) ? (value[key] ?? undefined) : undefined;
}

/** True for a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A configuration that is unreadable or has impossible values. */
export function brokenConfig(place: string, what: string): ModelProblem {
  return {
    code: 'memory.broken-config',
    message: `${place}: ${what}.`,
    remedy: 'Compare the file with the published one, or download it again.',
  };
}

function valueAt(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((inner, key) => {
    if (Array.isArray(inner)) return inner[Number(key)];
    return isRecord(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined;
  }, value);
}

/** The position of the syntax error; the parser's own message quotes the file, which is untrusted text. */
function syntaxText(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const where = /line \d+ column \d+/.exec(message)?.[0] ?? /position \d+/.exec(message)?.[0];
  if (where !== undefined) return `a syntax error at ${where}`;
  return message.includes('end of JSON') ? 'it ends too early' : 'a syntax error';
}
