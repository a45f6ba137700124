import fc from 'fast-check';
import {expect, test} from 'vitest';
import {textWidth} from '../../../src/shared/text-width.ts';
import {span} from '../../../src/views/drawing/compose.ts';
import {wrapIndented, wrapText} from '../../../src/views/drawing/wrap-text.ts';
import {unicodeGlyphs} from '../../../src/views/glyphs.ts';

const lines = (text: string, columns: number, maxRows = 20): string[] =>
  wrapText(text, 'normal', columns, maxRows, unicodeGlyphs).map((row) => row.map((part) => part.text).join(''));

test('a path that is longer than a row is broken after a slash', () => {
  expect(lines('Edit /root/.config/gantry-of-this-node/gantry.yaml now', 24)).toEqual([
    'Edit',
    '/root/.config/gantry-of-',
    'this-node/gantry.yaml',
    'now',
  ]);
  expect(lines('/a/very-long-directory/x', 22)).toEqual(['/a/very-long-', 'directory/x']);
});

test('a word without a place to break, or with one only at its beginning, is broken where the row ends', () => {
  expect(lines('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
  expect(lines('/abcdefghij', 8)).toEqual(['/abcdefg', 'hij']);
});

test.each([
  ['gantry restart --context 65536', 'Start it with gantry restart --context 65536 at a quiet time.'],
  ['gantry restart --drain 60s).', 'Restart it at some quiet time (gantry restart --drain 60s).'],
  ['nvidia-smi --gpu-reset -i 3', 'Then reset the GPU with nvidia-smi --gpu-reset -i 3 if it stays.'],
  ['kill -CONT 4711', 'Let the stopped process go on: kill -CONT 4711'],
  ['uv pip install -U sglang', 'Install a new version there with uv pip install -U sglang.'],
  ['95 %,', 'Of the last week 95 %, and no less, are needed for that.'],
  ['--mem-fraction-static 0.8', 'The extra argument says --mem-fraction-static 0.8 but it is not so.'],
])('%s is never in two rows where a row has room for it', (command, text) => {
  for (let columns = command.length + 1; columns <= text.length; columns += 1)
    expect(lines(text, columns).some((line) => line.includes(command))).toBe(true);
  expect(lines(text, 12).every((line) => textWidth(line) <= 12)).toBe(true);
});

test('behind an indent, a path that is too long for it has a row of its own, without the indent', () => {
  const indented = (text: string, columns: number) =>
    wrapIndented(text, 'normal', [span('          ')], columns).map((row) => row.map((part) => part.text).join(''));
  expect(indented('in /srv/models/kimi-k2.7-code-int4 now', 32)).toEqual([
    '          in',
    '/srv/models/kimi-k2.7-code-int4',
    '          now',
  ]);
  expect(indented('in /srv/models/kimi-k2.7-code-int4 now', 30)).toEqual([
    '          in',
    '          /srv/models/kimi-',
    '          k2.7-code-int4 now',
  ]);
});

test('a character that is wider than a row has a row of its own, and what follows it is wrapped', () => {
  expect(lines('ab字cdé', 1)).toEqual(['a', 'b', '字', 'c', 'd', 'é']);
});

test('no character is lost, and no row is too wide', () => {
  const word = fc.string({unit: fc.constantFrom('a', 'b', '/', '-', '=', ',', '字'), minLength: 1, maxLength: 40});
  fc.assert(
    fc.property(fc.array(word, {minLength: 1, maxLength: 6}), fc.integer({min: 2, max: 30}), (words, columns) => {
      const wrapped = lines(words.join(' '), columns, 1_000);
      expect(wrapped.join('').replaceAll(' ', '')).toBe(words.join(''));
      for (const line of wrapped) expect(textWidth(line)).toBeLessThanOrEqual(columns);
    }),
  );
});
