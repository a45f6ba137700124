import fc from 'fast-check';
import {expect, test} from 'vitest';
import {findLines} from '../../../src/api/recording/recorded-lines.ts';

const MIB = 1024 * 1024;

/** Numbers of the lines that are visited. */
function numbersOf(text: string): number[] {
  const numbers: number[] = [];
  findLines(Buffer.from(text), (_place, _line, number) => void numbers.push(number));
  return numbers;
}

function linesOf(bytes: Buffer): (string | null)[] {
  const lines: (string | null)[] = [];
  findLines(bytes, ({start, end}, line) => {
    if (line !== null) expect(bytes.subarray(start, end).equals(line)).toBe(true);
    lines.push(line === null ? null : Buffer.from(line).toString('latin1'));
  });
  return lines;
}

test('lines are found wherever they end, without blanks at their ends and without blank lines', () => {
  const text = fc.string({unit: fc.constantFrom('a', '}', '\n', '\r', ' ', '\t'), maxLength: 60});
  fc.assert(
    fc.property(text, (written) => {
      const expected = written.split('\n').map((line) => line.replace(/[ \t\r]+$/, ''));
      expect(linesOf(Buffer.from(written))).toEqual(expected.filter((line) => line !== ''));
      expect(numbersOf(written)).toEqual(expected.flatMap((line, index) => (line === '' ? [] : [index + 1])));
    }),
  );
});

test('lines longer than what is looked at together are found whole, and one that is far too long is only counted', () => {
  const long = (length: number): string => 'x'.repeat(length);
  const lines = ['a', long(MIB - 2), long(MIB), 'b', long(5 * MIB), 'c'];
  expect(linesOf(Buffer.from(lines.join('\n')))).toEqual(lines);
  const far = ['a', long(40 * MIB), 'b', long(40 * MIB)].join('\n');
  expect(linesOf(Buffer.from(far))).toEqual(['a', null, 'b', null]);
  expect(numbersOf(far)).toEqual([1, 2, 3, 4]);
});

test('bytes that are missing, as of a file that was cut off meanwhile, end the search', () => {
  const bytes = Buffer.from('a\nb');
  const seen: string[] = [];
  const cut = {length: 10 * MIB, subarray: (start: number, end: number) => bytes.subarray(start, end)};
  findLines(cut, (_place, line) => void seen.push(Buffer.from(line ?? []).toString()));
  expect(seen).toEqual(['a', 'b']);
});
