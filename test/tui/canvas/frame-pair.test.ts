import xterm from '@xterm/headless';
import fc from 'fast-check';
import {expect, test} from 'vitest';
import {blankCells, canvasLines, createCanvas, writeText} from '../../../src/tui/canvas/canvas.ts';
import {createFramePair} from '../../../src/tui/canvas/frame-pair.ts';
import {plain} from '../../../src/tui/theme/theme.ts';
import {cellsOf} from '../../support/screen-cells.ts';

const size = {columns: 12, rows: 5};

/** A frame that writes rows again, and after which so much is written to the terminal. */
const anyFrame = fc.record({
  rows: fc.uniqueArray(fc.tuple(fc.nat(size.rows - 1), fc.constantFrom('a', 'bb 漢字', 'cc', '')), {
    selector: ([row]) => row,
  }),
  saysWhich: fc.boolean(),
  isUrgent: fc.boolean(),
  isForgotten: fc.boolean(),
  limit: fc.constantFrom(1, 8, 40, 10_000),
});

test('a terminal shows the last frame once everything is written, whichever rows each frame says it changed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyFrame, {maxLength: 8}), async (frames) => {
      const pair = createFramePair();
      const terminal = new xterm.Terminal({cols: size.columns, rows: size.rows, allowProposedApi: true});
      const write = (text: string): Promise<void> => new Promise((resolve) => terminal.write(text, resolve));
      const wanted = createCanvas(size);
      for (const {rows, saysWhich, isUrgent, isForgotten, limit} of frames) {
        if (isForgotten) {
          await write('\u001b[Hwhat another program wrote');
          pair.forget();
        }
        const paint = (canvas: typeof wanted) => {
          for (const [row, text] of rows) {
            blankCells(canvas, {row, column: 0, columns: size.columns});
            writeText(canvas, row, 0, text, plain);
          }
        };
        paint(wanted);
        pair.paint(
          size,
          (canvas) => {
            paint(canvas);
            return saysWhich ? new Set(rows.map(([row]) => row)) : null;
          },
          isUrgent,
        );
        await write(pair.changes(limit, limit / 2).text);
      }
      for (let part = 0; part <= size.rows && frames.length > 0; part += 1) {
        const {text, isComplete} = pair.changes(10_000, 10_000);
        await write(text);
        if (isComplete) break;
      }
      const shown = cellsOf(terminal).map((cells) => cells.join(''));
      terminal.dispose();
      expect(shown).toEqual(canvasLines(wanted));
    }),
    {numRuns: 200},
  );
});
