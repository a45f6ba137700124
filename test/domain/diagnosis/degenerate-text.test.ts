import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {findDegeneration} from '../../../src/domain/diagnosis/degenerate-text.ts';

describe('broken output', () => {
  test.each([
    ['exclamation marks', '!!!!!!!!!!!!!!!!', 'repeated'],
    ['marks with blanks between', '! ! ! ! ! ! ! !', 'repeated'],
    ['a good beginning that ends in marks', `The user wants a word${'!'.repeat(30)}`, 'repeated'],
    ['one word', 'ready ready ready ready ready ready ready ready', 'repeated'],
    ['one word after a good beginning', `Sure: ${'the '.repeat(16)}`, 'repeated'],
    ['a phrase', 'I am ready. '.repeat(7), 'repeated'],
    ['a word without blanks', 'readyreadyreadyreadyreadyready', 'repeated'],
    ['a word without blanks that begins like a hexadecimal number', 'beat'.repeat(8), 'repeated'],
    ['a script without blanks', '好的'.repeat(8), 'repeated'],
    ['a character of such a script, a token each', '你 你 你 你 你 你 你 你', 'repeated'],
    ['two marks in turn', '!?!?!?!?!?!?!?', 'repeated'],
    ['one letter', 'a'.repeat(16), 'repeated'],
    ['a whole page of a rule', '-'.repeat(400), 'repeated'],
    ['NaN', 'nan nan nan nan', 'not-a-number'],
    ['infinities and NaN', '-inf, NaN, inf', 'not-a-number'],
    ['placeholders', '<unk> <unk> <unk>', 'not-a-number'],
    ['ends of text', '<|endoftext|> <|endoftext|> <|endoftext|>', 'not-a-number'],
    ['bytes that are not text', '\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD', 'undecodable'],
    ['control characters', '\u0000\u0001\u0002\u0003 a', 'undecodable'],
  ] as const)('%s', (_, text, kind) => {
    expect(findDegeneration(text)).toMatchObject({kind});
  });

  test('is named by what is repeated, not by all of it', () => {
    expect(findDegeneration('!'.repeat(5_000))?.sample).toBe('!'.repeat(24));
    expect(findDegeneration('I am ready. '.repeat(7))?.sample).toBe('I am ready.');
    expect(findDegeneration('好的'.repeat(8))?.sample).toBe('好的');
  });
});

describe('valid output', () => {
  test.each([
    ['the answer', 'ready'],
    ['thinking that was cut', 'The user wants me to reply with the word "ready". I should'],
    ['nothing', ''],
    ['blanks', ' \n\n '],
    ['a rule of Markdown', '----------------'],
    ['a heading with its rule', 'Results\n=======\n\nAll good.'],
    ['a table', '| a | b |\n|---|---|\n| 1 | 1 |\n| 1 | 1 |'],
    ['box drawing', '┌────────────────────────┐\n│ ready │\n└────────────────────────┘'],
    ['closing brackets', 'f(g(h(1)))\n}}}}}}}}}}}}}}}}'],
    ['ends of blocks', 'if a then\n if b then\n  if c then\n   x()\n  end\n end\nend'],
    ['an array of numbers', '[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]'],
    ['the same without blanks', '[0,0,0,0,0,0,0,0,0,0,0,0]'],
    ['JSON', '{"a":"ready","b":["x","x","x"],"c":null}'],
    ['base64 of zeros', 'AAAAAAAAAAAAAAA='],
    ['base64 that repeats', 'QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB'],
    ['a hexadecimal number', 'deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef'],
    ['bits', '1010101010101010101010101010'],
    ['laughter', 'hahaha'],
    ['laughter of another script', '哈哈哈哈哈哈'],
    ['emphasis', 'Yes!!! Ready!!!'],
    ['emphasis alone', '!!!'],
    ['an ellipsis', '......'],
    ['Chinese', '用户希望我用一个词回答，我应该说准备好了。'],
    ['Russian', 'Пользователь хочет, чтобы я ответил одним словом'],
    ['Arabic', 'المستخدم يريد مني أن أرد بكلمة واحدة'],
    ['a character that was cut', 'Bereit \uFFFD'],
    ['a word about NaN', 'The value is NaN'],
    ['a song', 'row, row, row your boat, gently down the stream'],
    ['a list', '- ready\n- ready\n- set'],
  ])('%s', (_, text) => {
    expect(findDegeneration(text)).toBeNull();
  });
});

/** How often each may be repeated, alone or at the end of a text, before it is broken. */
describe.each<[string, number, (count: number) => string]>([
  ['a mark alone', 8, (count) => '!'.repeat(count)],
  ['a letter alone', 16, (count) => 'a'.repeat(count)],
  ['a drawing character alone', 200, (count) => '-'.repeat(count)],
  ['a mark at the end', 24, (count) => `The answer is here${'!'.repeat(count)}`],
  ['a word', 8, (count) => Array(count).fill('ready').join(' ')],
  ['a phrase of two words', 6, (count) => Array(count).fill('not ready').join(' ')],
  ['a unit without blanks', 6, (count) => 'ready'.repeat(count)],
  ['an undecodable character', 4, (count) => '\uFFFD'.repeat(count)],
  ['NaN', 3, (count) => Array(count).fill('NaN').join(' ')],
])('%s', (_, limit, textOf) => {
  test(`is broken ${limit} times, and valid once less`, () => {
    expect(findDegeneration(textOf(limit))).not.toBeNull();
    expect(findDegeneration(textOf(limit - 1))).toBeNull();
  });
});

const mark = fc.constantFrom('!', '?', '@', '%', '&', '$', '^', '。', '！');
const word = fc.stringMatching(/^[a-z]{2,9}$/);

test('a mark over and over is broken, whatever it is, however often, with blanks or without', () => {
  fc.assert(
    fc.property(mark, fc.integer({min: 8, max: 3_000}), fc.constantFrom('', ' ', '\n'), (character, count, blank) => {
      expect(findDegeneration(Array(count).fill(character).join(blank))?.kind).toBe('repeated');
    }),
  );
});

test('one word over and over is broken', () => {
  fc.assert(
    fc.property(word, fc.integer({min: 8, max: 200}), (repeated, count) => {
      expect(findDegeneration(Array(count).fill(repeated).join(' '))?.kind).toBe('repeated');
    }),
  );
});

test('different words are valid, in any order and script', () => {
  const words = fc.uniqueArray(fc.oneof(word, fc.stringMatching(/^[а-я]{2,9}$/), fc.stringMatching(/^[一-十]{1,4}$/)), {
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(words, (list) => {
      expect(findDegeneration(list.join(' '))).toBeNull();
    }),
  );
});

test('JSON and base64 of any data are valid', () => {
  fc.assert(
    fc.property(fc.json({maxDepth: 3, noUnicodeString: true}), (json) => {
      // A JSON text that is one string is judged by its words.
      if (/^[[{]/.test(json)) expect(findDegeneration(json)).toBeNull();
    }),
  );
  fc.assert(
    fc.property(fc.base64String({minLength: 4, maxLength: 200}), (text) => {
      fc.pre(new Set(text).size > 1);
      expect(findDegeneration(text)).toBeNull();
    }),
  );
});

test('blanks around a text change nothing, and any text is judged', () => {
  fc.assert(
    fc.property(fc.string({unit: 'binary', maxLength: 300}), (text) => {
      expect(findDegeneration(`\n ${text} \n`)).toEqual(findDegeneration(text));
    }),
  );
});
