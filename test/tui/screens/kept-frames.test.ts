import fc from 'fast-check';
import {expect, test} from 'vitest';
import {type Canvas, canvasLines, createCanvas} from '../../../src/tui/canvas/canvas.ts';
import {type ConsolePicture, consoleParts, drawConsole} from '../../../src/tui/draw-console.ts';
import {createFramePainter} from '../../../src/tui/painting/paint-frame.ts';
import {topScreen} from '../../../src/tui/shell/console-state.ts';
import {screens} from '../../support/console-screens.ts';
import {anyVisit, type Visit, visited} from './any-visit.ts';

const runs = Number(process.env['GANTRY_FRAME_RUNS'] ?? 40);

/** The same with nothing that any picture, plot or row was kept by: kept ones are found by the objects that they were made from. */
function fromScratch({state, context, ...picture}: ConsolePicture): ConsolePicture {
  const {data, history, log, pen} = context;
  return {
    ...picture,
    state: {...state, frozen: structuredClone(state.frozen)},
    context: {
      ...context,
      data: structuredClone(data),
      history: structuredClone(history),
      log: structuredClone(log),
      pen: {...pen, glyphs: {...pen.glyphs}},
    },
  };
}

const copyOf = (canvas: Canvas): Canvas => ({...canvas, texts: [...canvas.texts], styles: [...canvas.styles]});

function rowIn({columns, texts, styles}: Canvas, row: number): unknown[] {
  return [texts, styles].map((cells) => cells.slice(row * columns, (row + 1) * columns));
}

/** Compares each frame of a visit, painted over the one before, with one that is drawn from scratch. Returns how many were painted in part. */
function comparedFrames(visit: Visit): number {
  const paint = createFramePainter();
  let canvas = createCanvas({columns: 0, rows: 0});
  let partial = 0;
  visited(visit, (state, context) => {
    const {columns, rows} = context.terminal;
    if (columns !== canvas.columns || rows !== canvas.rows) canvas = createCanvas({columns, rows});
    const before = copyOf(canvas);
    const changed = paint(canvas, consoleParts({state, screens, context}), context.pen);
    const whole = createCanvas({columns, rows});
    drawConsole(whole, fromScratch({state, screens, context}));
    const where = `${topScreen(state).screen.name} at ${columns}x${rows}`;
    expect(canvasLines(canvas), where).toEqual(canvasLines(whole));
    for (let row = 0; row < rows; row += 1) {
      expect(rowIn(canvas, row), `row ${row} of ${where}`).toEqual(rowIn(whole, row));
      if (changed !== null && !changed.has(row)) expect(rowIn(canvas, row), `row ${row}`).toEqual(rowIn(before, row));
    }
    if (changed !== null && changed.size < rows) partial += 1;
  });
  return partial;
}

test('a frame that keeps what did not change is the frame that is drawn from scratch, on every screen', () => {
  let partial = 0;
  fc.assert(
    fc.property(anyVisit, (visit) => {
      partial += comparedFrames(visit);
    }),
    {numRuns: runs, endOnFailure: true},
  );
  expect(partial).toBeGreaterThan(runs / 2);
});
