import {parseTokenCount} from '../../domain/settings/token-count.ts';

/** Context lengths to step through, tokens. */
export const contextSteps = [8_192, 16_384, 32_768, 65_536, 131_072, 262_144] as const;

/** More digits than any context length has. */
const MAX_DIGITS = 8;

/** Tokens of a typed draft, `131072` or `128K`; null while it is no number of tokens. */
export function draftTokens(draft: string): number | null {
  const tokens = parseTokenCount(draft);
  return tokens.ok ? tokens.value : null;
}

/**
 * The draft with a character typed behind it: a digit, a comma between digits, or the unit, which ends it. Null for
 * what continues no number of tokens. Leading zeros and digits beyond any context length change nothing.
 */
export function typeTokens(draft: string, character: string): string | null {
  if (/^[0-9]$/.test(character)) {
    const isFull = /[kKmM]$/.test(draft) || draft.replaceAll(',', '').length >= MAX_DIGITS;
    return isFull || (draft === '' && character === '0') ? draft : draft + character;
  }
  return /^[,kKmM]$/.test(character) && /\d$/.test(draft) ? draft + character : null;
}

/** The next step above (`1`) or below (`-1`) the typed value; otherwise the last step. */
export function stepDraft(draft: string, direction: 1 | -1): string {
  const tokens = draftTokens(draft) ?? 0;
  const next =
    direction === 1 ? contextSteps.find((step) => step > tokens) : contextSteps.findLast((step) => step < tokens);
  return String(
    next ?? (direction === 1 ? Math.max(tokens, contextSteps[contextSteps.length - 1] ?? 0) : contextSteps[0]),
  );
}
