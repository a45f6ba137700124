import {readFileSync} from 'node:fs';
import {describe, expect, test} from 'vitest';
import {
  type Comparison,
  comparePublishedStarts,
  errorSummary,
  isTelling,
  judgePublishedStarts,
} from './compare-starts.ts';
import {publishedStarts} from './published-starts.ts';
import {validationTable} from './validation-table.ts';

const known = comparePublishedStarts(true);
const unknown = comparePublishedStarts(false);

function rows(from: readonly Comparison[], quantity: Comparison['quantity'], use?: 'fit' | 'check') {
  return from.filter((comparison) => comparison.quantity === quantity && (use === undefined || comparison.use === use));
}

describe('compared with the logs of published starts', () => {
  test('weights are within 1 %', () => {
    const weights = rows(known, 'weights per GPU');
    expect(weights.length).toBeGreaterThan(20);
    expect(Math.abs(errorSummary(weights).worst)).toBeLessThan(0.01);
  });

  test('tokens of a known pool are within 0.05 %', () => {
    expect(rows(known, 'tokens of a known pool').length).toBeGreaterThan(3);
    expect(Math.abs(errorSummary(rows(known, 'tokens of a known pool')).worst)).toBeLessThan(0.0005);
  });

  test.each(['fit', 'check'] as const)(
    'pools are within 5 % with an engine version, small ones within 0.25 GiB, of the rows to %s',
    (use) => {
      const pools = rows(known, 'pool from scratch', use);
      expect(pools.length).toBeGreaterThan(10);
      for (const {start, planned, logged, errorRatio} of pools) {
        expect(Math.abs(errorRatio) < 0.05 || Math.abs(planned - logged) < 0.25, start).toBe(true);
      }
      expect(Math.abs(errorSummary(pools.filter(isTelling)).worst)).toBeLessThan(0.05);
    },
  );

  test('pools of half a GPU and more are within 10 % without an engine version', () => {
    const pools = rows(unknown, 'pool from scratch').filter(isTelling);
    expect(pools.length).toBeGreaterThan(15);
    expect(Math.abs(errorSummary(pools).worst)).toBeLessThan(0.1);
  });

  test.each([
    [true, known],
    [false, unknown],
  ])('small pools are within the range that the plan states (version known: %s)', (_, comparisons) => {
    const pools = rows(comparisons, 'pool from scratch').filter(({logged}) => logged < 10);
    expect(pools.length).toBeGreaterThan(5);
    for (const {start, range, logged} of pools) {
      // Logs have two digits.
      expect((range?.least ?? 0) <= logged + 0.01 && logged - 0.01 <= (range?.most ?? 0), start).toBe(true);
    }
  });

  test('a pool below 5 GiB of which 10 % are uncertain is tight, without an engine version too', () => {
    for (const {start, errorRatio, logged, verdict} of [...known, ...unknown]) {
      const isPool = logged > 0 && logged < 5 && Math.abs(errorRatio) > 0.1;
      if (isPool) expect(verdict, start).not.toBe('fits');
    }
    const small = rows(unknown, 'pool from scratch').filter(({logged}) => logged > 0 && logged < 5);
    expect(small.map(({verdict}) => verdict)).toEqual(small.map(() => 'tight'));
    expect(small.length).toBeGreaterThan(2);
  });

  test.each([true, false])(
    'no start that worked is refused, and none that failed fits (version known: %s)',
    (isKnown) => {
      const judged = judgePublishedStarts(isKnown);
      expect(judged.filter(({start, verdict}) => start.didStart && verdict === 'does-not-fit')).toEqual([]);
      expect(judged.filter(({start, verdict}) => !start.didStart && verdict === 'fits')).toEqual([]);
      expect(judged.filter(({start}) => !start.didStart).length).toBeGreaterThan(2);
    },
  );

  test('no row to check with repeats one that was fitted on', () => {
    const keyOf = ({cardName, engineVersion, change}: (typeof publishedStarts)[number]) =>
      JSON.stringify([cardName, engineVersion, change]);
    const fitted = new Set(publishedStarts.filter(({use}) => use === 'fit').map(keyOf));
    expect(publishedStarts.filter((start) => start.use === 'check' && fitted.has(keyOf(start)))).toEqual([]);
  });
});

test('docs/memory.md contains the table that the bench prints', () => {
  const text = readFileSync(new URL('../../../../docs/memory.md', import.meta.url), 'utf8');
  expect(text).toContain(validationTable());
});
