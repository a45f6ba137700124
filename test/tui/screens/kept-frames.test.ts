import fc from 'fast-check';
import {expect, test} from 'vitest';
import type {HistoryPoints} from '../../../src/api/history.ts';
import type {ConsoleData} from '../../../src/client/console-data.ts';
import {type Canvas, canvasLines, createCanvas} from '../../../src/tui/canvas/canvas.ts';
import {type ConsolePicture, consoleParts, drawConsole} from '../../../src/tui/draw-console.ts';
import {createFramePainter} from '../../../src/tui/painting/paint-frame.ts';
import {topScreen} from '../../../src/tui/shell/console-state.ts';
import {buildConsoleData, buildFinding, buildSnapshot, TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {pressed, screenContext, screens} from '../../support/console-screens.ts';
import {anyStay, anyVisit, type Visit, visited} from './any-visit.ts';

const runs = Number(process.env['GANTRY_FRAME_RUNS'] ?? 25);

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

test.each([
  ['whatever is pressed, answered or resized', anyVisit],
  ['while one part of the data after the other changes', anyStay],
])('a frame that keeps what did not change is the frame that is drawn from scratch, %s', (_, visits) => {
  let partial = 0;
  fc.assert(
    fc.property(visits, (visit) => {
      partial += comparedFrames(visit);
    }),
    {numRuns: runs, endOnFailure: true},
  );
  expect(partial).toBeGreaterThan(runs / 2);
});

const data = buildConsoleData();
const halved = (points: HistoryPoints): HistoryPoints =>
  points.map(({atMs, value}) => ({atMs, value: value === null ? null : value / 2}));

/** Each part of the data as another one, of which some screen shows the difference. */
const others: ConsoleData = {
  connection: {kind: 'lost', sinceMs: TEST_NOW_MS - 60_000, reason: 'gone'},
  snapshot: buildSnapshot({findings: [buildFinding()]}),
  history: Object.fromEntries(Object.entries(data.history).map(([name, points]) => [name, halved(points)])),
  gpuRanges: Object.fromEntries(
    Object.entries(data.gpuRanges).map(([name, {least, most}]) => [name, {least: halved(least), most: halved(most)}]),
  ),
  log: [{number: 1, text: 'another line'}],
  events: [],
  stateEvents: null,
};
const parts = ['connection', 'snapshot', 'history', 'gpuRanges', 'log', 'events'] as const;

test.each(parts)('no panel stays as it was when only this changes, at the same time: %s', (part) => {
  const terminal = {columns: 200, rows: 60};
  const changed = ['1', '2', '3', '4', '5', '6', '9'].filter((key) => {
    const {state} = pressed([key], screenContext(data, terminal));
    const lines = (of: ConsoleData, isKept: boolean): readonly string[] => {
      const picture = {state, screens, context: screenContext(of, terminal)};
      const canvas = createCanvas(terminal);
      drawConsole(canvas, isKept ? picture : fromScratch(picture));
      return canvasLines(canvas);
    };
    const before = lines(data, true);
    const other = {...data, [part]: others[part]};
    const after = lines(other, true);
    expect(after, `screen ${key}`).toEqual(lines(other, false));
    return after.join('\n') !== before.join('\n');
  });
  expect(changed).not.toEqual([]);
});
