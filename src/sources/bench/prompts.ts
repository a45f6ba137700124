import {createHash} from 'node:crypto';

/** Words of one to three tokens; which ones does not matter, only that prompts differ. */
const words = [
  'the',
  'server',
  'reads',
  'every',
  'file',
  'of',
  'a',
  'model',
  'before',
  'it',
  'answers',
  'first',
  'request',
  'and',
  'then',
  'keeps',
  'what',
  'was',
  'asked',
  'in',
  'memory',
  'until',
  'another',
  'one',
  'needs',
  'that',
  'space',
  'again',
  'while',
  'function',
  'returns',
  'value',
] as const; // prettier-ignore

/** How long text has to be for a number of prompt tokens of this model: found with two small requests. */
export type TextScale = {
  /** Of the chat template. */
  readonly fixedTokens: number;
  readonly tokensPerWord: number;
};

/** The scale by what two texts of different length had; null if they say nothing. */
export function textScale(
  short: {readonly words: number; readonly promptTokens: number},
  long: {readonly words: number; readonly promptTokens: number},
): TextScale | null {
  const tokensPerWord = (long.promptTokens - short.promptTokens) / (long.words - short.words);
  if (!(tokensPerWord > 0)) return null;
  return {tokensPerWord, fixedTokens: Math.max(0, short.promptTokens - tokensPerWord * short.words)};
}

/** Text of so many words, the same for the same seed; another seed differs from the first word on. */
export function wordsOf(seed: string, count: number): string {
  const parts: string[] = [];
  for (let block = 0; parts.length < count; block += 1) {
    const bytes = createHash('sha512').update(`${seed}\0${block}`).digest();
    for (const byte of bytes) {
      if (parts.length === count) break;
      parts.push(words[byte % words.length] ?? 'the');
    }
  }
  return parts.join(' ');
}

/** A prompt of about so many tokens whose first part, `cachedRatio` of it, is the same for every request of the benchmark. */
export function promptText(
  seeds: {readonly shared: string; readonly own: string},
  size: {readonly promptTokens: number; readonly cachedRatio: number},
  {fixedTokens, tokensPerWord}: TextScale,
): string {
  const count = Math.max(1, Math.round((size.promptTokens - fixedTokens) / tokensPerWord));
  const sharedCount = Math.min(count - 1, Math.floor((size.promptTokens * size.cachedRatio) / tokensPerWord));
  if (sharedCount <= 0) return wordsOf(seeds.own, count);
  return `${wordsOf(seeds.shared, sharedCount)} ${wordsOf(seeds.own, count - sharedCount)}`;
}
