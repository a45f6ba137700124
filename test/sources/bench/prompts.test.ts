import fc from 'fast-check';
import {expect, test} from 'vitest';
import {promptText, textScale, wordsOf} from '../../../src/sources/bench/prompts.ts';

const wordsIn = (text: string): readonly string[] => text.split(' ');

test('text is the same for the same seed, and differs from the start for another', () => {
  expect(wordsOf('a', 500)).toBe(wordsOf('a', 500));
  expect(wordsIn(wordsOf('a', 500)).slice(0, 20)).not.toEqual(wordsIn(wordsOf('b', 500)).slice(0, 20));
  expect(wordsIn(wordsOf('a', 500))).toHaveLength(500);
});

test('the scale is found from two texts, with the tokens of the template apart', () => {
  const scale = textScale({words: 16, promptTokens: 12 + 24}, {words: 256, promptTokens: 12 + 384});
  expect(scale).toEqual({fixedTokens: 12, tokensPerWord: 1.5});
  expect(textScale({words: 16, promptTokens: 1}, {words: 256, promptTokens: 1})).toBeNull();
  expect(textScale({words: 16, promptTokens: Number.NaN}, {words: 256, promptTokens: 1})).toBeNull();
});

test('a prompt has the size that was asked for, and exactly its cached part is that of every other', () => {
  const scale = {fixedTokens: 12, tokensPerWord: 1.5};
  fc.assert(
    fc.property(
      fc.integer({min: 64, max: 20_000}),
      fc.double({min: 0, max: 1, noNaN: true}),
      (promptTokens, cachedRatio) => {
        const size = {promptTokens, cachedRatio};
        const [one, other] = ['1', '2'].map((own) => wordsIn(promptText({shared: 's', own}, size, scale)));
        const count = one?.length ?? 0;
        const difference = one?.findIndex((word, index) => word !== other?.[index]) ?? -1;
        const shared = difference < 0 ? count : difference;
        const wanted = Math.floor((promptTokens * cachedRatio) / 1.5);
        // Words that follow may be the same by chance; the last one alone may be.
        return (
          Math.abs(count * 1.5 + 12 - promptTokens) <= 1.5 &&
          shared >= Math.min(wanted, count - 1) &&
          (shared <= wanted + 4 || shared >= count - 1)
        );
      },
    ),
    {numRuns: 50},
  );
});
