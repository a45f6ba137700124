import {describe, expect, test} from 'vitest';
import type {ConsoleData} from '../../../src/client/console-data.ts';
import type {Viewport} from '../../../src/layout/solve-layout.ts';
import {createCanvas} from '../../../src/tui/canvas/canvas.ts';
import {drawConsole} from '../../../src/tui/draw-console.ts';
import type {KeyName} from '../../../src/tui/keys/key-names.ts';
import {innerSize} from '../../../src/tui/painting/paint-panel.ts';
import type {ScreenContext} from '../../../src/tui/screens/screen.ts';
import type {ConsoleState} from '../../../src/tui/shell/console-state.ts';
import {visibleFrames} from '../../../src/tui/shell/visible-frames.ts';
import {buildEvents} from '../../support/build-events.ts';
import {buildConsoleData, buildFinding, buildSnapshot} from '../../support/build-snapshot.ts';
import {configuredValues} from '../../support/configured-values.ts';
import {openedWith, screenContext, screens, wallState} from '../../support/console-screens.ts';
import {backingOffNode, degradedNode, failedNode, startingNode, stoppedNode} from '../../support/engine-states.ts';

const configuration = {file: '/gantry.yaml', isInForce: true, values: configuredValues('/gantry.yaml')};
const data = buildConsoleData({
  snapshot: buildSnapshot({configuration, findings: [buildFinding()]}),
  events: buildEvents(),
  log: Array.from({length: 200}, (_, index) => ({number: index + 1, text: `INFO line ${index + 1}`})),
});

/** The part of the window that rows of frames without anything in them take. */
function blankShare(keys: readonly KeyName[], size: Viewport, of: ConsoleData = data): number {
  const {state, context} = openedWith(of, keys, size);
  return blankShareOf(state, context);
}

function blankShareOf(state: ConsoleState, context: ScreenContext): number {
  const size = context.terminal;
  const canvas = createCanvas(size);
  drawConsole(canvas, {state, screens, context});
  const blankCells = visibleFrames(state, screens, context).flatMap(({rect}) => {
    const inner = innerSize(rect);
    const [top, left] = [(rect.rows - inner.rows) / 2, (rect.columns - inner.columns) / 2];
    return Array.from({length: inner.rows}, (_, row) => {
      const start = (rect.row + top + row) * size.columns + rect.column + left;
      const isBlank = canvas.texts.slice(start, start + inner.columns).every((text) => text.trim() === '');
      return isBlank ? rect.columns : 0;
    });
  });
  return blankCells.reduce((sum, cells) => sum + cells, 0) / (size.columns * size.rows);
}

const sizes: readonly Viewport[] = [
  {columns: 200, rows: 60},
  {columns: 180, rows: 48},
  {columns: 240, rows: 80},
  {columns: 300, rows: 100},
  {columns: 120, rows: 40},
  {columns: 110, rows: 36},
  {columns: 80, rows: 24},
];

const tabs = screens.flatMap(({name, tab}) => (tab === null ? [] : [{name, key: String(tab.number)}]));
const shown = [
  ...tabs.map(({name, key}) => ({name, keys: [key]})),
  {name: 'GPUs with one opened', keys: ['2', 'enter']},
  {name: 'Findings', keys: ['F']},
  {name: 'Keys', keys: ['?']},
];

describe.each(shown)('the screen $name', ({keys}) => {
  test.each(sizes)('has at most 15 % blank rows at $columns x $rows', (size) => {
    expect(blankShare(keys, size)).toBeLessThanOrEqual(0.15);
  });
});

const states: readonly (readonly [string, ConsoleData])[] = [
  ['starts', startingNode()],
  ['starts for the first time', startingNode({hasEarlierStarts: false})],
  ['has failed', failedNode()],
  ['waits to be started again', backingOffNode()],
  ['generates nothing', degradedNode()],
  ['is stopped', stoppedNode()],
  ['serves', data],
];

const panelTabs = tabs.filter(({name}) => ['Overview', 'GPUs', 'Engine', 'Latency', 'Cost'].includes(name));

describe.each(states)('while the engine %s', (_, known) => {
  const snapshot = known.snapshot === null ? null : {...known.snapshot, configuration};
  const of: ConsoleData = {...known, snapshot, log: data.log};
  test.each(panelTabs.flatMap((tab) => sizes.map((size) => ({...tab, ...size}))))(
    '$name has at most 15 % blank rows at $columns x $rows',
    ({key, columns, rows}) => {
      expect(blankShare([key], {columns, rows}, of)).toBeLessThanOrEqual(0.15);
    },
  );

  // What is read from across a room stands on free rows; the window is a big one.
  test.each(sizes.filter(({rows}) => rows >= 60))('a wall has at most 15 % blank rows at $columns x $rows', (size) => {
    const context = screenContext(of, size);
    expect(blankShareOf(wallState, context)).toBeLessThanOrEqual(0.15);
  });
});

/** More than any screen has panels. */
const MOST_PANELS = 12;

test.each(panelTabs)('each panel of $name has at most 15 % blank rows when it is zoomed', ({key}) => {
  for (const size of [sizes[0], sizes[4]].filter((known) => known !== undefined)) {
    for (let panel = 0; panel < MOST_PANELS; panel += 1) {
      const keys = [key, ...Array.from({length: panel}, () => 'right'), 'z'];
      expect(blankShare(keys, size), `panel ${panel + 1}`).toBeLessThanOrEqual(0.15);
    }
  }
});
