import {afterEach, describe, expect, test} from 'vitest';
import {doing, type ExternalWork, guardWorkWith} from '../../../src/sources/host/external-work.ts';
import {createWorkGuard} from '../../../src/supervisor/watchdog/guard-work.ts';

const work: ExternalWork = {kind: 'log', subject: '/engine.log', fromBytes: 0, toBytes: 10};
const ended: {readonly work: ExternalWork; readonly blockedMs: number | null}[] = [];
const slow: ExternalWork[] = [];

class Ended extends Error {}

function guarded(limitMs: number) {
  const guard = createWorkGuard({
    failed: [],
    limitMs,
    end: (failed, blockedMs) => {
      ended.push({work: failed, blockedMs});
      throw new Ended();
    },
    onSlow: (one) => slow.push(one),
  });
  guardWorkWith(guard);
  return guard;
}

afterEach(() => {
  guardWorkWith(null);
  ended.length = 0;
  slow.length = 0;
});

describe('guarded work', () => {
  test('returns what it computes, also within other work, and without a guard', () => {
    expect(doing(work, () => 1)).toBe(1);
    guarded(5_000);
    expect(doing(work, () => doing(work, () => 2))).toBe(2);
    expect(doing(work, () => undefined)).toBeUndefined();
    expect(ended).toEqual([]);
  });

  test.each<[string, () => void]>([
    [
      'a loop',
      () => {
        for (;;);
      },
    ],
    ['a regular expression that backtracks', () => void /^(a+)+$/.test(`${'a'.repeat(50)}b`)],
  ])('that never ends, as %s, is interrupted and named', (_, act) => {
    guarded(3_000);
    expect(() => doing(work, act)).toThrow(Ended);
    expect(ended).toMatchObject([{work, blockedMs: expect.any(Number)}]);
    // The next work is guarded as well.
    expect(doing(work, () => 3)).toBe(3);
  });

  test('during which the process did not run is not to blame', () => {
    guarded(3_000);
    const nothing = new Int32Array(new SharedArrayBuffer(4));
    expect(() =>
      doing(work, () => {
        Atomics.wait(nothing, 0, 0, 3_300);
        for (let count = 0; count < 10; count += 1) Math.sqrt(count);
      }),
    ).toThrow(Ended);
    expect(ended).toMatchObject([{work, blockedMs: null}]);
  });

  test('that throws passes its exception on, which names it', () => {
    const guard = guarded(5_000);
    const error = new Error('no');
    expect(() =>
      doing(work, () => {
        throw error;
      }),
    ).toThrow(error);
    expect(guard.workOf(error)).toEqual(work);
    expect(guard.workOf(new Error('no'))).toBeNull();
  });

  test('of more than a second is reported as slow', () => {
    guarded(60_000);
    doing(work, () => {
      const started = process.cpuUsage();
      const ranUs = (): number => process.cpuUsage(started).user + process.cpuUsage(started).system;
      while (ranUs() < 1_200_000);
    });
    expect(slow).toEqual([work]);
  });
});
