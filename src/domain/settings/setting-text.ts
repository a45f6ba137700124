import {countedText, countText} from '../../shared/quantities/counts.ts';
import {fractionText} from '../../shared/quantities/ratios.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {argumentForm} from './launch-settings.ts';
import {parseTokenCount, readWholeNumber, tokenCountForm} from './token-count.ts';

/** How values of one kind are formatted and parsed. */
export type SettingText<T> = {
  /** Accepted input: `a whole number above 0`. */
  readonly expected: string;
  /** A value from typed text; the error is `expected`. */
  readonly parse: (text: string) => Result<T, string>;
  /** A value as it is typed: the inverse of `parse`. */
  readonly format: (value: T) => string;
  /** A value for screens. */
  readonly display: (value: T) => string;
  /** A value for events and messages: a list only by its length, because it may contain a secret. */
  readonly summary: (value: T) => string;
};

/**
 * Two versions of a value in a sentence: `131,072 to 65,536`. Lists appear by their length, so two different ones can read
 * the same: `changed (2 arguments)`.
 */
export function versionsText(from: string, to: string, between: ', not ' | ' to ' | ' -> '): string {
  return from === to ? `changed (${to})` : `${from}${between}${to}`;
}

/** Tokens, in the common format of token counts. */
export const tokens: SettingText<number> = {
  expected: tokenCountForm,
  parse: parseTokenCount,
  format: String,
  display: countText,
  summary: countText,
};

/** A whole number above 0. */
export const count: SettingText<number> = {
  expected: 'a whole number above 0',
  parse: (text) => parseCount(text, Number.MAX_SAFE_INTEGER, count.expected),
  format: String,
  display: countText,
  summary: countText,
};

/** A whole number above 0, or null for the engine's default. */
export const countOrOwn: SettingText<number | null> = {
  expected: 'a whole number above 0, or auto for the engine default',
  parse: (text) => (text.trim() === 'auto' ? ok(null) : parseCount(text, Number.MAX_SAFE_INTEGER, countOrOwn.expected)),
  format: (value) => (value === null ? 'auto' : String(value)),
  display: ownOrCount,
  summary: ownOrCount,
};

/** A TCP port. */
export const port: SettingText<number> = {
  expected: 'a port from 1 to 65535',
  parse: (text) => parseCount(text, 65_535, port.expected),
  format: String,
  display: String,
  summary: String,
};

/** A fraction above 0 and up to 1. */
export const fraction: SettingText<number> = {
  expected: 'a number above 0 and up to 1, such as 0.9',
  parse(text) {
    const value = /^(?:\d+(?:\.\d*)?|\.\d+)(?:e-?\d+)?$/i.test(text.trim()) ? Number(text) : 0;
    return value > 0 && value <= 1 ? ok(value) : err(fraction.expected);
  },
  format: String,
  display: fractionText,
  summary: fractionText,
};

/** A switch. */
export const yesOrNo: SettingText<boolean> = {
  expected: 'true or false',
  parse(text) {
    const word = text.trim();
    return word === 'true' || word === 'false' ? ok(word === 'true') : err(yesOrNo.expected);
  },
  format: String,
  display: (value) => (value ? 'yes' : 'no'),
  summary: (value) => (value ? 'yes' : 'no'),
};

/** Text for the engine's command line. */
export const text: SettingText<string> = {
  expected: argumentForm.expected,
  parse: (value) => (argumentForm.pattern.test(value) ? ok(value) : err(text.expected)),
  format: (value) => value,
  display: (value) => value,
  summary: (value) => value,
};

/** Arguments as a JSON list, which is also valid YAML. */
export const argumentList: SettingText<string[]> = {
  expected: 'a list such as ["--name", "value"]',
  parse(value) {
    const items = readList(value);
    return items === null ? err(argumentList.expected) : ok(items);
  },
  format: (value) => JSON.stringify(value),
  display: (value) => value.join(' ') || 'none',
  summary: ({length}) => (length === 0 ? 'none' : countedText(length, 'argument')),
};

/** One of several names. */
export function choice<const T extends string>(values: readonly T[]): SettingText<T> {
  const expected = `one of ${values.join(', ')}`;
  return {
    expected,
    parse(typed) {
      const value = values.find((known) => known === typed.trim());
      return value === undefined ? err(expected) : ok(value);
    },
    format: (value) => value,
    display: (value) => value,
    summary: (value) => value,
  };
}

function parseCount(typed: string, max: number, expected: string): Result<number, string> {
  const value = readWholeNumber(typed.trim());
  return value === null || value === 0 || value > max ? err(expected) : ok(value);
}

function ownOrCount(value: number | null): string {
  return value === null ? 'engine default' : countText(value);
}

function readList(typed: string): string[] | null {
  try {
    const value: unknown = JSON.parse(typed);
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : null;
  } catch {
    return null;
  }
}
