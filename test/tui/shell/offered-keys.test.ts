import {describe, expect, test} from 'vitest';
import type {ConsoleData} from '../../../src/client/console-data.ts';
import type {Layout} from '../../../src/layout/layout-schema.ts';
import {builtInLayout, layoutsWith} from '../../../src/layout/load-layout.ts';
import type {KeyName} from '../../../src/tui/keys/key-names.ts';
import {createScreens} from '../../../src/tui/screens/all-screens.ts';
import {initialConsoleState} from '../../../src/tui/shell/console-state.ts';
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
import {faultOf, laterSeen, offered, opened, picture} from './offered.ts';

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
