import {expect, test} from 'vitest';
import type {ThemeChoice} from '../../../src/shared/appearance/theme-choices.ts';
import type {PaletteName} from '../../../src/tui/theme/palettes.ts';
import {type Environment, selectTerminal} from '../../../src/tui/theme/select-terminal.ts';
import {type ColorDepth, themeOf} from '../../../src/tui/theme/theme.ts';

test.each<[Environment, ColorDepth]>([
  [{TERM: 'xterm-256color'}, 'cube'],
  [{TERM: 'tmux-256color'}, 'cube'],
  [{TERM: 'xterm', COLORTERM: 'truecolor'}, 'trueColor'],
  [{TERM: 'xterm-kitty'}, 'trueColor'],
  [{TERM: 'xterm'}, 'sixteen'],
  [{TERM: 'linux'}, 'sixteen'],
  [{TERM: 'screen'}, 'sixteen'],
  [{TERM: 'xterm-256color', NO_COLOR: '1'}, 'none'],
  [{TERM: 'xterm-256color', NO_COLOR: 'anything'}, 'none'],
  [{TERM: 'xterm-256color', NO_COLOR: ''}, 'cube'],
  [{TERM: 'dumb'}, 'none'],
  [{TERM: 'dumb', COLORTERM: 'truecolor'}, 'none'],
  [{TERM: 'screen-256color', COLORTERM: '24bit'}, 'trueColor'],
  [{TERM: 'xterm-direct'}, 'trueColor'],
  [{TERM: 'xterm', COLORTERM: 'yes'}, 'cube'],
  [{TERM: 'vt100'}, 'none'],
  [{TERM: 'xterm-mono'}, 'none'],
  [{TERM: 'linux-m'}, 'none'],
  [{TERM: 'screen-mouse'}, 'sixteen'],
  [{}, 'none'],
])('%j has colors: %s', (environment, expected) => {
  expect(selectTerminal(environment, true).colorDepth).toBe(expected);
});

test.each<[Environment, 'unicode' | 'ascii']>([
  [{LANG: 'en_US.UTF-8'}, 'unicode'],
  [{LANG: 'de_DE.utf8'}, 'unicode'],
  [{LANG: 'C'}, 'ascii'],
  [{LANG: 'POSIX'}, 'ascii'],
  [{}, 'ascii'],
  [{LANG: 'en_US.UTF-8', LC_ALL: 'C'}, 'ascii'],
  [{LANG: 'C', LC_CTYPE: 'C.UTF-8'}, 'unicode'],
  [{LANG: 'en_US.UTF-8', LC_ALL: ''}, 'unicode'],
  [{LANG: 'en_US.UTF-8', GANTRY_ASCII: '1'}, 'ascii'],
  [{LANG: 'C', GANTRY_ASCII: '0'}, 'unicode'],
  [{LANG: 'en_US.UTF-8', GANTRY_ASCII: ''}, 'unicode'],
])('%j is drawn in %s', (environment, expected) => {
  expect(selectTerminal({TERM: 'xterm', ...environment}, true).glyphs.name).toBe(expected);
});

test('plots are made of blocks on the console of Linux, whose font has no braille', () => {
  const formOf = (environment: Environment) => selectTerminal(environment, true).glyphs.plot.form;
  expect(formOf({TERM: 'xterm', LANG: 'C.UTF-8'})).toBe('braille');
  expect(formOf({TERM: 'linux', LANG: 'C.UTF-8'})).toBe('blocks');
  expect(formOf({TERM: 'linux-16color', LANG: 'C.UTF-8'})).toBe('blocks');
  expect(formOf({TERM: 'linux', LANG: 'C'})).toBe('ascii');
});

test('no screen without a terminal, or on one that cannot move its cursor', () => {
  expect(selectTerminal({TERM: 'xterm'}, true).canDraw).toBe(true);
  expect(selectTerminal({TERM: 'xterm'}, false).canDraw).toBe(false);
  expect(selectTerminal({TERM: 'dumb'}, true).canDraw).toBe(false);
});

test.each<[ThemeChoice, string | undefined, PaletteName]>([
  ['auto', undefined, 'dark'],
  ['auto', '15;0', 'dark'],
  ['auto', '0;15', 'light'],
  ['auto', '0;7', 'light'],
  ['auto', '0;default;15', 'light'],
  ['auto', '0;default', 'dark'],
  ['auto', '7;8', 'dark'],
  ['auto', '', 'dark'],
  ['dark', '0;15', 'dark'],
  ['light', '15;0', 'light'],
  ['high-contrast', undefined, 'highContrastDark'],
  ['high-contrast', '0;15', 'highContrastLight'],
])('%s with COLORFGBG=%s has the palette %s', (choice, background, expected) => {
  const environment = {TERM: 'xterm-256color', COLORFGBG: background};
  expect(selectTerminal(environment, true, choice).theme).toEqual(themeOf(expected, 'cube'));
});

test('a theme that was chosen by name comes before NO_COLOR', () => {
  const refused = {TERM: 'xterm-256color', NO_COLOR: '1'};
  const depthOf = (choice: ThemeChoice) => selectTerminal(refused, true, choice).colorDepth;
  expect([depthOf('auto'), depthOf('none'), depthOf('light')]).toEqual(['none', 'none', 'cube']);
  expect(selectTerminal({TERM: 'xterm-256color'}, true, 'none').colorDepth).toBe('none');
});
