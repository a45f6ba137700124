import {expect, test} from 'vitest';
import type {ConsoleData} from '../../src/client/console-data.ts';
import {panelViews} from '../../src/views/panels/panel-views.ts';
import {buildConsoleData} from '../support/build-snapshot.ts';
import {degradedNode, failedNode, neverStartedNode, startingNode, stoppedNode} from '../support/engine-states.ts';
import {openConsole} from '../support/open-console.tsx';

const states: readonly (readonly [string, () => ConsoleData])[] = [
  ['stopped', stoppedNode],
  ['never-started', neverStartedNode],
  ['starting', startingNode],
  ['serving', buildConsoleData],
  ['degraded', degradedNode],
  ['failed', failedNode],
];

/** The screens whose panels change with the state, and their keys. */
const screens = [
  ['gpus', '2'],
  ['engine', '3'],
  ['cost', '5'],
] as const;

const sizes = [
  {columns: 80, rows: 24},
  {columns: 120, rows: 40},
  {columns: 200, rows: 60},
] as const;

const visits = screens.flatMap(([screen, key]) =>
  states.flatMap(([state, node]) => sizes.map((size) => [screen, state, size.columns, size.rows, key, node] as const)),
);

test.each(visits)('the screen %s of a node that is %s at %i x %i', async (screen, state, columns, rows, key, node) => {
  const environment = {TERM: 'xterm-256color', LANG: 'en_US.UTF-8', TZ: 'UTC'};
  const console = await openConsole({data: node(), size: {columns, rows}, environment, panelViews});
  await console.press(key);
  const drawn = console.terminal.lines().map((line) => line.trimEnd());
  await console.close();
  await expect(`${drawn.join('\n')}\n`).toMatchFileSnapshot(
    `../golden/states/${screen}-${state}-${columns}x${rows}.txt`,
  );
});
