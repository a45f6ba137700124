import {afterEach, describe, expect, test} from 'vitest';
import {afterWork, doing, type ExternalWork, guardWorkWith} from '../../../src/sources/host/external-work.ts';
import {createWorkGuard, type Interruption} from '../../../src/supervisor/watchdog/guard-work.ts';

const work: ExternalWork = {kind: 'log', subject: '/engine.log', fromBytes: 0, toBytes: 10};
const ended: {readonly work: ExternalWork; readonly interruption: Interruption | null}[] = [];
const slow: ExternalWork[] = [];

/** As on a host that hangs: without the processor. */
function wait(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

class Ended extends Error {}

function guarded(limitMs: number) {
  const guard = createWorkGuard({
    failed: [],
    limitMs,
    end: (failed, interruption) => {
      ended.push({work: failed, interruption});
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
    expect(ended).toMatchObject([{work, interruption: {blockedMs: expect.any(Number)}}]);
    // The next work is guarded as well.
    expect(doing(work, () => 3)).toBe(3);
  });

  test('during which the process did not run is not to blame', () => {
    guarded(3_000);
    expect(() =>
      doing(work, () => {
        wait(3_300);
        for (let count = 0; count < 10; count += 1) Math.sqrt(count);
      }),
    ).toThrow(Ended);
    expect(ended).toMatchObject([{work, interruption: null}]);
  });

  test('that was done when the limit ended is taken', () => {
    const limitMs = 200;
    guarded(limitMs);
    const values = new Float64Array(8_000_000);
    for (let index = 0; index < values.length; index += 1) values[index] = (index * 2_654_435_761) % 4_294_967_291;
    const startedMs = performance.now();
    // One call that cannot be interrupted.
    expect(doing(work, () => values.sort())).toBe(values);
    expect(performance.now() - startedMs).toBeGreaterThan(limitMs);
    expect(ended).toEqual([]);
    expect(doing(work, () => 4)).toBe(4);
  });

  test('with little of the processor is interrupted, and not certainly to blame', () => {
    guarded(3_000);
    expect(() =>
      doing(work, () => {
        const started = process.cpuUsage();
        while (process.cpuUsage(started).user + process.cpuUsage(started).system < 300_000);
        wait(3_300);
        for (let count = 0; count < 10; count += 1) Math.sqrt(count);
      }),
    ).toThrow(Ended);
    expect(ended).toMatchObject([{work, interruption: {cause: 'interrupted'}}]);
  });

  test('gives its results away after it, in order, without a limit', () => {
    guarded(300);
    const given: string[] = [];
    doing(work, () => {
      for (const name of ['a', 'b']) {
        afterWork(() => {
          const started = performance.now();
          while (performance.now() - started < 400);
          given.push(name);
        });
      }
      given.push('computed');
    });
    expect(given).toEqual(['computed', 'a', 'b']);
    expect(ended).toEqual([]);
    afterWork(() => given.push('elsewhere'));
    expect(given.at(-1)).toBe('elsewhere');
  });

  test('is named by an exception in the use of its results', () => {
    const guard = guarded(5_000);
    const error = new Error('no');
    expect(() =>
      doing(work, () =>
        afterWork(() => {
          throw error;
        }),
      ),
    ).toThrow(error);
    expect(guard.workOf(error)).toEqual(work);
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
