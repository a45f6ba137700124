import {execFileSync} from 'node:child_process';
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {quoteArgument, quoteArguments, quoteAssignment, shellLines} from '../../../src/engines/launch/shell-quoting.ts';

/** What a shell makes of a text that was pasted. */
function shell(text: string): string {
  return execFileSync('/bin/sh', ['-c', text], {encoding: 'utf8', env: {PATH: '/usr/bin:/bin', HOME: '/nowhere'}});
}

/** Words that an exec can pass on: no NUL, no lone surrogates, which are no UTF-8. */
const word = fc.oneof(
  fc.string({unit: 'grapheme', maxLength: 20}).filter((text) => !text.includes('\0')),
  fc.string({unit: fc.constantFrom(...`'"\\$\`!*?[]{}()<>|&;~#=%- \t\n`, 'a'), maxLength: 12}),
  fc.constantFrom('', '-', '--', "it's", '~', '~/x', 'a=b', '--a=b', '$HOME', '*', '{"a": 1}', '\n', 'é', '-n'),
);

describe('arguments for a shell', () => {
  test('come back unchanged, whatever they contain', () => {
    fc.assert(
      fc.property(fc.array(word, {minLength: 1, maxLength: 6}), (argv) => {
        expect(shell(`printf '%s\\0' ${quoteArguments(argv)}`)).toBe(argv.map((text) => `${text}\0`).join(''));
      }),
      {numRuns: 150},
    );
  });

  test('come back unchanged from several lines too, one group of arguments per line', () => {
    fc.assert(
      fc.property(fc.array(fc.array(word, {minLength: 1, maxLength: 3}), {minLength: 1, maxLength: 4}), (groups) => {
        const lines = shellLines([["printf '%s\\0'"], ...groups.map((argv) => argv.map(quoteArgument))]);
        expect(shell(lines.join('\n'))).toBe(
          groups
            .flat()
            .map((text) => `${text}\0`)
            .join(''),
        );
      }),
      {numRuns: 60},
    );
  });

  test('set a variable to exactly its value', () => {
    fc.assert(
      fc.property(word, (value) => {
        expect(shell(`${quoteAssignment('GIVEN', value)} sh -c 'printf "%s|" "$GIVEN"'`)).toBe(`${value}|`);
      }),
      {numRuns: 60},
    );
  });

  test('that need no quotes have none', () => {
    const plain = ['serve', 'moonshotai/Kimi-K2.7-Code', '--max-model-len', '262144', '--env=A=1', '/health,/metrics'];
    expect(quoteArguments(plain)).toBe(plain.join(' '));
    expect(quoteArgument('A=1')).toBe("'A=1'");
    expect(quoteArgument("it's")).toBe(`'it'\\''s'`);
  });
});
