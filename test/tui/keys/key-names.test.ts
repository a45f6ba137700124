import type {Key} from 'ink';
import {expect, test} from 'vitest';
import {type KeyName, keyNames} from '../../../src/tui/keys/key-names.ts';

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
  ['Alt and a letter', 'x', {meta: true}, []],
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
