import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {spreadOver} from '../../../../src/domain/cost/ledger/spread.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

describe('amounts over hours and minutes', () => {
  test('are in proportion to the time, each part whole', () => {
    const parts = spreadOver({fromMs: HOUR - 1, untilMs: 2 * HOUR + 1}, HOUR, {tokens: 3_600_002, rest: 1});
    expect(parts).toEqual([
      {atMs: 0, amounts: {tokens: 1, rest: 0}},
      {atMs: HOUR, amounts: {tokens: 3_600_000, rest: 0}},
      {atMs: 2 * HOUR, amounts: {tokens: 1, rest: 1}},
    ]);
  });

  test('of no time are in the hour in which they were read', () => {
    expect(spreadOver({fromMs: HOUR, untilMs: HOUR}, HOUR, {tokens: 7})).toEqual([{atMs: HOUR, amounts: {tokens: 7}}]);
  });

  test('add up exactly, and minutes add up to their hours', () => {
    const moreRuns = Number(process.env['GANTRY_LEDGER_RUNS'] ?? 100);
    fc.assert(
      fc.property(
        fc.integer({min: 0, max: 3 * HOUR}),
        fc.integer({min: 0, max: 5 * HOUR}),
        fc.integer({min: 0, max: Number.MAX_SAFE_INTEGER}),
        (fromMs, lengthMs, total) => {
          const span = {fromMs, untilMs: fromMs + lengthMs};
          const hours = spreadOver(span, HOUR, {total});
          const minutes = spreadOver(span, MINUTE, {total});
          const sumOf = (parts: typeof hours): bigint =>
            parts.reduce((sum, one) => sum + BigInt(one.amounts.total), 0n);
          expect(sumOf(hours)).toBe(BigInt(total));
          for (const {atMs, amounts} of hours) {
            expect(amounts.total).toBeGreaterThanOrEqual(0);
            const within = minutes.filter((one) => one.atMs >= atMs && one.atMs < atMs + HOUR);
            expect(sumOf(within)).toBe(BigInt(amounts.total));
          }
        },
      ),
      {numRuns: moreRuns},
    );
  });

  test('that are too old are left out, and the others stay what they are', () => {
    const span = {fromMs: 0, untilMs: 10 * MINUTE};
    const all = spreadOver(span, MINUTE, {tokens: 123});
    expect(spreadOver(span, MINUTE, {tokens: 123}, 7 * MINUTE)).toEqual(all.slice(7));
  });
});
