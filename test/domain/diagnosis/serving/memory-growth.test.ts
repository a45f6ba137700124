import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {defaultFindingThresholds} from '../../../../src/domain/diagnosis/conditions/finding-thresholds.ts';
import {BYTES_PER_GIB, BYTES_PER_MIB} from '../../../../src/shared/units.ts';
import {changesOf, lastOf, type PlayOptions, play, type Second} from './serving-moments.ts';

const GIB_PER_HOUR = BYTES_PER_GIB / 3_600;
const BASE = 120 * BYTES_PER_GIB;

/** One GPU whose memory is this much at a second, in whole MiB as nvidia-smi prints it. */
function used(bytes: number, othersBytes: number | null = 0, index = 0): Second {
  return {memory: [{index, usedBytes: Math.round(bytes / BYTES_PER_MIB) * BYTES_PER_MIB, othersBytes}]};
}

function playMemory(seconds: number, at: PlayOptions['at'], options: Partial<PlayOptions> = {}) {
  return play({seconds, at, ...options});
}

const MINUTE = 60;

describe('memory that grows', () => {
  test('by 60 GiB an hour is reported within three minutes, and resolved after it stopped', () => {
    const played = playMemory(30 * MINUTE, (second) => used(BASE + 60 * GIB_PER_HOUR * Math.min(second, 10 * MINUTE)));
    const [raisedAt = 0, resolvedAt = 0, ...more] = changesOf(played, 'memory');
    expect(more).toEqual([]);
    expect(raisedAt).toBeLessThanOrEqual(3 * MINUTE);
    expect(resolvedAt).toBeGreaterThan(10 * MINUTE);
    expect(resolvedAt).toBeLessThanOrEqual(15 * MINUTE);
  });

  test('says how fast, of which GPU, and whose memory it is', () => {
    const played = playMemory(6 * MINUTE, (second) => ({
      memory: [
        {index: 0, usedBytes: BASE, othersBytes: 0},
        {index: 3, usedBytes: BASE + 10 * GIB_PER_HOUR * second, othersBytes: 0},
        {index: 5, usedBytes: BASE + 30 * GIB_PER_HOUR * second, othersBytes: 30 * GIB_PER_HOUR * second},
        {index: 7, usedBytes: BASE + 5 * GIB_PER_HOUR * second, othersBytes: null},
      ],
    }));
    const {condition, growing} = lastOf(played).memory;
    expect(condition.isRaised).toBe(true);
    expect(growing.map(({index, grower}) => [index, grower])).toEqual([
      [5, 'other-programs'],
      [3, 'engine'],
      [7, 'unknown'],
    ]);
    expect(growing[0]?.bytesPerHour).toBeCloseTo(30 * BYTES_PER_GIB, -7);
  });

  test('is not said of a GPU whose memory made one large step, and is of one that grew before and slows down', () => {
    const step = (second: number): Second => ({
      memory: [
        {index: 0, usedBytes: BASE + 6 * GIB_PER_HOUR * second, othersBytes: 0},
        {index: 1, usedBytes: BASE + (second >= 9 * MINUTE ? 4 * BYTES_PER_GIB : 0) + second, othersBytes: 0},
        {index: 2, usedBytes: BASE + 20 * GIB_PER_HOUR * Math.min(second, 6 * MINUTE), othersBytes: 0},
      ],
    });
    const shown = playMemory(20 * MINUTE, step).flatMap(({atSeconds, conditions: {memory}}) =>
      memory.condition.isRaised ? [{atSeconds, indexes: memory.growing.map(({index}) => index)}] : [],
    );
    expect(shown.filter(({indexes}) => indexes.includes(1))).toEqual([]);
    expect(shown.some(({indexes}) => indexes.includes(2))).toBe(true);
    expect(shown.at(-1)?.indexes).toEqual([0]);
  });

  test('slowly, in small steps with a pause under one part of the window, is reported once, within the window', () => {
    const played = playMemory(40 * MINUTE, (second) => used(BASE + 4 * GIB_PER_HOUR * (second - (second % 30))));
    expect(changesOf(played, 'memory')).toHaveLength(1);
    expect(changesOf(played, 'memory')[0]).toBeLessThanOrEqual(11 * MINUTE);
  });

  test('under a sawtooth of an allocator is reported once', () => {
    const saw = (second: number): number => (second % 47) * 30 * BYTES_PER_MIB;
    const played = playMemory(40 * MINUTE, (second) => used(BASE + 6 * GIB_PER_HOUR * second + saw(second)));
    expect(changesOf(played, 'memory')).toHaveLength(1);
  });

  test('and is not read for a minute stays reported', () => {
    const played = playMemory(20 * MINUTE, (second) =>
      second > 8 * MINUTE && second < 9 * MINUTE ? {} : used(BASE + 20 * GIB_PER_HOUR * second),
    );
    expect(changesOf(played, 'memory')).toHaveLength(1);
  });

  test('while this process was stopped for two minutes is neither raised nor resolved by that', () => {
    const played = playMemory(20 * MINUTE, (second) =>
      second > 8 * MINUTE && second < 10 * MINUTE ? 'stopped' : used(BASE + 20 * GIB_PER_HOUR * second),
    );
    expect(changesOf(played, 'memory')).toHaveLength(1);
  });

  test('more slowly than the threshold is none', () => {
    expect(
      changesOf(
        playMemory(60 * MINUTE, (second) => used(BASE + 1.5 * GIB_PER_HOUR * second)),
        'memory',
      ),
    ).toEqual([]);
  });

  test('is not looked for when it is switched off', () => {
    const thresholds = {...defaultFindingThresholds, memoryGrowth: {bytesPerHour: null, windowMs: 600_000}};
    const played = playMemory(20 * MINUTE, (second) => used(BASE + 60 * GIB_PER_HOUR * second), {thresholds});
    expect(changesOf(played, 'memory')).toEqual([]);
    expect(lastOf(played).memory.track.size).toBe(0);
  });

  test('with a shorter window is found sooner', () => {
    const thresholds = {...defaultFindingThresholds, memoryGrowth: {bytesPerHour: BYTES_PER_GIB, windowMs: 60_000}};
    const played = playMemory(MINUTE, (second) => used(BASE + 60 * GIB_PER_HOUR * second), {
      thresholds,
      readySeconds: 0,
    });
    expect(changesOf(played, 'memory')[0]).toBeLessThanOrEqual(40);
  });
});

describe('this is not growth:', () => {
  test('a step, at any time and of any height', () => {
    fc.assert(
      fc.property(fc.integer({min: 0, max: 1_500}), fc.integer({min: 1, max: 15_000}), (atSecond, mib) => {
        const played = playMemory(1_800, (second) => used(BASE + (second >= atSecond ? mib * BYTES_PER_MIB : 0)));
        expect(changesOf(played, 'memory')).toEqual([]);
      }),
      {numRuns: 15},
    );
  });

  test('the warm-up right after the start', () => {
    const warmUp = (second: number): number => 4 * BYTES_PER_GIB * Math.min(1, second / 115);
    expect(
      changesOf(
        playMemory(1_800, (second) => used(BASE + warmUp(second)), {readySeconds: 0}),
        'memory',
      ),
    ).toEqual([]);
  });

  test('a sawtooth that comes back to where it was', () => {
    for (const period of [20, 47, 90]) {
      const saw = (second: number): number => (second % period) * 40 * BYTES_PER_MIB;
      expect(
        changesOf(
          playMemory(1_800, (second) => used(BASE + saw(second))),
          'memory',
        ),
        String(period),
      ).toEqual([]);
    }
  });

  test('noise around one value', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({min: -300, max: 300}), {minLength: 50, maxLength: 50}), (noise) => {
        const played = playMemory(900, (second) => used(BASE + (noise[second % noise.length] ?? 0) * BYTES_PER_MIB));
        expect(changesOf(played, 'memory')).toEqual([]);
      }),
      {numRuns: 15},
    );
  });

  test('memory that shrinks', () => {
    expect(
      changesOf(
        playMemory(1_800, (second) => used(BASE - 20 * GIB_PER_HOUR * second)),
        'memory',
      ),
    ).toEqual([]);
  });
});
