import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {defaultFindingThresholds} from '../../../../src/domain/diagnosis/conditions/finding-thresholds.ts';
import {keepMemory, keptMemorySchema, recallMemory} from '../../../../src/domain/diagnosis/serving/kept-memory.ts';
import {unseenServing} from '../../../../src/domain/diagnosis/serving/serving-conditions.ts';
import {BYTES_PER_GIB} from '../../../../src/shared/units.ts';
import {lastOf, type PlayOptions, play} from './serving-moments.ts';

const {windowMs} = defaultFindingThresholds.memoryGrowth;
const stampAt = (second: number) => ({sampledAtMs: 1_700_000_000_000 + second * 1_000, monotonicMs: second * 1_000});
/** One GPU that grows by 30 GiB an hour. */
const growing: PlayOptions['at'] = (second) => ({
  memory: [{index: 3, usedBytes: (100 + second / 120) * BYTES_PER_GIB, othersBytes: 0}],
});
const raised = lastOf(play({seconds: 600, at: growing}));

describe('the memory of a run', () => {
  test('is the same for the next supervisor, whatever its monotonic clock', () => {
    const kept = keepMemory(raised.memory, stampAt(600));
    expect(keptMemorySchema.parse(JSON.parse(JSON.stringify(kept)))).toEqual(kept);
    fc.assert(
      fc.property(fc.integer({min: 0, max: 1e9}), (monotonicMs) => {
        const now = {sampledAtMs: stampAt(603).sampledAtMs, monotonicMs};
        const recalled = recallMemory(kept, now, windowMs);
        // What is kept again is what was kept.
        expect(keepMemory(recalled, now)).toEqual({...kept, atMs: now.sampledAtMs});
      }),
    );
  });

  test('is small, and the same again, whatever its points are', () => {
    const point = fc.record({
      atMs: fc.integer({min: 0, max: 1e7}),
      usedBytes: fc.integer({min: 0, max: 2 ** 40}),
      othersBytes: fc.option(fc.integer({min: 0, max: 2 ** 40})),
    });
    fc.assert(
      fc.property(fc.array(point, {maxLength: 70}), fc.nat(), (points, index) => {
        const track = new Map([[index, points]]);
        const kept = keepMemory({...unseenServing.memory, track}, stampAt(0));
        const stored = keptMemorySchema.parse(JSON.parse(JSON.stringify(kept)));
        expect(recallMemory(stored, stampAt(0), windowMs).track).toEqual(track);
      }),
    );
    const steady = Array.from({length: 60}, (_, at) => ({
      atMs: at * 10_001,
      usedBytes: 140 * BYTES_PER_GIB,
      othersBytes: 0,
    }));
    const kept = keepMemory({...unseenServing.memory, track: new Map([[0, steady]])}, stampAt(600));
    expect(JSON.stringify(kept.track).length).toBeLessThan(800);
  });

  test('of another version has its baselines, and no trend', () => {
    const kept = keepMemory(raised.memory, stampAt(600));
    const older = {...kept, track: [[3, [{atMs: 1, usedBytes: 2, othersBytes: 0}]]]};
    expect(keptMemorySchema.parse(older)).toEqual({...kept, track: []});
  });

  test('continues its growth: it stays reported, and with the time before', () => {
    const kept = keepMemory(raised.memory, stampAt(600));
    const memory = recallMemory(kept, {sampledAtMs: stampAt(605).sampledAtMs, monotonicMs: 0}, windowMs);
    const later: PlayOptions['at'] = (second) => growing(second + 605);
    const played = play({seconds: 120, at: later, from: {...unseenServing, memory}});
    expect(played.every(({conditions}) => conditions.memory.condition.isRaised)).toBe(true);
    const {baselines, growing: gpus} = lastOf(played).memory;
    expect(gpus).toMatchObject([{index: 3, grower: 'engine'}]);
    expect(gpus[0]?.spanMs).toBeGreaterThan(500_000);
    expect(baselines.get(3)?.usedBytes).toBe(100 * BYTES_PER_GIB);
  });

  test.each([
    ['older than the window', windowMs + 1],
    ['from the future of a clock that was set back', -1],
  ])('%s has no trend', (_, ageMs) => {
    const kept = keepMemory(raised.memory, stampAt(600));
    const now = {sampledAtMs: kept.atMs + ageMs, monotonicMs: 0};
    const recalled = recallMemory(kept, now, windowMs);
    expect({...recalled, baselines: null}).toEqual({...unseenServing.memory, baselines: null});
    expect(recalled.baselines.size).toBe(1);
  });

  test('forgets a baseline from the future', () => {
    const kept = keepMemory(raised.memory, stampAt(600));
    expect(recallMemory(kept, stampAt(-1), windowMs).baselines.size).toBe(0);
  });
});
