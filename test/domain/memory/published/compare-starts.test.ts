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

/** Starts whose pools the plan misses by more than 5 % and 0.25 GiB. */
const explained = [
  'GLM-5.1 NVFP4, vLLM 0.20.2, 8x RTX PRO 6000',
  'Llama 3.1 70B as FP8, vLLM 0.23.0, 1x RTX PRO 6000',
  'Qwen2 7B, vLLM 0.10.1, 1x A100',
  'Qwen2 7B, vLLM 0.10.1, 2x A100',
  'Qwen3 30B A3B FP8, vLLM 0.13.0, 1x GB10',
  'Qwen3.6 27B NVFP4, vLLM 0.23.1, 1x GB10',
];

function rows(from: readonly Comparison[], quantity: Comparison['quantity'], use?: 'fit' | 'check') {
  return from.filter((comparison) => comparison.quantity === quantity && (use === undefined || comparison.use === use));
}

describe('compared with the logs of published starts', () => {
  test('weights are within 1 %; of the second model runner, which loads buffers too, within 2.3 %', () => {
    const weights = rows(known, 'weights per GPU');
    expect(weights.length).toBeGreaterThan(50);
    for (const {start, errorRatio} of weights) {
      expect(Math.abs(errorRatio), start).toBeLessThan(start.startsWith('MiniCPM5') ? 0.023 : 0.01);
    }
  });

  test('tokens of a known pool are within 0.05 %, with a layer for prediction within 0.3 %', () => {
    const pools = rows(known, 'tokens of a known pool');
    expect(pools.length).toBeGreaterThan(20);
    for (const {start, errorRatio} of pools) {
      expect(Math.abs(errorRatio), start).toBeLessThan(start.endsWith('MTP') ? 0.003 : 0.0005);
    }
  });

  test('pools are within 5 % with an engine version, small ones within 0.25 GiB, except those that docs/memory.md explains', () => {
    const pools = rows(known, 'pool from scratch');
    const far = pools.filter(
      ({planned, logged, errorRatio}) => Math.abs(errorRatio) >= 0.05 && Math.abs(planned - logged) >= 0.25,
    );
    expect(pools.length).toBeGreaterThan(60);
    expect([...new Set(far.map(({start}) => start.replace(/, (?:decode|fraction) .*/, '')))].toSorted()).toEqual(
      explained,
    );
    expect(far.every(({use}) => use !== 'fit')).toBe(true);
  });

  test('pools of half a GPU and more are within 10.5 % without an engine version', () => {
    const pools = rows(unknown, 'pool from scratch').filter(isTelling);
    expect(pools.length).toBeGreaterThan(25);
    expect(Math.abs(errorSummary(pools).worst)).toBeLessThan(0.105);
  });

  test.each([
    [true, known],
    [false, unknown],
  ])('small pools are within the range that the plan states (version known: %s)', (_, comparisons) => {
    const pools = rows(comparisons, 'pool from scratch').filter(({logged, didStart}) => didStart && logged < 10);
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
    const small = rows(unknown, 'pool from scratch').filter(
      ({logged, didStart}) => didStart && logged > 0 && logged < 5,
    );
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
