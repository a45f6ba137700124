import {expect, test} from 'vitest';
import {type Environment, selectTerminal} from '../../../src/tui/theme/select-terminal.ts';

test.each<[Environment, 'none' | 'sixteen' | 'full']>([
  [{TERM: 'xterm-256color'}, 'full'],
  [{TERM: 'tmux-256color'}, 'full'],
  [{TERM: 'xterm', COLORTERM: 'truecolor'}, 'full'],
  [{TERM: 'xterm-kitty'}, 'full'],
  [{TERM: 'xterm'}, 'sixteen'],
  [{TERM: 'linux'}, 'sixteen'],
  [{TERM: 'screen'}, 'sixteen'],
  [{TERM: 'xterm-256color', NO_COLOR: '1'}, 'none'],
  [{TERM: 'xterm-256color', NO_COLOR: 'anything'}, 'none'],
  [{TERM: 'xterm-256color', NO_COLOR: ''}, 'full'],
  [{TERM: 'dumb'}, 'none'],
  [{TERM: 'vt100'}, 'none'],
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
  expect(formOf({TERM: 'linux', LANG: 'C'})).toBe('ascii');
});

test('no screen without a terminal, or on one that cannot move its cursor', () => {
  expect(selectTerminal({TERM: 'xterm'}, true).canDraw).toBe(true);
  expect(selectTerminal({TERM: 'xterm'}, false).canDraw).toBe(false);
  expect(selectTerminal({TERM: 'dumb'}, true).canDraw).toBe(false);
});
