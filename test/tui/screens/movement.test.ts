import {describe, expect, test} from 'vitest';
import type {ConsoleData} from '../../../src/client/console-data.ts';
import type {PanelNode} from '../../../src/layout/layout-schema.ts';
import {layoutsWith} from '../../../src/layout/load-layout.ts';
import {canvasLines, createCanvas} from '../../../src/tui/canvas/canvas.ts';
import {drawConsole} from '../../../src/tui/draw-console.ts';
import type {KeyName} from '../../../src/tui/keys/key-names.ts';
import {createScreens} from '../../../src/tui/screens/all-screens.ts';
import type {ScreenContext} from '../../../src/tui/screens/screen.ts';
import type {ConsoleState} from '../../../src/tui/shell/console-state.ts';
import {initialConsoleState} from '../../../src/tui/shell/console-state.ts';
import {press} from '../../../src/tui/shell/press.ts';
import {visibleFrames} from '../../../src/tui/shell/visible-frames.ts';
import {panelViews} from '../../../src/views/panels/panel-views.ts';
import {buildEvents} from '../../support/build-events.ts';
import {buildConsoleData, buildFinding, buildSnapshot} from '../../support/build-snapshot.ts';
import {pressed, screenContext, screens} from '../../support/console-screens.ts';

const MOST_PRESSES = 120;
const moves: readonly KeyName[] = ['up', 'down', 'k', 'j', 'page-up', 'page-down', 'home', 'end', 'g', 'G'];
const findings = [1, 2].map((nth) =>
  buildFinding({code: `engine.trouble-${nth}`, remedy: Array.from({length: 400}, (_, at) => `Do ${at}.`).join(' ')}),
);
const log = Array.from({length: 90}, (_, index) => ({number: index + 1, text: `line ${index + 1}`}));
const data = buildConsoleData({snapshot: buildSnapshot({findings}), events: buildEvents(), log});

function picture(state: ConsoleState, context: ScreenContext): string {
  const canvas = createCanvas(context.terminal);
  drawConsole(canvas, {state: {...state, notice: null}, screens, context});
  const focused = visibleFrames(state, screens, context).find(({isFocused}) => isFocused);
  return [focused?.id, ...canvasLines(canvas)].join('\n');
}

/** What was said at the first press that changed nothing of the picture; null if each one changed it. */
function saidAtTheEnd(opened: readonly KeyName[], key: KeyName, given: ConsoleData = data): string | null {
  const context = screenContext(given, {columns: 80, rows: 24});
  let {state} = pressed(opened, context);
  const first = picture(state, context);
  let before = first;
  for (let count = 0; count < MOST_PRESSES; count += 1) {
    ({state} = pressed([key], context, state));
    const after = picture(state, context);
    if (after === before) return state.notice?.text ?? '';
    // Around a list, as often as one likes.
    if (after === first) return null;
    before = after;
  }
  return null;
}

describe('a key that moves changes what is shown, or says why not', () => {
  const opened: readonly (readonly KeyName[])[] = [
    ...[...'123456789'].map((tab) => [tab]),
    ['?'],
    ['F'],
    ['L'],
    ['L', 'z'],
    ['z', 'right'],
    ['2', 'enter'],
    ['3', 'right', 'z'],
    ['9', 'enter'],
  ];
  test.each(opened.map((keys) => [keys.join(' '), keys] as const))('after %s', (_, keys) => {
    for (const key of moves) expect(saidAtTheEnd(keys, key), key).not.toBe('');
  });

  test('in the log of the Overview, with what leads on', () => {
    expect(saidAtTheEnd(['L'], 'down')).toBe('this is the end');
    expect(saidAtTheEnd(['L'], 'up')).toBe('this is the beginning');
    expect(saidAtTheEnd(['L'], 'page-up')).toBe('this is the beginning');
    const {state} = pressed(['1', 'L', 'z', 'down'], screenContext(data));
    expect(state.notice?.remedy).toBe('Right focuses another panel.');
  });
});

test('where z is refused, Enter is refused in the same words', () => {
  const root: PanelNode = {kind: 'panel', id: 'log', panel: 'log', extent: {}, dropOrder: 0, options: {}};
  const layout = {...layoutsWith(new Map())('overview'), variants: [{minColumns: 0, minRows: 0, root}]};
  const {first, all} = createScreens(layoutsWith(new Map([['overview', layout]])), panelViews);
  const context = screenContext(data);
  const said = (key: KeyName) => press(initialConsoleState(first, context.nowMs), key, all, context).state.notice?.text;
  expect(said('z')).toBe('this screen has no other panel');
  expect(said('enter')).toBe(said('z'));
  expect(said('right')).toBe(said('z'));
});
