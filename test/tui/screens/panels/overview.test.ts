import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {KeyName} from '../../../../src/tui/keys/key-names.ts';
import type {ConsoleState} from '../../../../src/tui/shell/console-state.ts';
import {buildConsoleData} from '../../../support/build-snapshot.ts';
import {pressed, screenContext} from '../../../support/console-screens.ts';
import {textOf} from '../../../views/draw.ts';

const size = {columns: 120, rows: 40};

function logOf(first: number, count: number) {
  return Array.from({length: count}, (_, index) => ({number: first + index, text: `line ${first + index}`}));
}

/** The lines of the log panel, and what its title says, after these keys. */
function logAfter(keys: readonly KeyName[], count: number, later = count) {
  const data = buildConsoleData({log: logOf(1, count)});
  const {state} = pressed(['l', ...keys], screenContext(data, {columns: 80, rows: 14}));
  return shownLog(state, later);
}

function shownLog({base}: ConsoleState, count: number) {
  const data = buildConsoleData({log: logOf(1, count)});
  const [frame] = base.draw(screenContext(data, {columns: 80, rows: 14}));
  const lines = (frame?.view.rows ?? []).map((row) => Number(textOf(row).replace(/.*line /, '')));
  return {first: lines[0], last: lines.at(-1), note: frame?.view.titleNote ?? ''};
}

describe('the log, ten rows of it', () => {
  test('follows while it is not scrolled', () => {
    expect(logAfter([], 30, 35)).toMatchObject({first: 26, last: 35});
  });

  test('scrolls up by a page with one line of overlap, and down again', () => {
    expect(logAfter(['k'], 30)).toMatchObject({first: 12, last: 21, note: 'up to line 21, G follows'});
    expect(logAfter(['k', 'k'], 30)).toMatchObject({first: 3, last: 12});
    expect(logAfter(['k', 'k', 'j'], 30)).toMatchObject({first: 12, last: 21});
  });

  test('stops at its first complete page', () => {
    expect(logAfter(['k', 'k', 'k', 'k'], 30)).toMatchObject({first: 1, last: 10});
    expect(logAfter(['home'], 30)).toMatchObject({first: 1, last: 10});
  });

  test('follows again when it is scrolled down to its newest line', () => {
    expect(logAfter(['k', 'j'], 30, 40)).toMatchObject({last: 40});
    expect(logAfter(['k', 'G'], 30, 40)).toMatchObject({last: 40});
  });

  test('is followed while it fits, despite scrolling', () => {
    for (const key of ['k', 'j', 'home']) {
      expect(logAfter([key], 3, 4), key).toMatchObject({first: 1, last: 4});
      expect(logAfter([key], 10, 12), key).toMatchObject({first: 3, last: 12});
    }
    expect(logAfter(['k'], 11, 12)).toMatchObject({first: 1, last: 10});
  });

  test('shows its oldest page when the scroll position is no longer in memory', () => {
    const {state} = pressed(['l', 'z', 'home'], screenContext(buildConsoleData({log: logOf(1, 90)}), size));
    const data = buildConsoleData({log: logOf(500, 100)});
    const [frame] = state.base.draw(screenContext(data, size));
    expect(textOf(frame?.view.rows[0] ?? [])).toContain('line 500');
  });

  test('without lines does nothing', () => {
    expect(logAfter(['k', 'j', 'home'], 0, 2)).toMatchObject({first: 1, last: 2});
  });
});

test('Esc closes one thing at a time: the dialog, the refusal, the zoom, the scrolled log', () => {
  const steps: ConsoleState[] = [];
  let {state} = pressed(['l', 'z', 'k', 'a', 'x']);
  for (let times = 0; times < 4; times += 1) {
    steps.push(state);
    ({state} = pressed(['escape'], screenContext(), state));
  }
  const zoomed = (shown: ConsoleState): boolean => shown.base.draw(screenContext()).length === 1;
  expect(steps.map((step) => [step.cover?.screen.name ?? null, zoomed(step)])).toEqual([
    ['Stop', true],
    [null, true],
    [null, false],
    [null, false],
  ]);
});

test('whatever is pressed, there is a screen to draw, and keys never throw', () => {
  const keys = [
    ...'sxRaPle?zqGkjgydn0123456789+-r',
    'tab',
    'shift+tab',
    'enter',
    'escape',
    'up',
    'down',
    'left',
    'right',
  ];
  const anyKeys = fc.array(fc.constantFrom(...keys, 'page-up', 'page-down', 'home', 'end', 'backspace'), {
    maxLength: 25,
  });
  const sizes = fc.record({columns: fc.integer({min: 20, max: 200}), rows: fc.integer({min: 6, max: 60})});
  fc.assert(
    fc.property(anyKeys, sizes, sizes, (pressedKeys, before, after) => {
      const {state} = pressed(pressedKeys, screenContext(undefined, before));
      const context = screenContext(undefined, after);
      for (const {rect} of [...state.base.draw(context), ...(state.cover?.draw(context) ?? [])]) {
        expect(rect.row).toBeGreaterThanOrEqual(1);
        expect(rect.column + rect.columns).toBeLessThanOrEqual(after.columns);
        expect(rect.row + rect.rows).toBeLessThanOrEqual(after.rows - 1);
      }
    }),
    {numRuns: 60},
  );
});
