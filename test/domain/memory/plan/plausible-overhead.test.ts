import {describe, expect, test} from 'vitest';
import {detailsOf} from '../../../../src/domain/diagnosis/details/details.ts';
import {planMemory} from '../../../../src/domain/memory/plan/plan-memory.ts';
import type {PlanOutcome} from '../../../../src/domain/memory/plan/plan-outcome.ts';
import {
  implausibleOverheadFinding,
  isBelieved,
  isBelievedAlone,
} from '../../../../src/domain/memory/plan/plausible-overhead.ts';
import {BYTES_PER_GIB} from '../../../../src/shared/units.ts';
import {buildOutcome} from '../build-outcome.ts';
import {H200, planInput} from '../plan-samples.ts';

const gib = (count: number): number => Math.round(count * BYTES_PER_GIB);
const plan = planMemory(planInput(H200));
const withDefault = (overheadGib: number, cardGib = 140) => ({
  perGpu: {...plan.perGpu, overheadBytes: gib(overheadGib), cudaVisibleBytes: gib(cardGib)},
});
const isPlannedWith = (measuredGib: number, made = withDefault(3)) =>
  implausibleOverheadFinding({bytes: gib(measuredGib), isLowerBound: false}, made) === null;

describe('a measured overhead is planned with', () => {
  test.each([0, 0.1, 2.5, 3.8, 8.1, 16, -0.5])('%d GiB: published starts, twice the largest, rounding', (measured) => {
    expect(isPlannedWith(measured)).toBe(true);
  });

  test.each([-0.6, -9, 16.1, 61, 139])('not %d GiB', (measured) => {
    expect(isPlannedWith(measured)).toBe(false);
  });

  test('up to four times a large default, and up to half of a small card', () => {
    expect(isPlannedWith(24, withDefault(6))).toBe(true);
    expect(isPlannedWith(24.1, withDefault(6))).toBe(false);
    expect(isPlannedWith(12, withDefault(3, 24))).toBe(true);
    expect(isPlannedWith(12.1, withDefault(3, 24))).toBe(false);
  });

  test('always if that start failed and logged its room: the same settings would fail again', () => {
    const outcome = {learnedOverheadBytes: gib(61), isLowerBound: false, isOfFailedStart: false};
    expect(isBelieved(outcome, plan)).toBe(false);
    expect(isBelieved({...outcome, isLowerBound: true}, plan)).toBe(false);
    expect(isBelieved({...outcome, isLowerBound: true, isOfFailedStart: true}, plan)).toBe(false);
    const within = {learnedOverheadBytes: gib(10), isLowerBound: true, isOfFailedStart: true};
    expect(isBelieved(within, plan)).toBe(true);
    expect(isBelieved({...outcome, isOfFailedStart: true}, plan)).toBe(true);
    expect(isBelieved({...outcome, learnedOverheadBytes: null}, plan)).toBe(true);
    expect(implausibleOverheadFinding(null, plan)).toBeNull();
  });
});

describe('an outcome is believed', () => {
  const planned = {
    weightsBytes: gib(72),
    overheadBytes: gib(6),
    poolBytes: gib(40),
    capacityTokens: 600_000,
    usedBytes: gib(120),
  };
  const outcome = (change: Partial<PlanOutcome>): PlanOutcome =>
    buildOutcome({contextLengthTokens: 8_192, planned, ...change});

  test.each<[Partial<PlanOutcome>, boolean]>([
    [{}, true],
    [{learnedOverheadBytes: gib(24)}, true],
    [{learnedOverheadBytes: gib(24) + 1}, false],
    [{learnedOverheadBytes: gib(-0.5)}, true],
    [{learnedOverheadBytes: gib(-0.5) - 1}, false],
    [{learnedOverheadBytes: gib(61), isLowerBound: true}, false],
    [{learnedOverheadBytes: gib(61), isLowerBound: true, isOfFailedStart: true}, false],
    [{learnedOverheadBytes: gib(24), isLowerBound: true, isOfFailedStart: true}, true],
    [{learnedOverheadBytes: gib(61), isOfFailedStart: true}, true],
  ])('%j: %s, with and without the size of the GPU', (change, expected) => {
    expect(isBelievedAlone(outcome(change))).toBe(expected);
    expect(isBelieved(outcome(change), withDefault(6))).toBe(expected);
  });

  test('up to half of a small GPU, where its size is known', () => {
    const half = outcome({learnedOverheadBytes: gib(12) + 1});
    expect(isBelieved(half, withDefault(6, 24))).toBe(false);
    expect(isBelievedAlone(half)).toBe(true);
  });
});

test('a start that ran out of memory with more than can be names what may be wrong', () => {
  const finding = implausibleOverheadFinding({bytes: gib(61), isLowerBound: true}, plan);
  expect(finding).toMatchObject({
    code: 'plan.overhead-implausible',
    message: expect.stringContaining('something else is on the card'),
  });
});

test('what is not planned with is a finding with the numbers and the bounds', () => {
  const made = withDefault(3);
  const finding = implausibleOverheadFinding({bytes: gib(61), isLowerBound: false}, made);
  expect(finding && detailsOf(finding, 'plan.overhead-implausible')).toEqual({
    isLowerBound: false,
    measuredBytesPerGpu: gib(61),
    usedBytesPerGpu: gib(3),
    leastBytesPerGpu: gib(-0.5),
    mostBytesPerGpu: gib(16),
  });
});
