import {describe, expect, test} from 'vitest';
import type {ConsoleData} from '../../../src/client/console-data.ts';
import type {Layout} from '../../../src/layout/layout-schema.ts';
import {builtInLayout, layoutsWith} from '../../../src/layout/load-layout.ts';
import {canvasLines, createCanvas} from '../../../src/tui/canvas/canvas.ts';
import {drawConsole} from '../../../src/tui/draw-console.ts';
import {type KeyName, shownKey} from '../../../src/tui/keys/key-names.ts';
import {createScreens} from '../../../src/tui/screens/all-screens.ts';
import type {Screen, ScreenContext} from '../../../src/tui/screens/screen.ts';
import {type ConsoleState, initialConsoleState} from '../../../src/tui/shell/console-state.ts';
import {footerRow} from '../../../src/tui/shell/footer-row.ts';
import {press} from '../../../src/tui/shell/press.ts';
import {keysNow} from '../../../src/tui/shell/shell-keys.ts';
import {visibleFrames} from '../../../src/tui/shell/visible-frames.ts';
import {panelViews} from '../../../src/views/panels/panel-views.ts';
import {buildEvents} from '../../support/build-events.ts';
import {buildConsoleData, buildSnapshot, TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {screenContext} from '../../support/console-screens.ts';
import {
  backingOffNode,
  degradedNode,
  failedNode,
  neverStartedNode,
  silentNode,
  startingNode,
  stoppedNode,
} from '../../support/engine-states.ts';

/** A layout of one panel, as a user may write it. */
function only(panel: 'kv-cache' | 'log' | 'findings'): Layout {
  const root = {kind: 'panel', id: panel, panel, extent: {}, dropOrder: 0, options: {}} as const;
  return {schemaVersion: 1, name: panel, title: panel, variants: [{minColumns: 0, minRows: 0, root}]};
}

function builtIn(name: string): Layout {
  const layout = builtInLayout(name);
  if (!layout.ok) throw new Error(layout.error.message);
  return layout.value;
}

const nodes: Readonly<Record<string, ConsoleData>> = {
  serving: {...buildConsoleData(), events: buildEvents()},
  starting: startingNode(),
  failed: failedNode(),
  'backing off': backingOffNode(),
  degraded: degradedNode(),
  silent: silentNode(),
  stopped: stoppedNode(),
  'never started': neverStartedNode(),
  lost: {...buildConsoleData(), connection: {kind: 'lost', sinceMs: TEST_NOW_MS - 9_000, reason: 'no answer'}},
  unknown: buildConsoleData({snapshot: null, log: [], history: {}, gpuRanges: {}, connection: {kind: 'connecting'}}),
  'without GPUs': buildConsoleData({snapshot: buildSnapshot({gpus: [], findings: []}), log: []}),
};

/** One for each node in turn. */
const sizes = [
  {columns: 120, rows: 40},
  {columns: 80, rows: 24},
  {columns: 200, rows: 60},
];

/** What is pressed before the footer is read. */
type Places = readonly (readonly KeyName[])[];
const everywhere: Places = [
  ...[...'123456789', '?', ':', 'F', 'x', 'R', 'a'].map((key) => [key]),
  ...['1', '2', '3', '4', '5'].flatMap((key) => [
    [key, 'z'],
    [key, 'right'],
  ]),
  ...[
    ['2', 'enter'],
    ['1', 'L'],
    ['1', 'L', 'z'],
    ['6', '/'],
    ['7', 'enter'],
    ['7', '-'],
    ['8', 'left'],
    ['9', 'enter'],
    ['9', '/'],
    [':', 'g', 'p', 'u'],
    [':', 'q', 'x', 'q'],
  ],
];

const panelScreens = ['overview', 'gpus', 'engine', 'latency', 'cost'];
const onPanels: Places = [['1'], ['1', 'right'], ['1', 'z'], ['1', 'L'], ['2'], ['4'], ['4', 'z']];

const layouts: Readonly<Record<string, {layouts: ReadonlyMap<string, Layout>; places: Places}>> = {
  'the built-in layouts': {layouts: new Map(), places: everywhere},
  'the wall': {layouts: new Map([['overview', builtIn('wall')]]), places: onPanels.slice(0, 4)},
  'a plot alone': {layouts: new Map(panelScreens.map((name) => [name, only('kv-cache')])), places: onPanels},
  'a log alone': {layouts: new Map(panelScreens.map((name) => [name, only('log')])), places: onPanels},
  'findings alone': {layouts: new Map(panelScreens.map((name) => [name, only('findings')])), places: onPanels},
};

/** The keys of the footer in a line that has room for all, and what is written after each. */
function offered(state: ConsoleState, screens: readonly Screen[], context: ScreenContext): Map<KeyName, string> {
  const names = new Map(
    keysNow(state, screens, context.keymap).flatMap(({keys}) => keys.map((key) => [shownKey(key), key] as const)),
  );
  const row = footerRow({state, screens, context, columns: 1_000});
  return new Map(
    row.flatMap(({text, tone}, index) =>
      tone !== 'accent'
        ? []
        : (text.length > 1 ? text.split('/') : [text]).map((name) => [
            names.get(name) ?? `unknown ${name}`,
            `${text}${row[index + 1]?.text ?? ''}`,
          ]),
    ),
  );
}

function picture(state: ConsoleState, screens: readonly Screen[], context: ScreenContext): string {
  const canvas = createCanvas(context.terminal);
  drawConsole(canvas, {state, screens, context});
  const focused = visibleFrames(state, screens, context).find(({isFocused}) => isFocused)?.id ?? '';
  return [...canvasLines(canvas), focused].join('\n');
}

/** What these change is seen at lines that are yet to come, and at the series that is chosen next. */
const laterSeen = new Set(['W wrap', 'Space pause/follow', 'p compare']);

/** Why a key that is offered does nothing; null where it does something. `before` is the picture without it. */
function faultOf(
  state: ConsoleState,
  key: KeyName,
  screens: readonly Screen[],
  context: ScreenContext,
  before: () => string,
): string | null {
  const {state: next, effect} = press(state, key, screens, context);
  const isElsewhere = next.cover?.screen !== state.cover?.screen || next.base.screen !== state.base.screen;
  if (effect !== null || isElsewhere || next.frozen !== state.frozen) return null;
  if (next.notice !== null) return next.notice.text;
  return picture(next, screens, context) === before() ? 'nothing' : null;
}

/** The screen after these keys as a person sees it who has read what was said, and reads the footer. */
function opened(keys: readonly KeyName[], state: ConsoleState, screens: readonly Screen[], context: ScreenContext) {
  return keys.reduce<ConsoleState>(
    (before, key) => ({...press(before, key, screens, context).state, notice: null, isUnseen: false}),
    state,
  );
}

/** With these the screens have most, and least. */
const special = new Set(['serving', 'failed', 'without GPUs']);
const cases = Object.entries(nodes).map(([name, data], index) => ({name, data, size: sizes[index % sizes.length]}));

describe.each(Object.entries(layouts))('with %s', (_, {layouts: chosen, places}) => {
  const {all: screens, first} = createScreens(layoutsWith(new Map(chosen)), panelViews);

  const some = places.filter(([key]) => places !== everywhere || ['1', '2', '3', '4', '5', 'F'].includes(key ?? ''));

  test.each(cases)('every key that a footer offers does something: $name', ({name, data, size}) => {
    const context = screenContext(data, size);
    const faults = new Set<string>();
    for (const keys of special.has(name) ? places : some) {
      const state = opened(keys, initialConsoleState(first, TEST_NOW_MS), screens, context);
      let drawn: string | null = null;
      const before = (): string => (drawn ??= picture(state, screens, context));
      for (const [key, hint] of offered(state, screens, context)) {
        const fault = faultOf(state, key, screens, context, before);
        if (fault !== null && !laterSeen.has(hint)) faults.add(`${keys.join(' ')}: ${hint}: ${fault}`);
      }
    }
    expect([...faults]).toEqual([]);
  });
});
