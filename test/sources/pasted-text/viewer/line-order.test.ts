import {expect, test} from 'vitest';
import {isNewestFirst, oldestFirst} from '../../../../src/sources/pasted-text/viewer/line-order.ts';

const lines = (...parts: readonly (readonly [text: string, timeMs: number | null])[]) =>
  parts.map(([text, timeMs], index) => ({text, timeMs, number: index + 1, service: null}));
const texts = (ordered: readonly {readonly text: string}[]) => ordered.map(({text}) => text);

test('falling times are turned round, and one step back is not enough', () => {
  const falling = lines(['c', 3], ['b', 2], ['a', 1]);
  expect(isNewestFirst(falling)).toBe(true);
  expect(texts(oldestFirst(falling))).toEqual(['a', 'b', 'c']);
  expect(isNewestFirst(lines(['a', 1], ['c', 3], ['b', 2]))).toBe(false);
  expect(isNewestFirst([])).toBe(false);
});

const start = 'Traceback (most recent call last):';
const frame = '  File "/venv/x.py", line 3, in load';

test('a traceback that stands on its head is turned round without any time', () => {
  const reversed = lines(['ValueError: no', null], [frame, null], [start, null]);
  expect(isNewestFirst(reversed)).toBe(true);
  expect(texts(oldestFirst(reversed))).toEqual([start, frame, 'ValueError: no']);
});

test('lines without a time stay below the one that they belong to', () => {
  const entries = lines(['last', 3], [start, 2], [frame, null], ['ValueError: no', null], ['first', 1]);
  expect(texts(oldestFirst(entries))).toEqual(['first', start, frame, 'ValueError: no', 'last']);
});
