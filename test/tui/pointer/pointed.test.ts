import fc from 'fast-check';
import {expect, test} from 'vitest';
import {canvasLines, createCanvas} from '../../../src/tui/canvas/canvas.ts';
import {drawConsole} from '../../../src/tui/draw-console.ts';
import {pointed} from '../../../src/tui/pointer/pointed.ts';
import type {PointerReport} from '../../../src/tui/pointer/report-filter.ts';
import type {ConsoleState} from '../../../src/tui/shell/console-state.ts';
import {buildConsoleData, buildFinding, buildSnapshot} from '../../support/build-snapshot.ts';
import {openedState, pressed, screenContext, screens, shownScreen} from '../../support/console-screens.ts';

const findings = ['one', 'two', 'three'].map((code) =>
  buildFinding({code: `engine.${code}`, message: `${code} failed.`}),
);
const log = Array.from({length: 300}, (_, index) => ({
  number: index + 1,
  offsetBytes: index * 20,
  text: `line ${index + 1}`,
}));
const context = screenContext(buildConsoleData({snapshot: buildSnapshot({findings}), log}));

function linesOf(state: ConsoleState): readonly string[] {
  const canvas = createCanvas(context.terminal);
  drawConsole(canvas, {state, screens, context});
  return canvasLines(canvas);
}

/** The console after a click on this text. */
function clicked(state: ConsoleState, text: string): ConsoleState {
  const lines = linesOf(state);
  const row = lines.findIndex((line) => line.includes(text));
  if (row === -1) throw new Error(`"${text}" is not on the screen`);
  const column = lines[row]?.indexOf(text) ?? 0;
  return pointed(state, {kind: 'click', column, row}, screens, context);
}

const wheeled = (state: ConsoleState, kind: PointerReport['kind'], times = 1): ConsoleState =>
  Array.from({length: times}).reduce<ConsoleState>(
    (before) => pointed(before, {kind, column: 30, row: 30}, screens, context),
    state,
  );

test('a click on a tab shows it, and between two tabs nothing happens', () => {
  expect(shownScreen(clicked(openedState, '6 Logs'))).toBe('Logs');
  expect(shownScreen(clicked(clicked(openedState, '6 Logs'), '1 Overview'))).toBe('Overview');
  const gap = {kind: 'click', column: linesOf(openedState)[1]?.indexOf('  2 GPUs') ?? 0, row: 1} as const;
  expect(pointed(openedState, gap, screens, context)).toBe(openedState);
});

test('a click on a panel gives it the focus, and the wheel over the log scrolls it', () => {
  const focused = clicked(openedState, 'KV cache');
  expect(linesOf(pressed(['z'], context, focused).state)[2]).toContain('KV cache');
  const row = linesOf(openedState).findIndex((line) => line.includes('line 300'));
  const over = pointed(openedState, {kind: 'wheel-up', column: 10, row}, screens, context);
  expect(linesOf(over).join('\n')).toContain('up to line 297, G follows');
  const elsewhere = pointed(openedState, {kind: 'wheel-up', column: 10, row: 5}, screens, context);
  expect(linesOf(elsewhere)).toEqual(linesOf(openedState));
});

test('the wheel scrolls the Logs screen by three lines, and follows again at the end', () => {
  const {state} = pressed(['6'], context);
  expect(linesOf(state).join('\n')).toContain('line 300');
  const up = wheeled(state, 'wheel-up', 2);
  expect(linesOf(up).join('\n')).not.toContain('line 295');
  expect(linesOf(up).join('\n')).toContain('line 294');
  expect(linesOf(wheeled(up, 'wheel-down', 2))).toEqual(linesOf(state));
});

test('a click on a row of a list chooses it: findings, series, settings, the palette', () => {
  const onFindings = pressed(['F'], context).state;
  expect(
    linesOf(clicked(onFindings, 'three failed'))
      .filter((line) => line.includes('> '))
      .join(),
  ).toContain('three');
  const onHistory = pressed(['8'], context).state;
  const [series] = linesOf(onHistory)
    .flatMap((line) => /│ {3}(\w+) /.exec(line)?.[1] ?? [])
    .slice(4);
  expect(linesOf(clicked(onHistory, ` ${series} `)).join('\n')).toContain(`> ${series}`);
  const onPlan = pressed(['7'], context).state;
  expect(linesOf(clicked(onPlan, 'memory fraction')).join('\n')).toMatch(/> memory fraction/i);
  const onPalette = pressed([':', 'l', 'o', 'g'], context).state;
  const name = linesOf(onPalette).flatMap((line) => /│ {3}(log\S+) /.exec(line)?.[1] ?? [])[1] ?? '';
  expect(linesOf(clicked(onPalette, `  ${name} `)).join('\n')).toContain(`> ${name}`);
});

test('a dialog is answered by keys alone', () => {
  const asked = pressed(['x'], context).state;
  for (const text of ['Keep it running', 'Stop now', '1 Overview']) expect(clicked(asked, text)).toBe(asked);
  expect(wheeled(asked, 'wheel-down')).toBe(asked);
});

test('wherever the pointer is and whatever is open, there is a screen to draw and nothing acts', () => {
  const keys = ['1', '2', '5', '6', '7', '8', '9', 'F', '?', ':', 'z', 'x', 'R', 'escape', 'down', 'p'];
  const report = fc.record({
    kind: fc.constantFrom('click' as const, 'wheel-up' as const, 'wheel-down' as const),
    column: fc.nat({max: 130}),
    row: fc.nat({max: 45}),
  });
  const step = fc.oneof(fc.constantFrom(...keys), report);
  fc.assert(
    fc.property(fc.array(step, {maxLength: 12}), (steps) => {
      const last = steps.reduce<ConsoleState>((state, each) => {
        if (typeof each === 'string') return {...pressed([each], context, state).state, isUnseen: false};
        const next = pointed(state, each, screens, context);
        // A dialog neither opens nor closes by it.
        expect([next.cover?.screen.kind === 'dialog', next.sent]).toEqual([
          state.cover?.screen.kind === 'dialog',
          state.sent,
        ]);
        return next;
      }, openedState);
      expect(linesOf(last)).toHaveLength(context.terminal.rows);
    }),
    {numRuns: Number(process.env['GANTRY_KEY_RUNS'] ?? 60)},
  );
});
