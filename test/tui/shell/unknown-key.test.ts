import {expect, test} from 'vitest';
import {namelessKey, shownKey} from '../../../src/tui/keys/key-names.ts';
import {footerRow} from '../../../src/tui/shell/footer-row.ts';
import {buildConsoleData, buildFinding, buildSnapshot} from '../../support/build-snapshot.ts';
import {openedState, pressed, screenContext, screens} from '../../support/console-screens.ts';
import {textOf} from '../../views/draw.ts';

const said = (...keys: string[]) => {
  const {notice} = pressed(keys).state;
  return notice === null ? null : `${notice.kind}: ${notice.text} ${notice.remedy}`;
};

test.each([
  [['p'], 'ignored: no key p here. P: Plan screen: the effect of other settings or GPUs.'],
  [['r'], 'ignored: no key r here. R: restart with another context length; plans and asks first.'],
  [['X'], 'ignored: no key X here. x: stop the engine; asks first.'],
  [['v'], 'ignored: no key v here. ? lists all keys.'],
  [['ctrl+x'], 'ignored: no key Ctrl+X here. ? lists all keys.'],
  [['alt+v'], 'ignored: no key Alt+v here. ? lists all keys.'],
  [['alt+x'], 'ignored: no key Alt+x here. x: stop the engine; asks first.'],
  [[namelessKey], 'ignored: this key has no meaning here. ? lists all keys.'],
  [
    ['F', namelessKey],
    'ignored: this key has no meaning on the Findings screen. The keys are in the last row; Esc closes it.',
  ],
  [['e', 'z'], 'ignored: no key z on the Events screen. ? lists all keys.'],
  [['6', 'E'], 'ignored: no key E on the Logs screen. e: Events screen: what happened, when, why and by whom.'],
  [['F', 'z'], 'ignored: no key z on the Findings screen. Esc closes it, then z works.'],
  [['F', 'v'], 'ignored: no key v on the Findings screen. The keys are in the last row; Esc closes it.'],
  [['x', 'F'], 'ignored: no key F in this dialog. Esc closes it, then F works.'],
])('%j', (keys, expected) => {
  expect(said(...keys)).toBe(expected);
});

test('every key that does something says nothing', () => {
  for (const key of ['tab', 'up', 'left', 'z', 'L', 'home', 'page-up', '?', 'e', 'x', 'escape', 'ctrl+l'])
    expect(said(key), key).toBeNull();
});

test.each([
  [' ', 'Space'],
  ['page-down', 'PgDn'],
  ['escape', 'Esc'],
  ['ctrl+l', 'Ctrl+L'],
  ['shift+tab', 'Shift+Tab'],
  ['alt+x', 'Alt+x'],
  ['alt++', 'Alt++'],
  ['alt+page-up', 'Alt+PgUp'],
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
  expect(footer(200)).toContain('Right next panel  z zoom  L log');
  expect(footer(72)).toBe('? help  : find  q leave  x stop  R restart  a apply fix  F findings');
  expect(footer(23)).toBe('? help  : find  q leave');
  expect(footer(26, ['F'])).toBe('? help  : find  Esc close');
  expect(footer(9, ['F'])).toBe('Esc close');
  expect(footer(3)).toBe('');
  expect(openedState.notice).toBeNull();
});
