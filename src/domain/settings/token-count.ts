import {countedText} from '../../shared/quantities/counts.ts';
import {err, ok, type Result} from '../../shared/result.ts';

/** More tokens than any model's context has: a typing error, not a context. */
const MAX_TOKENS = 100_000_000;

/** What can be written for a number of tokens. */
export const tokenCountForm =
  'a number of tokens up to 100,000,000, such as 131072, 131,072, 128K (131,072), 128k (128,000) or 1M (1,048,576)';

const factors: Readonly<Record<string, number>> = {k: 1000, K: 1024, m: 1000 ** 2, M: 1024 ** 2};

/**
 * Tokens from text: `131072`, `131,072`, `128K` (x 1,024), `128k` (x 1,000), `1M` (x 1,048,576), `1m` (x 1,000,000).
 * Letters mean what they mean to vLLM. The error is what was expected.
 */
export function parseTokenCount(text: string): Result<number, string> {
  const [, digits = '', unit = ''] = /^([\d,]+)([kKmM]?)$/.exec(text.trim()) ?? [];
  const count = readWholeNumber(digits);
  const tokens = count === null ? 0 : count * (factors[unit] ?? 1);
  return tokens > 0 && tokens <= MAX_TOKENS ? ok(tokens) : err(expectedFor(text));
}

/** True for a character that a number of tokens can have. */
export function isTokenCharacter(character: string): boolean {
  return /^[\d,kKmM]$/.test(character);
}

/** What is expected instead of a text that is no number of tokens; the same text where only its spaces are wrong. */
function expectedFor(text: string): string {
  const closed = text.replaceAll(/\s/g, '');
  const tokens = closed === text.trim() ? null : parseTokenCount(closed);
  return tokens?.ok === true ? `${closed} without a space (${countedText(tokens.value, 'token')})` : tokenCountForm;
}

/** A whole number from `1024` or `1,024`; null for everything else, `1,02` and `-1` included. */
export function readWholeNumber(text: string): number | null {
  if (!/^(?:\d+|\d{1,3}(?:,\d{3})+)$/.test(text)) return null;
  const value = Number(text.replaceAll(',', ''));
  return Number.isSafeInteger(value) ? value : null;
}
