import {expect, test} from 'vitest';
import {createSlowLink} from './slow-link.ts';

/** A link of 1,000 bytes a second between turns at chosen times; what arrived at each. */
function carriedAt(turns: readonly (readonly [nowMs: number, written: number])[], rate = 1_000): readonly number[] {
  let nowMs = 0;
  const link = createSlowLink(rate, () => nowMs);
  const write = link.connect(() => undefined);
  return turns.map(([atMs, written]) => {
    nowMs = atMs;
    write('x'.repeat(written));
    return link.arrivedBytes();
  });
}

test('a link carries so many bytes as the time since they were written allows', () => {
  const turns = [
    [0, 1_000],
    [20, 0],
    [20.5, 0],
    [21, 0],
    [1_000, 0],
  ] as const;
  expect(carriedAt(turns)).toEqual([0, 20, 20, 21, 1_000]);
});

test('a turn that comes late carries what the time allows, and nothing of it is left for what is written then', () => {
  // The host was busy for a second while five bytes waited.
  const turns = [
    [0, 5],
    [1_000, 1_500],
    [1_020, 0],
    [2_500, 0],
  ] as const;
  expect(carriedAt(turns)).toEqual([0, 5, 25, 1_505]);
});

test('a link without limit carries everything at its next turn, and one that carries nothing holds everything', () => {
  expect(
    carriedAt(
      [
        [0, 7],
        [0, 2],
        [1, 0],
      ],
      Number.POSITIVE_INFINITY,
    ),
  ).toEqual([0, 7, 9]);
  expect(
    carriedAt(
      [
        [0, 7],
        [5_000, 2],
      ],
      0,
    ),
  ).toEqual([0, 0]);
});

test('a link carries at the new speed from the moment of its change', () => {
  let nowMs = 0;
  const link = createSlowLink(0, () => nowMs);
  const write = link.connect(() => undefined);
  write('x'.repeat(3_000));
  nowMs = 1_000;
  link.setRate(1_000);
  nowMs = 1_500;
  write('');
  expect(link.arrivedBytes()).toBe(500);
});
