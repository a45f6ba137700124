import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {KeyName} from '../../../../src/tui/keys/key-names.ts';
import type {ConsoleState} from '../../../../src/tui/shell/console-state.ts';
import {buildConsoleData, buildFinding, buildGpu, buildSnapshot} from '../../../support/build-snapshot.ts';
import {pressed, screenContext} from '../../../support/console-screens.ts';
import {textOf} from '../../../views/draw.ts';

const size = {columns: 120, rows: 40};

function logOf(first: number, count: number) {
  return Array.from({length: count}, (_, index) => ({number: first + index, text: `line ${first + index}`}));
}

/** The lines of the log panel, and what its title says, after these keys. */
function logAfter(keys: readonly KeyName[], count: number, later = count) {
  const data = buildConsoleData({log: logOf(1, count)});
  const {state} = pressed(['L', ...keys], screenContext(data, {columns: 80, rows: 14}));
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
    expect(logAfter(['page-up'], 30)).toMatchObject({first: 12, last: 21, note: 'up to line 21, G follows'});
    expect(logAfter(['page-up', 'page-up'], 30)).toMatchObject({first: 3, last: 12});
    expect(logAfter(['page-up', 'page-up', 'page-down'], 30)).toMatchObject({first: 12, last: 21});
  });

  test('stops at its first complete page', () => {
    expect(logAfter(['page-up', 'page-up', 'page-up', 'page-up'], 30)).toMatchObject({first: 1, last: 10});
    expect(logAfter(['home'], 30)).toMatchObject({first: 1, last: 10});
  });

  test('follows again when it is scrolled down to its newest line', () => {
    expect(logAfter(['page-up', 'page-down'], 30, 40)).toMatchObject({last: 40});
    expect(logAfter(['page-up', 'G'], 30, 40)).toMatchObject({last: 40});
  });

  test('is followed while it fits, despite scrolling', () => {
    for (const key of ['page-up', 'page-down', 'home']) {
      expect(logAfter([key], 3, 4), key).toMatchObject({first: 1, last: 4});
      expect(logAfter([key], 10, 12), key).toMatchObject({first: 3, last: 12});
    }
    expect(logAfter(['page-up'], 11, 12)).toMatchObject({first: 1, last: 10});
  });

  test('shows its oldest page when the scroll position is no longer in memory', () => {
    const {state} = pressed(['L', 'z', 'home'], screenContext(buildConsoleData({log: logOf(1, 90)}), size));
    const data = buildConsoleData({log: logOf(500, 100)});
    const [frame] = state.base.draw(screenContext(data, size));
    expect(textOf(frame?.view.rows[0] ?? [])).toContain('line 500');
  });

  test('with the focus next to other panels scrolls by lines too, and one that fits leaves the arrows to the focus', () => {
    const shown = (count: number, ...keys: KeyName[]) => {
      const context = screenContext(buildConsoleData({log: logOf(1, count)}), size);
      const frames = pressed(['L', ...keys], context).state.base.draw(context);
      const focused = frames.find(({isFocused}) => isFocused);
      return {panels: frames.length > 1, id: focused?.id, note: focused?.view.titleNote ?? ''};
    };
    expect(shown(90, 'k')).toMatchObject({panels: true, id: 'log', note: expect.stringContaining('up to line 89')});
    expect(shown(90, 'up', 'k', 'page-up', 'j')).toMatchObject({
      id: 'log',
      note: expect.stringContaining('up to line 8'),
    });
    expect(shown(90, 'k', 'j')).toMatchObject({
      panels: true,
      id: 'log',
      note: expect.not.stringContaining('up to line'),
    });
    expect(shown(90, 'k', 'h').id).not.toBe('log');
    expect(shown(2, 'k').id).not.toBe('log');
  });

  test('without lines does nothing', () => {
    expect(logAfter(['page-up', 'page-down', 'home'], 0, 2)).toMatchObject({first: 1, last: 2});
  });
});

describe('a zoomed panel with more rows than the window', () => {
  const gpus = Array.from({length: 24}, (_, index) => buildGpu(index));
  const findings = Array.from({length: 12}, (_, index) =>
    buildFinding({code: `engine.trouble-${index}`, message: `Trouble number ${index} has come.`}),
  );
  const data = buildConsoleData({snapshot: buildSnapshot({gpus, findings}), log: logOf(1, 90)});
  const context = screenContext(data, {columns: 80, rows: 18});

  /** The panel of this title, zoomed, after more keys. */
  function zoomedPanel(title: string, keys: readonly KeyName[]) {
    for (let count = 0; count < 10; count += 1) {
      const before: readonly KeyName[] = ['z', ...Array.from({length: count}, () => 'right')];
      const [first] = pressed(before, context).state.base.draw(context);
      if (first?.view.title !== title) continue;
      const [frame] = pressed([...before, ...keys], context).state.base.draw(context);
      if (frame === undefined) break;
      return {title: frame.view.title, note: frame.view.titleNote, rows: frame.view.rows.map(textOf)};
    }
    throw new Error(`no panel ${title}`);
  }

  test.each([
    ['GPU memory', 24],
    ['Findings', 24],
  ])('%s scrolls by rows, by pages and to its ends, and says which rows are shown', (title, least) => {
    const first = zoomedPanel(title, []);
    const count = Number(/rows 1-14 of (\d+)/.exec(first.note)?.[1]);
    expect(count).toBeGreaterThanOrEqual(least);
    for (const key of ['down', 'j']) {
      expect(zoomedPanel(title, [key]).rows.slice(0, -1)).toEqual(first.rows.slice(1));
      expect(zoomedPanel(title, [key, key === 'j' ? 'k' : 'up'])).toEqual(first);
    }
    expect(zoomedPanel(title, ['page-down']).rows[0]).toBe(first.rows[Math.min(13, count - 14)]);
    expect(zoomedPanel(title, ['page-down', 'page-up'])).toEqual(first);
    const end = zoomedPanel(title, ['end']);
    expect(end.note).toContain(`rows ${count - 13}-${count} of ${count}`);
    expect(zoomedPanel(title, ['G', 'down'])).toEqual(end);
    expect(zoomedPanel(title, ['G', 'home'])).toEqual(first);
  });

  test('leaves the log where it is', () => {
    const [frame] = pressed(['z', 'right', 'right', 'end', 'z', 'L'], context).state.base.draw(context);
    expect(textOf(frame?.view.rows.at(-1) ?? [])).toContain('line 90');
  });

  test('is the log: it scrolls by lines, and follows again at its end', () => {
    const [frame] = pressed(['L', 'up', 'k', 'down'], context).state.base.draw(context);
    expect(frame?.view.titleNote).toContain('up to line 89');
    expect(pressed(['L', 'up', 'j'], context).state.base.draw(context)[0]?.view.titleNote).not.toContain('up to');
  });
});

test('without more rows than the window, a zoomed panel leaves the arrows to the focus', () => {
  const shown = (...keys: KeyName[]) => pressed(keys).state.base.draw(screenContext())[0]?.id;
  expect(shown('z', 'down')).toBe(shown('z', 'right'));
  expect(shown('z', 'k')).toBe(shown('z', 'left'));
  expect(shown('z', 'down')).not.toBe(shown('z'));
});

test('Esc closes one thing at a time: the dialog, the zoom, the scrolled log', () => {
  const steps: ConsoleState[] = [];
  let {state} = pressed(['L', 'z', 'page-up', 'a', 'x']);
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
    ...'sxRaPleL?zqGkjhgydn0123456789+-r',
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
