import {describe, expect, test} from 'vitest';
import {quoteArgument, quoteArguments, quoteAssignment, shellLines} from '../../../src/engines/launch/shell-quoting.ts';

describe('an argument for a shell', () => {
  test.each(['serve', 'moonshotai/Kimi-K2.7-Code', 'a_b@c%d+e:f,g.h', '0', '-', '--a', '--env=A=1', '-ngl=3'])(
    '%s needs no quotes',
    (word) => {
      expect(quoteArgument(word)).toBe(word);
    },
  );

  test.each([
    '',
    'A=1',
    'a b',
    '*',
    '~',
    '$HOME',
    '"',
    '--a b',
    '--a=*',
    'a\n',
    '\na',
    '=',
    '!a',
    'a!',
    '--a=b!',
    ' --a',
  ])('%j is quoted', (word) => {
    expect(quoteArgument(word)).toBe(`'${word}'`);
  });

  test('every quotation mark in it ends the quotes and starts them again', () => {
    expect(quoteArgument("it's 'so'")).toBe(`'it'\\''s '\\''so'\\'''`);
  });

  test('several are one line', () => {
    expect(quoteArguments(['a', 'b c', '--d=e'])).toBe("a 'b c' --d=e");
    expect(quoteArguments([])).toBe('');
  });
});

test('an assignment quotes its value if needed, and an empty value has no quotes', () => {
  expect(quoteAssignment('A', '')).toBe('A=');
  expect(quoteAssignment('A', 'b')).toBe('A=b');
  expect(quoteAssignment('A', 'b c')).toBe("A='b c'");
});

test('lines of a command: all except the last continue, all except the first are indented, empty groups are skipped', () => {
  expect(shellLines([['vllm', 'serve'], [], ['--port', '8000'], ['--metrics'], []])).toEqual([
    'vllm serve \\',
    '  --port 8000 \\',
    '  --metrics',
  ]);
  expect(shellLines([['vllm']])).toEqual(['vllm']);
  expect(shellLines([[]])).toEqual([]);
});
