import {expect, test} from 'vitest';
import {canvasLines, createCanvas, writeText} from '../../../src/tui/canvas/canvas.ts';
import {plain} from '../../../src/tui/theme/theme.ts';

/** The row of a canvas of eight columns after these texts. */
function drawn(...texts: readonly (readonly [column: number, text: string])[]): string | undefined {
  const canvas = createCanvas({columns: 8, rows: 1});
  for (const [column, text] of texts) writeText(canvas, 0, column, text, plain);
  return canvasLines(canvas)[0];
}

test.each([
  [
    'the first cell of a wide character',
    [
      [0, '模型模型'],
      [2, 'ab'],
    ],
    '模ab模型',
  ],
  [
    'its second cell',
    [
      [0, '模型模型'],
      [3, 'a'],
    ],
    '模 a模型',
  ],
  [
    'the second cell of one and the first of the next',
    [
      [0, '模型模型'],
      [1, 'ab'],
    ],
    ' ab 模型',
  ],
  [
    'the right edge',
    [
      [0, '模型模型'],
      [6, 'abc'],
    ],
    '模型模ab',
  ],
  [
    'a mark before it',
    [
      [0, 'e\u0301e'],
      [0, 'ab'],
    ],
    'ab      ',
  ],
] as const)('a simple text over %s leaves no half of a character', (_what, texts, row) => {
  expect(drawn(...texts)).toBe(row);
});

test('the column after a text is where the next one is written, at most the right edge', () => {
  const canvas = createCanvas({columns: 4, rows: 1});
  expect(writeText(canvas, 0, 1, 'ab', plain)).toBe(3);
  expect(writeText(canvas, 0, 3, 'abc', plain)).toBe(4);
  expect(writeText(canvas, 0, 4, 'a', plain)).toBe(4);
  expect(writeText(canvas, 0, 9, '', plain)).toBe(9);
});
