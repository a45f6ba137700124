import xterm from '@xterm/headless';
import fc from 'fast-check';
import {expect, test} from 'vitest';
import {type Canvas, canvasLines, createCanvas, writeText} from '../../../src/tui/canvas/canvas.ts';
import {difference} from '../../../src/tui/canvas/difference.ts';
import {plain, type Style, themeOf} from '../../../src/tui/theme/theme.ts';
import {cellsOf} from '../../support/screen-cells.ts';

const theme = themeOf('dark', 'cube');
const styles = [plain, theme.strong, theme.simulated, theme.critical];
const text = fc.oneof(
  fc.string({maxLength: 12}),
  fc.constantFrom('漢字', 'a漢b', '한', '▂▃█', 'é', '        ', '─────'),
);
const stroke = fc.record({row: fc.nat(5), column: fc.nat(21), text, style: fc.constantFrom(...styles)});
const size = {columns: 20, rows: 5};
const picture = fc.array(stroke, {maxLength: 12});
const downward = [0, 1, 2, 3, 4];

type Stroke = {readonly row: number; readonly column: number; readonly text: string; readonly style: Style};

function drawn(strokes: readonly Stroke[]): Canvas {
  const canvas = createCanvas(size);
  for (const part of strokes) writeText(canvas, part.row, part.column, part.text, part.style);
  return canvas;
}

async function screenAfter(writes: readonly string[]): Promise<readonly (readonly string[])[]> {
  const terminal = new xterm.Terminal({cols: size.columns, rows: size.rows, allowProposedApi: true});
  for (const write of writes) await new Promise<void>((resolve) => terminal.write(write, resolve));
  const cells = cellsOf(terminal);
  terminal.dispose();
  return cells;
}

function cellsIn({columns, texts}: Canvas): string[][] {
  return Array.from({length: size.rows}, (_, row) => texts.slice(row * columns, (row + 1) * columns));
}

const pictureSequence = fc.array(picture, {maxLength: 4});
const limits = fc.constantFrom(1, 30, 10_000);
const orders = fc.shuffledSubarray(downward, {minLength: size.rows});

test('a terminal shows each of several pictures after the differences between them, in parts or whole', async () => {
  await fc.assert(
    fc.asyncProperty(pictureSequence, limits, orders, async (pictures, limit, order) => {
      const shown = createCanvas(size);
      const writes: string[] = [];
      for (const wanted of pictures.map(drawn)) {
        for (let part = 0; part <= size.rows; part += 1) {
          const {text: written, isComplete} = difference(shown, wanted, limit, order);
          writes.push(written);
          if (isComplete) break;
        }
        expect(shown.texts).toEqual(wanted.texts);
        expect(shown.styles).toEqual(wanted.styles);
        expect(await screenAfter(writes)).toEqual(cellsIn(wanted));
      }
    }),
    {numRuns: 150},
  );
});

test.each([0, 3, 18])(
  'an emoji that the terminal draws in one cell leaves nothing of before next to it: %i',
  async (at) => {
    const letters = 'abcdefghijklmnopqrst';
    const [shown, before, after] = [createCanvas(size), createCanvas(size), createCanvas(size)];
    writeText(before, 0, 0, letters, plain);
    writeText(after, 0, 0, letters, plain);
    // The terminal of this test does not know that the second code point makes the first one wide.
    writeText(after, 0, at, '❤\ufe0f', plain);
    const writes = [before, after].map((wanted) => difference(shown, wanted, 10_000, downward).text);
    const [row] = await screenAfter(writes);
    expect(row).toEqual([...letters.slice(0, at), '❤\ufe0f', ' ', ...letters.slice(at + 2)]);
  },
);

test('every row of a canvas is exactly as wide as the canvas, whatever overlaps', () => {
  fc.assert(
    fc.property(picture, (strokes) => {
      const canvas = drawn(strokes);
      for (const cells of cellsIn(canvas)) {
        for (const [column, cell] of cells.entries()) {
          if (cell === '') expect(cells[column - 1], JSON.stringify(cells)).toMatch(/^(.{2,}|[^ -~]|)$/u);
        }
      }
      expect(canvasLines(canvas)).toHaveLength(size.rows);
    }),
  );
});

test('one changed number is written alone, equal pictures write nothing', () => {
  const before = drawn([{row: 2, column: 3, text: 'running 23', style: plain}]);
  const after = drawn([{row: 2, column: 3, text: 'running 24', style: plain}]);
  expect(difference(before, after, 1_000, downward)).toEqual({
    text: '\u001b[3;13H4',
    bytes: 8,
    isComplete: true,
    rowsDone: size.rows,
  });
  expect(difference(before, after, 1_000, downward)).toEqual({
    text: '',
    bytes: 0,
    isComplete: true,
    rowsDone: size.rows,
  });
});

test('what a row takes is counted in bytes: a point of a plot has three', () => {
  const after = drawn([0, 1, 2].map((row) => ({row, column: 0, text: '⣿'.repeat(10), style: plain})));
  const {text, bytes, rowsDone} = difference(createCanvas(size), after, 30, downward);
  expect([text, bytes, rowsDone]).toEqual([`\u001b[1;1H${'⣿'.repeat(10)}`, 36, 1]);
});

test('few unchanged cells are written again, many are jumped over, and the end of a row is erased', () => {
  const before = drawn([{row: 0, column: 0, text: 'abcdefghijklmnop', style: plain}]);
  const after = drawn([{row: 0, column: 0, text: 'AbcDefghijkl', style: plain}]);
  expect(difference(before, after, 1_000, downward).text).toBe('\u001b[1;1HAbcD\u001b[8C\u001b[K');
});

test('a style is begun once for all of its cells and ended at the end', () => {
  const after = drawn([{row: 0, column: 0, text: 'ready', style: theme.ok}]);
  expect(difference(createCanvas(size), after, 1_000, downward).text).toBe(`\u001b[1;1H${theme.ok.open}ready\u001b[0m`);
});
