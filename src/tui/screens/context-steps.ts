/** Context lengths an operator steps through, tokens. */
export const contextSteps = [8_192, 16_384, 32_768, 65_536, 131_072, 262_144] as const;

/** More digits than any context length has. */
const MAX_DIGITS = 8;

/** Tokens of a typed draft; null while it is empty or zero. */
export function draftTokens(draft: string): number | null {
  const tokens = Number.parseInt(draft, 10);
  return Number.isSafeInteger(tokens) && tokens > 0 ? tokens : null;
}

/** The draft with a digit typed behind it; leading zeros and digits beyond any context length are not taken. */
export function typeDigit(draft: string, digit: string): string {
  const typed = draft === '' && digit === '0' ? draft : draft + digit;
  return typed.length > MAX_DIGITS ? draft : typed;
}

/** The next step above (`1`) or below (`-1`) what is typed; the outermost step where there is none. */
export function stepDraft(draft: string, direction: 1 | -1): string {
  const tokens = draftTokens(draft) ?? 0;
  const next =
    direction === 1 ? contextSteps.find((step) => step > tokens) : contextSteps.findLast((step) => step < tokens);
  return String(
    next ?? (direction === 1 ? Math.max(tokens, contextSteps[contextSteps.length - 1] ?? 0) : contextSteps[0]),
  );
}
