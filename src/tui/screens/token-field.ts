import {parseTokenCount} from '../../domain/settings/token-count.ts';
import {countedText} from '../../shared/quantities/counts.ts';

/** A field in which a number of tokens is typed. Its text may be anything that was typed: only what parses is a number. */
export type TokenField = {
  readonly text: string;
  /** Nothing was typed yet: the first character replaces the text. */
  readonly isPrefilled: boolean;
};

/** Context lengths to step through, tokens. */
export const contextSteps = [8_192, 16_384, 32_768, 65_536, 131_072, 262_144] as const;

/** Longer than every number of tokens. */
const MAX_CHARACTERS = 32;

/** The field as it opens: with the number that is in force, or empty. */
export function prefilled(tokens: number | undefined): TokenField {
  return {text: tokens === undefined ? '' : String(tokens), isPrefilled: true};
}

/** Tokens by the grammar of flags and configuration; null while the text is no number of tokens. */
export function tokensIn({text}: TokenField): number | null {
  const tokens = parseTokenCount(text);
  return tokens.ok ? tokens.value : null;
}

/** What the text means: `= 131,072 tokens`, or what is expected instead. */
export function meaningOf(field: TokenField): {readonly text: string; readonly isValid: boolean} {
  const tokens = parseTokenCount(field.text);
  if (tokens.ok) return {text: `= ${countedText(tokens.value, 'token')}`, isValid: true};
  return {text: `Type ${tokens.error}.`, isValid: false};
}

/** The field with a character typed: at its end, or instead of the prefilled number. Null for a key that types none. */
export function typeInto({text, isPrefilled}: TokenField, character: string): TokenField | null {
  if ([...character].length !== 1 || character < ' ') return null;
  const before = isPrefilled ? '' : text;
  return {text: [...before].length >= MAX_CHARACTERS ? before : before + character, isPrefilled: false};
}

/** The field without its last character. */
export function erase({text}: TokenField): TokenField {
  return {text: [...text].slice(0, -1).join(''), isPrefilled: false};
}

/** The field with pasted text instead of its own; null if it is no number of tokens. */
export function pasteInto(text: string): TokenField | null {
  const field = {text: text.trim(), isPrefilled: false};
  return tokensIn(field) === null ? null : field;
}

/** The next step above (`1`) or below (`-1`) the typed value; otherwise the last step. */
export function step(field: TokenField, direction: 1 | -1): TokenField {
  const tokens = tokensIn(field) ?? 0;
  const next =
    direction === 1 ? contextSteps.find((value) => value > tokens) : contextSteps.findLast((value) => value < tokens);
  const end = direction === 1 ? Math.max(tokens, contextSteps[contextSteps.length - 1] ?? 0) : contextSteps[0];
  return prefilled(next ?? end);
}
