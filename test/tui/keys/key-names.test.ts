import type {Key} from 'ink';
import {expect, test} from 'vitest';
import {type KeyName, keyNames, namelessKey} from '../../../src/tui/keys/key-names.ts';

test.each<[string, string, Partial<Key>, KeyName[]]>([
  ['a letter', 'q', {}, ['q']],
  ['a capital', 'R', {shift: true}, ['R']],
  ['letters that came together', 'xy', {}, ['x', 'y']],
  ['enter', '', {return: true}, ['enter']],
  ['enter after a letter in one read', 'y\r', {}, ['y', 'enter']],
  ['Ctrl+C', 'c', {ctrl: true}, ['ctrl+c']],
  ['Shift+Tab', '', {tab: true, shift: true}, ['shift+tab']],
  ['delete, as some terminals send for backspace', '', {delete: true}, ['backspace']],
  ['page up', '', {pageUp: true}, ['page-up']],
  ['Alt and a letter', 'x', {meta: true}, ['alt+x']],
  ['Alt and a capital', 'X', {meta: true, shift: true}, ['alt+X']],
  ['Alt and an arrow', '', {meta: true, upArrow: true}, ['alt+up']],
  ['Alt and Ctrl', 'x', {meta: true, ctrl: true}, ['alt+ctrl+x']],
  ['Esc twice in one read', '', {meta: true, escape: true}, ['escape', 'escape']],
  ['Ctrl and an arrow', '', {ctrl: true, rightArrow: true}, ['ctrl+right']],
  ['Shift and an arrow', '', {shift: true, upArrow: true}, ['shift+up']],
  ['Ctrl and Delete', '', {ctrl: true, delete: true}, ['ctrl+backspace']],
  ['Shift and Enter', '', {shift: true, return: true}, ['enter']],
  ['Shift and a letter, said apart', 'q', {shift: true}, ['Q']],
  ['Shift and a digit, said apart: the keyboard decides', '1', {shift: true}, [namelessKey]],
  ['a control character of the second half', '\u009bA', {}, ['A']],
  ['a function key or Insert', '', {}, [namelessKey]],
  ['a key of the desktop', 'x', {super: true}, [namelessKey]],
  ['the release of a key', 'x', {eventType: 'release'}, []],
])('%s is read as %j', (_, input, key, expected) => {
  expect(keyNames(input, {...noKey, ...key})).toEqual(expected);
});

const noKey: Key = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageDown: false,
  pageUp: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  shift: false,
  tab: false,
  backspace: false,
  delete: false,
  meta: false,
  super: false,
  hyper: false,
  capsLock: false,
  numLock: false,
};
