import {describe, expect, test} from 'vitest';
import {allFindingRows} from './all-finding-rows.ts';
import {FindingBench} from './finding-bench.ts';
import type {FindingRow} from './finding-row.ts';

/** Seconds in which a finding has to stay as its cause does, and to stay away after its cause has ended. */
const STAYS_SECONDS = 45;
const NEAR_SECONDS = 1_500;

function raised(row: FindingRow, code: string): FindingBench {
  const bench = new FindingBench();
  expect(bench.has(code), 'before').toBe(false);
  row.raise(bench, code);
  expect(bench.has(code), 'raised').toBe(true);
  return bench;
}

const cases = allFindingRows.flatMap((row) => row.codes.map((code) => ({row, code})));

describe.each(cases)('$code', ({row, code}) => {
  test('comes, and stays as long as its cause', () => {
    const presence = raised(row, code).pass(STAYS_SECONDS, code);
    expect(presence.indexOf(false)).toBe(-1);
  });

  test.each(Object.entries(row.keeps ?? {}))('is not ended by %s', (_, keep) => {
    const bench = raised(row, code);
    keep(bench, code);
    expect(bench.has(code), 'at once').toBe(true);
    expect(bench.pass(5, code), 'later').toEqual([true, true, true, true, true]);
  });

  test.each(Object.entries(row.ends))('is ended by %s', (_, end) => {
    const bench = raised(row, code);
    end(bench, code);
    expect(bench.has(code), 'at once').toBe(false);
    const presence = bench.pass(STAYS_SECONDS, code);
    expect(presence.indexOf(true), 'later').toBe(-1);
  });
});

const nearCases = allFindingRows.flatMap(({codes, near, raise}) =>
  near === undefined ? [] : codes.slice(0, 1).map((code) => ({code, near, raise})),
);

test.each(nearCases)('$code does not flap for a value near its threshold', ({code, near, raise}) => {
  for (const isRaised of [false, true]) {
    const bench = new FindingBench();
    if (isRaised) raise(bench, code);
    else bench.serve();
    near(bench, code);
    const presence = bench.pass(NEAR_SECONDS, code);
    const changes = presence.filter((now, index) => index > 0 && now !== presence[index - 1]);
    expect(changes.length, isRaised ? 'after it was raised' : 'from the start').toBeLessThanOrEqual(1);
  }
});
