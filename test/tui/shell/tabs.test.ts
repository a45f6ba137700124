import {expect, test} from 'vitest';
import {canvasLines, createCanvas} from '../../../src/tui/canvas/canvas.ts';
import {drawConsole} from '../../../src/tui/draw-console.ts';
import type {ConsoleState} from '../../../src/tui/shell/console-state.ts';
import {tabRow} from '../../../src/tui/shell/tab-row.ts';
import {buildEvent} from '../../support/build-event.ts';
import {buildConsoleData, TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {openedState, pressed, screenContext, screens, shownScreen} from '../../support/console-screens.ts';
import {textOf} from '../../views/draw.ts';

const names = screens
  .filter(({tab}) => tab !== null)
  .toSorted((a, b) => (a.tab?.number ?? 0) - (b.tab?.number ?? 0))
  .map(({name}) => name);

const rowOf = (state: ConsoleState, columns = 120, context = screenContext()): string =>
  textOf(tabRow({state, screens, context, columns}));

test('each tab opens with its number, and the row marks the one that is shown', () => {
  for (const {name, tab} of screens) {
    if (tab === null) continue;
    const {state} = pressed([String(tab.number)]);
    expect(shownScreen(state)).toBe(name);
    expect(rowOf(state)).toContain(`[${tab.number} ${name}]`);
  }
});

test('Tab goes through the screens in their order and around, Shift+Tab back', () => {
  const visited = names.map((_, index) => shownScreen(pressed(names.slice(0, index + 1).map(() => 'tab')).state));
  expect(visited).toEqual([...names.slice(1), names[0]]);
  expect(shownScreen(pressed(['shift+tab']).state)).toBe(names.at(-1));
  expect(shownScreen(pressed(['tab', 'shift+tab']).state)).toBe(names[0]);
});

test('a screen that cannot be opened now is skipped by Tab, and its number says why', () => {
  const context = screenContext(buildConsoleData({snapshot: null}));
  const visited = names.map((_, index) =>
    shownScreen(
      pressed(
        names.slice(0, index + 1).map(() => 'tab'),
        context,
      ).state,
    ),
  );
  expect(visited).not.toContain('Plan');
  const {state} = pressed(['7'], context);
  expect([shownScreen(state), state.notice?.text]).toEqual(['Overview', 'cannot do that: no data about the node yet']);
});

test('Esc and the letter of a tab lead back to the first one, its own number does nothing', () => {
  expect(shownScreen(pressed(['e', 'escape']).state)).toBe('Overview');
  expect(shownScreen(pressed(['e', 'e']).state)).toBe('Overview');
  expect(shownScreen(pressed(['9', '9']).state)).toBe('Events');
});

test('a tab is as it was left: the focus, the place in the log, a changed plan', () => {
  const zoomed = pressed(['right', 'z', '6', 'u', 'up', '1']).state;
  expect(zoomed.base.draw(screenContext())).toHaveLength(1);
  const log = pressed(['6'], screenContext(), zoomed).state;
  expect(log.base.draw(screenContext())[0]?.view.titleNote).toContain('paused at line 438');
  const planned = pressed(['P', '-', 'tab', 'P']).state;
  expect(planned.base.draw(screenContext())[0]?.view.rows.map(textOf).join('\n')).toContain('262,144 → 131,072');
});

test('from a screen over a tab, a number shows the tab; from a dialog it does not', () => {
  const {state} = pressed(['?', '9']);
  expect([shownScreen(state), state.cover]).toEqual(['Events', null]);
  expect(shownScreen(pressed(['x', '9']).state)).toBe('Stop');
});

test('digits lead on from the Plan screen, and are typed once its context is open for typing', () => {
  expect(shownScreen(pressed(['6', '7', '8', '9']).state)).toBe('Events');
  expect(shownScreen(pressed(['7', 'enter', '8']).state)).toBe('Plan');
  expect(shownScreen(pressed(['7', 'enter', '8', 'tab']).state)).toBe('History');
  expect(shownScreen(pressed(['7', 'enter', '8', 'escape', '9']).state)).toBe('Events');
});

test('a dot says that there are warnings since the events were last shown', () => {
  const event = (atMs: number, severity: 'warning' | 'info') => buildEvent({atMs, severity});
  const context = (...events: readonly ReturnType<typeof event>[]) => screenContext(buildConsoleData({events}));
  const later = TEST_NOW_MS + 5;
  expect(rowOf(openedState, 120, context(event(TEST_NOW_MS - 1, 'warning'), event(later, 'info')))).toMatch(
    /9 Events$/,
  );
  const news = context(event(later, 'warning'));
  expect(rowOf(openedState, 120, news)).toMatch(/9 Events●$/);
  const read = pressed(['9', '1'], {...news, nowMs: later + 1}).state;
  expect(rowOf(read, 120, news)).toMatch(/9 Events$/);
});

test('a narrow window has the numbers, and the name of the shown one', () => {
  expect(rowOf(openedState, 24)).toMatch(/^\[1 Overview\](?: \d)+$/);
  for (const columns of [20, 30, 80]) {
    const context = screenContext(undefined, {columns, rows: 24});
    const canvas = createCanvas({columns, rows: 24});
    drawConsole(canvas, {state: openedState, screens, context});
    expect(canvasLines(canvas)[1]?.trimEnd().length).toBeLessThanOrEqual(columns);
    expect(canvasLines(canvas)[1]).toContain('[1 Overview]');
  }
});
