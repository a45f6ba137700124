import {expect, test} from 'vitest';
import type {ConsoleData} from '../../src/client/console-data.ts';
import {builtInLayout, layoutsWith} from '../../src/layout/load-layout.ts';
import {panelViews} from '../../src/views/panels/panel-views.ts';
import {buildEvents} from '../support/build-events.ts';
import {buildConsoleData, TEST_NOW_MS} from '../support/build-snapshot.ts';
import {
  degradedNode,
  endedNode,
  failedNode,
  neverStartedNode,
  startingNode,
  stoppedNode,
  stoppingNode,
} from '../support/engine-states.ts';
import {openConsole} from '../support/open-console.tsx';

const large = {columns: 200, rows: 60};
const lost = {kind: 'lost', sinceMs: TEST_NOW_MS - 90_000, reason: 'the supervisor does not answer'} as const;
const environment = {TERM: 'xterm-256color', LANG: 'en_US.UTF-8', TZ: 'UTC'};

test.each<[string, ConsoleData, {readonly columns: number; readonly rows: number}]>([
  ['serving-200x60', buildConsoleData({events: buildEvents()}), large],
  ['serving-300x100', buildConsoleData(), {columns: 300, rows: 100}],
  ['serving-120x40', buildConsoleData(), {columns: 120, rows: 40}],
  ['starting-200x60', startingNode(), large],
  ['failed-200x60', failedNode(), large],
  ['degraded-200x60', degradedNode(), large],
  ['stopped-200x60', stoppedNode(), large],
  ['ended-200x60', endedNode(), large],
  ['never-started-200x60', neverStartedNode(), large],
  ['stopping-200x60', stoppingNode(), large],
  ['lost-200x60', {...buildConsoleData(), connection: lost}, large],
  ['failed-80x24', failedNode(), {columns: 80, rows: 24}],
  ['starting-80x24', startingNode(), {columns: 80, rows: 24}],
  ['stopped-80x24', stoppedNode(), {columns: 80, rows: 24}],
])('the layout for a wall, %s', async (name, data, size) => {
  const wall = builtInLayout('wall');
  if (!wall.ok) throw new Error(wall.error.message);
  const layoutOf = layoutsWith(new Map([['overview', wall.value]]));
  const console = await openConsole({data, size, environment, panelViews, layoutOf});
  const screen = console.terminal.lines().map((line) => line.trimEnd());
  await console.close();
  await expect(`${screen.join('\n')}\n`).toMatchFileSnapshot(`../golden/wall-${name}.txt`);
});
