import fc from 'fast-check';
import {Box, renderToString, Text} from 'ink';
import {expect, test} from 'vitest';
import {cutText, textWidth} from '../../src/shared/text-width.ts';
import {cleanText} from '../../src/tui/painting/clean-text.ts';

const graphemes = [
  'a',
  ' ',
  '~',
  'é',
  'e\u0301',
  'ß',
  'Ж',
  '│',
  '█',
  '▁',
  '…',
  '·',
  '→',
  '漢',
  '字',
  'ア',
  'ｱ',
  'ﾞ',
  '한',
  '！',
  '〜',
  '😀',
  '👩‍💻',
  '🇩🇪',
  '👍🏽',
  '❤️',
  '☎',
  '✅',
  '⚠',
  '⚠️',
  '1️⃣',
  '\u200b',
  '\u00ad',
  '𠮷',
  'ก',
  'กำ',
  'नि',
  '①',
];
const text = fc.array(fc.constantFrom(...graphemes), {maxLength: 30}).map((parts) => cleanText(parts.join('')));

test('a text that may be drawn is as wide as the renderer assumes', () => {
  fc.assert(
    fc.property(text, (sample) => {
      expect([sample, textWidth(sample)]).toEqual([sample, widthInInk(sample)]);
    }),
    {numRuns: 1000},
  );
});

test('a cut text fits, and one that fits is not cut', () => {
  fc.assert(
    fc.property(text, fc.nat(40), (sample, columns) => {
      const cut = cutText(sample, columns, '…');
      expect(textWidth(cut)).toBeLessThanOrEqual(columns);
      if (textWidth(sample) <= columns) expect(cut).toBe(sample);
      else if (columns > 0) expect(cut.endsWith('…')).toBe(true);
    }),
  );
});

test('a wide character is never cut in half', () => {
  expect(cutText('漢字漢字', 6, '…')).toBe('漢字…');
  expect(cutText('漢字', 1, '…')).toBe('…');
  expect(cutText('漢字', 0, '…')).toBe('');
});

/** The width of a box that Ink draws around the text. */
function widthInInk(sample: string): number {
  const drawn = renderToString(
    <Box alignSelf="flex-start" borderStyle="single">
      <Text>{`${sample}|`}</Text>
    </Box>,
    {columns: 200},
  );
  return (drawn.split('\n')[0] ?? '').length - 3;
}
