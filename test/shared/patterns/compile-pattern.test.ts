import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {compilePattern} from '../../../src/shared/patterns/compile-pattern.ts';

function matches(source: string, text: string): boolean {
  const pattern = compilePattern(source);
  if (!pattern.ok) throw new Error(pattern.error);
  return pattern.value(text);
}

describe('a pattern', () => {
  test.each([
    ['nccl', 'NCCL error', true],
    ['^INFO', 'INFO 11-27', true],
    ['^INFO', ' INFO', false],
    ['error$', 'an Error', true],
    ['error$', 'errors', false],
    [String.raw`\d{3} OK`, '"GET /health" 200 OK', true],
    ['TP[1-3]', 'Worker_TP2', true],
    ['TP[^1-3]', 'Worker_TP2', false],
    ['(warn|error).*gpu', 'WARNING: a GPU', true],
    ['a{2,3}b', 'ab', false],
    ['x*', '', true],
    [String.raw`a\.b`, 'a-b', false],
    ['[]x]', ']', true],
    ['[a-]', '-', true],
    [String.raw`\[pid \d+\]`, '[pid 17]', true],
    ['{', 'a { b', true],
    ['Ä', 'ä', true],
  ])('%s in "%s": %s', (source, text, expected) => {
    expect(matches(source, text)).toBe(expected);
  });

  test.each([
    ['(a', '"(" has no ")" after it'],
    ['a)', '")" has no "(" before it'],
    ['*a', '"*" has nothing before it to repeat'],
    ['[a', '"[" has no "]" after it'],
    ['(?=a)', '"(?" is only accepted as "(?:"'],
    [String.raw`(a)\1`, String.raw`"\1" is not accepted`],
    [String.raw`\bword`, String.raw`"\b" is not accepted`],
    ['a{200}', 'more than 100 repetitions'],
    ['a{3,2}', '"{3,2}" has its numbers in the wrong order'],
    ['[z-a]', 'a range in "[...]" has no order'],
    ['((a{50}){50}){50}', 'it is too large'],
  ])('%s is refused: %s', (source, reason) => {
    expect(compilePattern(source)).toEqual({ok: false, error: reason});
  });

  test('takes linear time where others take exponential time', () => {
    expect(matches('(a+)+$', `${'a'.repeat(60_000)}b`)).toBe(false);
    expect(matches('(a|aa)*c', 'a'.repeat(60_000))).toBe(false);
    expect(matches('(.*.*.*)*=x', 'y'.repeat(60_000))).toBe(false);
  });

  test('matches what a regular expression of JavaScript without regard to case matches', () => {
    const letter = fc.constantFrom('a', 'B', '.', '[ab]', '[^a]', String.raw`\d`, '1', String.raw`\w`);
    const {node} = fc.letrec<{node: string}>((tie) => ({
      node: fc.oneof(
        {maxDepth: 4},
        letter,
        fc.tuple(tie('node'), tie('node')).map(([one, other]) => `${one}${other}`),
        fc.tuple(tie('node'), tie('node')).map(([one, other]) => `(?:${one}|${other})`),
        fc
          .tuple(tie('node'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}'))
          .map(([one, suffix]) => `(?:${one})${suffix}`),
      ),
    }));
    const anchored = fc.tuple(fc.boolean(), node, fc.boolean());
    const text = fc.string({unit: fc.constantFrom('a', 'b', 'A', '1', '-'), maxLength: 8});
    fc.assert(
      fc.property(anchored, text, ([isStart, source, isEnd], line) => {
        const whole = `${isStart ? '^' : ''}(?:${source})${isEnd ? '$' : ''}`;
        expect(matches(whole, line)).toBe(new RegExp(whole, 'i').test(line));
      }),
      {numRuns: 400},
    );
  });
});
