import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {
  type Condition,
  LONGEST_SIGNAL_GAP_MS,
  type Signal,
  signalOf,
  unseenCondition,
  withSignal,
} from '../../../../src/domain/diagnosis/conditions/condition.ts';
import {absent} from '../../../../src/samples/reading.ts';

const holdTimes = {raiseAfterMs: 10_000, resolveAfterMs: 20_000};

type Step = readonly [signal: Signal, afterMs: number];

/** Every state after each of these signals, the first one at 1,000 ms. */
function states(steps: readonly Step[], times = holdTimes): readonly (Condition & {readonly atMs: number})[] {
  let condition = unseenCondition;
  let atMs = 1_000;
  return steps.map(([signal, afterMs]) => {
    atMs += afterMs;
    condition = withSignal(condition, signal, atMs, times);
    return {...condition, atMs};
  });
}

function last(steps: readonly Step[], times = holdTimes): Condition {
  return states(steps, times).at(-1) ?? unseenCondition;
}

/** A signal each second for so many seconds; the first one starts the time. */
function every(signal: Signal, seconds: number): readonly Step[] {
  return Array.from({length: seconds + 1}, () => [signal, 1_000] as const);
}

describe('a condition', () => {
  test('is raised once it was present for its time, and dates from the first signal', () => {
    expect(last(every('present', 9)).isRaised).toBe(false);
    expect(last(every('present', 10))).toMatchObject({isRaised: true, sinceMs: 2_000});
  });

  test('is resolved once it was gone for its time', () => {
    const raised = every('present', 10);
    expect(last([...raised, ...every('gone', 19)]).isRaised).toBe(true);
    expect(last([...raised, ...every('gone', 20)])).toMatchObject({isRaised: false, sinceMs: null});
  });

  test('with no time to hold changes at the first signal', () => {
    const atOnce = {raiseAfterMs: 0, resolveAfterMs: 0};
    expect(last([['present', 1]], atOnce).isRaised).toBe(true);
    expect(
      last(
        [
          ['present', 1],
          ['gone', 1],
        ],
        atOnce,
      ).isRaised,
    ).toBe(false);
  });

  test.each(['gone', 'between'] as const)('starts to count again after `%s`', (signal) => {
    expect(last([...every('present', 9), [signal, 1_000], ...every('present', 9)]).isRaised).toBe(false);
    expect(last([...every('present', 9), [signal, 1_000], ...every('present', 10)]).isRaised).toBe(true);
  });

  test.each(['present', 'between'] as const)('that is raised starts to count again after `%s`', (signal) => {
    const raised = every('present', 10);
    expect(last([...raised, ...every('gone', 19), [signal, 1_000], ...every('gone', 19)]).isRaised).toBe(true);
  });

  test('continues counting after unknown readings, without counting their time', () => {
    const interrupted = [...every('present', 5), ...every('unknown', 600), ...every('present', 4)];
    expect(last(interrupted).isRaised).toBe(false);
    expect(last([...interrupted, ['present', 1_000]]).isRaised).toBe(true);
  });

  test('does not count the time in which this process was stopped', () => {
    const stopped: readonly Step[] = [...every('present', 5), ['present', LONGEST_SIGNAL_GAP_MS + 1]];
    expect(last([...stopped, ...every('present', 3)]).isRaised).toBe(false);
    expect(last([...every('present', 5), ['present', LONGEST_SIGNAL_GAP_MS]]).isRaised).toBe(true);
  });

  test('that is raised dates from its beginning, without the time in which nothing was read', () => {
    const since = (...more: readonly Step[]) => last([...every('present', 10), ...more]).sinceMs;
    expect(since(...every('between', 3), ...every('present', 3), ...every('gone', 3))).toBe(2_000);
    expect(since(['unknown', 1_000], ['unknown', 2_000], ['present', 1_000])).toBe(5_000);
    expect(since(['present', LONGEST_SIGNAL_GAP_MS])).toBe(2_000);
    expect(since(['present', LONGEST_SIGNAL_GAP_MS + 1])).toBe(2_000 + LONGEST_SIGNAL_GAP_MS + 1);
    expect(since(['present', -500])).toBe(2_000);
  });

  test('counts no time for a clock that goes backwards', () => {
    expect(last([...every('present', 5), ['present', -60_000], ['present', 0]]).isRaised).toBe(false);
  });
});

const steps = fc.array(
  fc.tuple(fc.constantFrom<Signal>('present', 'gone', 'between', 'unknown'), fc.integer({min: 0, max: 8_000})),
  {maxLength: 200},
);
const times = fc.record({
  raiseAfterMs: fc.integer({min: 0, max: 20_000}),
  resolveAfterMs: fc.integer({min: 0, max: 20_000}),
});

describe('for any signals', () => {
  test('never flaps faster than its hold times', () => {
    fc.assert(
      fc.property(steps, times, (given, hold) => {
        const all = states(given, hold);
        const changes = all.filter(({isRaised}, index) => isRaised !== (all[index - 1]?.isRaised ?? false));
        for (const [index, change] of changes.entries()) {
          const before = changes[index - 1];
          if (before === undefined) continue;
          expect(change.atMs - before.atMs).toBeGreaterThanOrEqual(
            change.isRaised ? hold.raiseAfterMs : hold.resolveAfterMs,
          );
        }
      }),
    );
  });

  test('an unknown reading changes nothing, and its time is not part of a raised one', () => {
    fc.assert(
      fc.property(steps, times, (given, hold) => {
        let before = unseenCondition;
        for (const state of states(given, hold)) {
          const {isRaised, confirmedMs} = before;
          const unreadMs = state.atMs - (before.last?.atMs ?? state.atMs);
          const sinceMs = before.sinceMs === null ? null : before.sinceMs + unreadMs;
          if (state.last?.signal === 'unknown') expect(state).toMatchObject({isRaised, sinceMs, confirmedMs});
          before = state;
        }
      }),
    );
  });

  test('is raised only after its time of signals that agree, and never without one', () => {
    fc.assert(
      fc.property(steps, times, (given, hold) => {
        const all = states(given, hold);
        for (const [index, state] of all.entries()) {
          const before = all[index - 1];
          if (!state.isRaised || before?.isRaised === true) continue;
          expect(state.last?.signal).toBe('present');
          expect(state.atMs - (state.sinceMs ?? Number.NaN)).toBeGreaterThanOrEqual(hold.raiseAfterMs);
        }
      }),
    );
  });
});

describe('a measured value', () => {
  const thresholds = {raiseAt: 10, resolveAt: 8};

  test.each([
    [10, 'present'],
    [9.99, 'between'],
    [8, 'gone'],
    [0, 'gone'],
    [Number.POSITIVE_INFINITY, 'present'],
    [Number.NaN, 'unknown'],
    [absent('not read'), 'unknown'],
  ] as const)('%j is %s', (value, signal) => {
    expect(signalOf(value, thresholds)).toBe(signal);
  });
});
