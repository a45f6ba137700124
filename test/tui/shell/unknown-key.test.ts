import {expect, test} from 'vitest';
import {shownKey} from '../../../src/tui/keys/key-names.ts';
import {screens} from '../../../src/tui/screens/all-screens.ts';
import {footerRow} from '../../../src/tui/shell/footer-row.ts';
import {buildConsoleData, buildFinding, buildSnapshot} from '../../support/build-snapshot.ts';
import {openedState, pressed, screenContext} from '../../support/console-screens.ts';
import {textOf} from '../../views/draw.ts';

const said = (...keys: string[]) => {
  const {notice} = pressed(keys).state;
  return notice === null ? null : `${notice.kind}: ${notice.text} ${notice.remedy}`;
};

test.each([
  [['p'], 'ignored: no key p here. P: Plan screen: the effect of other settings or GPUs.'],
  [['r'], 'ignored: no key r here. R: restart with another context length; plans and asks first.'],
  [['X'], 'ignored: no key X here. x: stop the engine; asks first.'],
  [['w'], 'ignored: no key w here. ? lists all keys.'],
  [['ctrl+x'], 'ignored: no key Ctrl+X here. ? lists all keys.'],
  [['e', 'f'], 'ignored: no key f on the Events screen. Esc closes it, then f works.'],
  [['e', 'w'], 'ignored: no key w on the Events screen. The keys are in the last row; Esc closes it.'],
  [['x', 'f'], 'ignored: no key f in this dialog. Esc closes it, then f works.'],
])('%j', (keys, expected) => {
  expect(said(...keys)).toBe(expected);
});

test('every key that does something says nothing', () => {
  for (const key of ['tab', 'up', 'left', 'z', 'l', 'home', 'page-up', '?', 'e', 'x', 'escape', 'ctrl+l'])
    expect(said(key), key).toBeNull();
});

test.each([
  [' ', 'Space'],
  ['page-down', 'PgDn'],
  ['escape', 'Esc'],
  ['ctrl+l', 'Ctrl+L'],
  ['shift+tab', 'Shift+Tab'],
  ['enter', 'Enter'],
  ['é', 'é'],
])('%j is shown as %s', (key, shown) => {
  expect(shownKey(key)).toBe(shown);
});

test('in a narrow footer what only moves the view makes room first, and how to close a screen stays', () => {
  const curable = buildConsoleData({
    snapshot: buildSnapshot({findings: [buildFinding({settingsChange: {contextLengthTokens: 65_536}})]}),
  });
  const footer = (columns: number, keys: readonly string[] = []) => {
    const context = screenContext(curable);
    return textOf(footerRow({state: pressed(keys, context).state, screens, context, columns}));
  };
  expect(footer(200)).toContain('Tab next  z zoom  l log  e events');
  expect(footer(80)).toBe('? help  q leave  x stop  R restart  a apply fix  f findings  P plan  e events');
  expect(footer(20)).toBe('? help  q leave');
  expect(footer(20, ['f'])).toBe('q leave  Esc close');
  expect(footer(9, ['f'])).toBe('Esc close');
  expect(footer(3)).toBe('');
  expect(openedState.notice).toBeNull();
});
