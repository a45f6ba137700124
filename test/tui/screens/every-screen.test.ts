import fc from 'fast-check';
import {expect, test} from 'vitest';
import {textWidth} from '../../../src/shared/text-width.ts';
import {canvasLines, createCanvas} from '../../../src/tui/canvas/canvas.ts';
import {drawConsole} from '../../../src/tui/draw-console.ts';
import type {ScreenContext} from '../../../src/tui/screens/screen.ts';
import {type ConsoleState, topScreen} from '../../../src/tui/shell/console-state.ts';
import {visibleFrames} from '../../../src/tui/shell/visible-frames.ts';
import {buildConsoleData, buildFinding, buildSnapshot} from '../../support/build-snapshot.ts';
import {pressed, screenContext, screens, shownScreen} from '../../support/console-screens.ts';
import {anyVisit, openers, visited} from './any-visit.ts';

const runs = Number(process.env['GANTRY_FRAME_RUNS'] ?? 100);

/** What is wrong with a frame; null if it is exactly as large as its window and nothing of it lies elsewhere. */
function faultOf(state: ConsoleState, context: ScreenContext): string | null {
  const {terminal: size, pen} = context;
  for (const {id, rect} of visibleFrames(state, screens, context)) {
    const isInside =
      rect.row >= 1 && rect.column + rect.columns <= size.columns && rect.row + rect.rows <= size.rows - 1;
    if (!isInside) return `${id} at ${JSON.stringify(rect)} is outside`;
  }
  const canvas = createCanvas(size);
  drawConsole(canvas, {state, screens, context});
  const lines = canvasLines(canvas);
  if (lines.length !== size.rows) return `${lines.length} rows`;
  const wrong = lines.find((line) => textWidth(line) !== size.columns);
  if (wrong !== undefined) return `${textWidth(wrong)} columns: ${JSON.stringify(wrong)}`;
  const strange = pen.glyphs.name === 'ascii' ? lines.find((line) => !/^[ -~]*$/.test(line)) : undefined;
  return strange === undefined ? null : `not ASCII: ${JSON.stringify(strange)}`;
}

test('every frame is as large as the window, whatever is known, pressed, answered or resized', () => {
  fc.assert(
    fc.property(anyVisit, (visit) => {
      visited(visit, (state, context) => {
        const {columns, rows} = context.terminal;
        const fault = faultOf(state, context);
        if (fault !== null) throw new Error(`${topScreen(state).screen.name} at ${columns}x${rows}: ${fault}`);
      });
    }),
    // A visit is too long to be shrunk: what names it is the seed, with the first failure.
    {numRuns: runs, endOnFailure: true},
  );
});

test('visits begin with every screen and every dialog', () => {
  const findings = [buildFinding({settingsChange: {contextLengthTokens: 32_768}})];
  const context = screenContext(buildConsoleData({snapshot: buildSnapshot({findings})}));
  const opened = new Set(openers.map((key) => shownScreen(pressed([key], context).state)));
  expect([...opened].toSorted()).toEqual(screens.map(({name}) => name).toSorted());
});
