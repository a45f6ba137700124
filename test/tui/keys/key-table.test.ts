import type {Key} from 'ink';
import {expect, test} from 'vitest';
import {type KeyName, keyNames} from '../../../src/tui/keys/key-names.ts';
import {actionIds, bindingOf, type KeyMode, keyTable} from '../../../src/tui/keys/key-table.ts';
import {buildConsoleData, buildSnapshot} from '../../support/build-snapshot.ts';

const modes: readonly KeyMode[] = ['none', 'help', 'events', 'stop', 'cure', 'restart', 'plan'];

test('every action has exactly one line in the table', () => {
  expect(keyTable.map(({id}) => id).toSorted()).toEqual([...actionIds].toSorted());
});

test.each(modes)('no key means two things in mode %s', (mode) => {
  const keys = keyTable.filter((binding) => binding.modes.includes(mode)).flatMap(({keys: names}) => names);
  expect(new Set(keys).size).toBe(keys.length);
});

test('escape and Ctrl+C work everywhere', () => {
  expect(bindingOf('back').modes).toEqual(modes);
  expect(bindingOf('detach-now').modes).toEqual(modes);
});

test.each([
  ['stopped', ['start-engine', 'restart-engine']],
  ['failed', ['start-engine', 'stop-engine', 'restart-engine']],
  ['backing-off', ['start-engine', 'stop-engine', 'restart-engine']],
  ['starting', ['stop-engine', 'restart-engine']],
  ['ready', ['stop-engine', 'restart-engine']],
  ['degraded', ['stop-engine', 'restart-engine']],
  ['draining', ['start-engine', 'stop-engine', 'restart-engine']],
  ['stopping', ['start-engine', 'restart-engine']],
] as const)('while the engine is %s, %j work', (state, expected) => {
  const data = buildConsoleData({snapshot: buildSnapshot({engine: {state}})});
  const working = (['start-engine', 'stop-engine', 'restart-engine'] as const).filter(
    (id) => bindingOf(id).disabledReason(data) === null,
  );
  expect(working).toEqual(expected);
});

test('an engine whose settings are not known cannot be restarted with others', () => {
  const data = buildConsoleData({snapshot: {...buildSnapshot(), engine: {...buildSnapshot().engine, settings: null}}});
  expect(bindingOf('restart-engine').disabledReason(data)).toBe('the settings of this engine are not known');
});

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
])('%s is told as %j', (_, input, key, expected) => {
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
