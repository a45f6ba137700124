import fc from 'fast-check';
import {expect, test} from 'vitest';
import {textWidth} from '../../../src/shared/text-width.ts';
import {canvasLines, createCanvas} from '../../../src/tui/canvas/canvas.ts';
import {drawConsole} from '../../../src/tui/draw-console.ts';
import {visibleFrames} from '../../../src/tui/shell/visible-frames.ts';
import {openedState, pressed, screenContext, screens} from '../../support/console-screens.ts';
import {anyConsoleData} from '../../views/arbitraries.ts';

const tabs = screens.filter(({tab}) => tab !== null).map(({name, tab}) => ({name, number: String(tab?.number)}));
const sizes = fc.record({columns: fc.integer({min: 20, max: 300}), rows: fc.integer({min: 6, max: 100})});

test.each(tabs)('$name is as large as the window, whatever is known and whatever its size', ({number}) => {
  fc.assert(
    fc.property(anyConsoleData(false), sizes, fc.constantFrom('', 'z', ':'), (data, size, key) => {
      const context = screenContext(data, size);
      const {state} = pressed(key === '' ? [number] : [number, key], context, openedState);
      for (const {rect} of visibleFrames(state, screens, context)) {
        expect(rect.row).toBeGreaterThanOrEqual(1);
        expect(rect.column + rect.columns).toBeLessThanOrEqual(size.columns);
        expect(rect.row + rect.rows).toBeLessThanOrEqual(size.rows - 1);
      }
      const canvas = createCanvas(size);
      drawConsole(canvas, {state, screens, context});
      const lines = canvasLines(canvas);
      expect(lines).toHaveLength(size.rows);
      for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(size.columns);
    }),
    {numRuns: 40},
  );
});
