import {expect, test} from 'vitest';
import {createSilenceWatch} from '../../../../src/supervisor/watch/endpoint/silence-watch.ts';

function bench(isInDoubt = false) {
  let nowMs = 0;
  let told = 0;
  const onSilent = () => {
    told += 1;
  };
  const watch = createSilenceWatch({monotonicMs: () => nowMs}, onSilent, () => isInDoubt);
  return {
    at: (seconds: number, hasFailed: boolean): number => {
      nowMs = seconds * 1_000;
      watch(hasFailed);
      return told;
    },
  };
}

test('a missed scrape or two is not silence; three seconds are, once a minute', () => {
  const {at} = bench();
  expect([at(0, true), at(1, true), at(2.9, true)]).toEqual([0, 0, 0]);
  expect(at(3, true)).toBe(1);
  expect([at(4, true), at(62.9, true)]).toEqual([1, 1]);
  expect(at(63, true)).toBe(2);
});

test('a successful scrape resets the count', () => {
  const {at} = bench();
  expect([at(0, true), at(2, false), at(3, true), at(5.9, true)]).toEqual([0, 0, 0, 0]);
  expect(at(6, true)).toBe(1);
  expect([at(7, false), at(8, true), at(11, true)]).toEqual([1, 1, 2]);
});

test('a server that responds to nothing is asked every ten seconds', () => {
  const {at} = bench(true);
  expect([at(0, true), at(3, true), at(12.9, true), at(13, true), at(23, true)]).toEqual([0, 1, 1, 2, 3]);
});
