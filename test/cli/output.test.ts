import {PassThrough} from 'node:stream';
import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {
  type Output,
  printError,
  printJson,
  printJsonLine,
  printProgress,
  printRows,
  printText,
} from '../../src/cli/output.ts';
import {themeOf} from '../../src/tui/theme/theme.ts';
import {span} from '../../src/views/drawing/compose.ts';
import {readSource, sourceFiles} from '../architecture/source-tree.ts';

/** What a terminal would obey: C0 without the line feed, DEL, C1, and what reorders or ends lines. */
const obeyed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

function printed(print: (output: Output) => void, isJson = false): string {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  print({isJson, stdout, stderr});
  return `${String(stdout.read() ?? '')}${String(stderr.read() ?? '')}`;
}

const hostile = fc
  .array(
    fc.oneof(fc.constantFrom('\u001b]0;x\u0007', '\u001b[2J', '\u009b31m', '\r', '\u202e', '\u0000', 'a'), fc.string()),
  )
  .map((parts) => parts.join(''));

test('no text that a command prints has anything in it that a terminal obeys', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const error = {code: 'usage.x', message: text, remedy: text};
      for (const one of [
        printed((output) => printText(output, text)),
        printed((output) => printProgress(output, text)),
        printed((output) => void printError(output, {...error, others: [error]})),
        printed((output) => void printError(output, error), true),
        printed((output) => printRows(output, [[span(text)]], {theme: null})),
        printed((output) => printJson(output, {text}), true),
        printed((output) => printJsonLine(output, {text}), true),
      ])
        expect(one).not.toMatch(obeyed);
    }),
  );
});

test('JSON has the same values, whatever is escaped', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      expect(JSON.parse(printed((output) => printJson(output, {[text]: text}), true))).toEqual({[text]: text});
    }),
  );
});

test('lines stay lines, and colors are only those of a row', () => {
  expect(printed((output) => printText(output, 'one\ntwo\u001b[31m\n'))).toBe('one\ntwo [31m\n');
  const colored = printed((output) =>
    printRows(output, [[span('\u001b[2Jbad', 'critical')]], {theme: themeOf('dark', 'cube')}),
  );
  expect(colored).toMatch(/^(?:\u001b\[[\d;]+m)+ \[2Jbad(?:\u001b\[[\d;]+m)+\n$/);
});

test('commands print through these functions alone', () => {
  const own = new Set(['cli/output.ts', 'cli/main.ts']);
  const writers = sourceFiles().filter(
    (file) =>
      file.startsWith('cli/') &&
      !own.has(file) &&
      /\bstd(?:out|err)\.write\(|console\.(?:log|error)\(/.test(readSource(file)),
  );
  expect(writers).toEqual([]);
});
