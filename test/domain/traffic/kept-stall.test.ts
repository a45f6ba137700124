import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {stallAfter, unseenStall} from '../../../src/domain/traffic/forward-progress.ts';
import {keepStall, keptStallSchema, recallStall} from '../../../src/domain/traffic/kept-stall.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';

const page = (second: number, progressTotal: number, runningRequests = 3) =>
  buildMetricsSample(second, {progressTotal, runningRequests, waitingRequests: 0});
/** No step since second 10, and as many requests as it says. */
const watchedUntil = (seconds: number, running = 3) =>
  Array.from({length: seconds}, (_, second) => page(second, Math.min(second, 10), running)).reduce(
    stallAfter,
    unseenStall,
  );
const hung = watchedUntil(100);
const at = (second: number) => page(second, 0).stamp;
const next = (second: number, progressTotal: number, kept = keepStall(hung), running = 3) =>
  stallAfter(recallStall(kept, at(second)), page(second, progressTotal, running)).stall;

describe('a stall, for the supervisor after the one that saw it begin', () => {
  test('lasts on, with the time in which nobody watched, however long that was', () => {
    expect(hung.stall?.stalledMs).toBe(89_000);
    expect(next(110, 10)).toEqual({stalledMs: 100_000, runningRequests: 3, waitingRequests: 0});
    expect(next(7_210, 10, keepStall(hung), 1)).toMatchObject({stalledMs: 7_200_000, runningRequests: 1});
  });

  test('is not claimed before the engine is read again', () => {
    expect(recallStall(keepStall(hung), at(110)).stall).toBeNull();
  });

  test('is over if there was a step meanwhile, or if no request is left', () => {
    expect(next(110, 11)).toEqual({stalledMs: 0, runningRequests: 3, waitingRequests: 0});
    expect(next(110, 10, keepStall(hung), 0)).toBeNull();
  });

  test('is a lower bound where its beginning was not seen, until the next step', () => {
    const unknown = recallStall(null, at(0));
    const first = stallAfter(unknown, page(0, 10));
    expect(first.stall).toMatchObject({stalledMs: 0, isAtLeast: true});
    const second = stallAfter(first, page(5, 10));
    expect(second.stall).toMatchObject({stalledMs: 5_000, isAtLeast: true});
    expect(stallAfter(second, page(6, 11)).stall).toEqual({stalledMs: 0, runningRequests: 3, waitingRequests: 0});
    // The requests came after the last one that was seen idle, at an unknown time.
    expect(next(110, 10, keepStall(watchedUntil(100, 0)))).toMatchObject({stalledMs: 0, isAtLeast: true});
  });

  test('keeps being one through several supervisors, and is one where the clock was set back', () => {
    const bound = stallAfter(stallAfter(recallStall(null, at(0)), page(0, 10)), page(5, 10));
    expect(next(20, 10, keepStall(bound))).toMatchObject({stalledMs: 20_000, isAtLeast: true});
    expect(next(50, 10)).toMatchObject({stalledMs: 89_000, isAtLeast: true});
  });

  test('is stored as it is, also before the engine was read again', () => {
    const kept = keepStall(hung);
    expect(keptStallSchema.parse(JSON.parse(JSON.stringify(kept)))).toEqual(kept);
    expect(keepStall(unseenStall)).toBeNull();
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(10_000), (first, second) => {
        const again = keepStall(recallStall(kept, at(100 + first)));
        expect(next(100 + first + second, 10, again)).toEqual(next(100 + first + second, 10));
      }),
    );
  });
});
