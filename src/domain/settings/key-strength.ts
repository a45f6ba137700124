/** Guessing a shorter one is possible for whoever reaches the port. */
export const LEAST_KEY_LENGTH = 16;
/** `aaaaaaaaaaaaaaaa` is long, and no key. */
const LEAST_DIFFERENT_CHARACTERS = 6;

/**
 * What is wrong with an API key: `malformed` for one that no client can send in a header, or that an engine reads as a
 * list; `weak` for one that can be guessed. Null for a good one.
 */
export function apiKeyProblem(key: string): 'malformed' | 'weak' | null {
  if (!/^[!-+\--~]+$/.test(key)) return 'malformed';
  const isShort = key.length < LEAST_KEY_LENGTH || new Set(key).size < LEAST_DIFFERENT_CHARACTERS;
  return isShort ? 'weak' : null;
}
