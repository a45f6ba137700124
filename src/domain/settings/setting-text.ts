import {err, ok, type Result} from '../../shared/result.ts';
import {countedText, countText, fractionText} from '../memory/quantity-text.ts';
import {parseTokenCount, tokenCountForm} from './token-count.ts';
import {readWholeNumber} from './whole-number.ts';

/** How values of one kind are written and read. */
export type SettingText<T> = {
  /** What can be written: `a whole number above 0`. */
  readonly expected: string;
  /** A value from what was typed; the error is `expected`. */
  readonly parse: (text: string) => Result<T, string>;
  /** A value as it is typed: `parse` gives it back. */
  readonly format: (value: T) => string;
  /** A value as screens show it. */
  readonly display: (value: T) => string;
  /** A value as events and messages tell it: a list by its length alone, because it may hold a secret. */
  readonly summary: (value: T) => string;
};

/** Tokens, in the one grammar of token counts. */
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

/** A whole number above 0, or null for the engine's own choice. */
export const countOrOwn: SettingText<number | null> = {
  expected: "a whole number above 0, or auto for the engine's own",
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

/** A share above 0 and up to 1. */
export const fraction: SettingText<number> = {
  expected: 'a number above 0 and up to 1, such as 0.9',
  parse(text) {
    const value = /^(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?$/i.test(text.trim()) ? Number(text) : 0;
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

/** Text that is not empty. */
export const text: SettingText<string> = {
  expected: 'text that is not empty',
  parse: (value) => (value === '' ? err(text.expected) : ok(value)),
  format: (value) => value,
  display: (value) => value,
  summary: (value) => value,
};

/** Arguments, written as a list of JSON, which is one of YAML as well. */
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

/** One of a few words. */
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
  return value === null ? "the engine's own" : countText(value);
}

function readList(typed: string): string[] | null {
  try {
    const value: unknown = JSON.parse(typed);
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : null;
  } catch {
    return null;
  }
}
