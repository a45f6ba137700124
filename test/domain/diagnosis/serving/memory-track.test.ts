import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {
  type MemoryReading,
  type MemoryTrack,
  pointIntervalMs,
  withReadings,
} from '../../../../src/domain/diagnosis/serving/memory-track.ts';

const WINDOW_MS = 600_000;
const INTERVAL_MS = 10_000;

type Frame = readonly [atMs: number, readings: readonly MemoryReading[]];

function trackOf(...frames: readonly Frame[]): MemoryTrack {
  return frames.reduce<MemoryTrack>(
    (track, [atMs, readings]) => withReadings(track, readings, atMs, WINDOW_MS),
    new Map(),
  );
}

const read = (usedBytes: number, othersBytes: number | null = null, index = 0): MemoryReading => ({
  index,
  usedBytes,
  othersBytes,
});

describe('the memory in use over a window', () => {
  test('has sixty points', () => {
    expect(pointIntervalMs(WINDOW_MS)).toBe(INTERVAL_MS);
  });

  test.each<[string, readonly Frame[], ReturnType<MemoryTrack['get']>]>([
    ['one reading is one point', [[5, [read(9, 2)]]], [{atMs: 5, usedBytes: 9, othersBytes: 2}]],
    [
      'a lower reading of the same interval replaces the point, not its time',
      [
        [5, [read(9, 2)]],
        [8, [read(7, 1)]],
      ],
      [{atMs: 5, usedBytes: 7, othersBytes: 1}],
    ],
    [
      'a higher one does not',
      [
        [5, [read(9, 2)]],
        [8, [read(10, 1)]],
      ],
      [{atMs: 5, usedBytes: 9, othersBytes: 2}],
    ],
    [
      'an equal one does not either',
      [
        [5, [read(9, 2)]],
        [8, [read(9, 1)]],
      ],
      [{atMs: 5, usedBytes: 9, othersBytes: 2}],
    ],
    [
      'the next interval begins one interval after the point',
      [
        [5, [read(9)]],
        [4 + INTERVAL_MS, [read(9)]],
        [5 + INTERVAL_MS, [read(10)]],
      ],
      [
        {atMs: 5, usedBytes: 9, othersBytes: null},
        {atMs: 5 + INTERVAL_MS, usedBytes: 10, othersBytes: null},
      ],
    ],
    [
      'only the newest point is replaced',
      [
        [0, [read(9)]],
        [INTERVAL_MS, [read(8)]],
        [INTERVAL_MS + 1, [read(7)]],
      ],
      [
        {atMs: 0, usedBytes: 9, othersBytes: null},
        {atMs: INTERVAL_MS, usedBytes: 7, othersBytes: null},
      ],
    ],
    [
      'a point is kept for exactly one window, also without a new reading',
      [
        [0, [read(9)]],
        [WINDOW_MS, []],
      ],
      [{atMs: 0, usedBytes: 9, othersBytes: null}],
    ],
    [
      'and a GPU without any point is not part of it',
      [
        [0, [read(9)]],
        [WINDOW_MS + 1, []],
      ],
      undefined,
    ],
  ])('%s', (_, frames, expected) => {
    expect(trackOf(...frames).get(0)).toEqual(expected);
  });

  test('is of each GPU alone', () => {
    const track = trackOf([0, [read(9, null, 0), read(4, 1, 3)]], [1, [read(2, 0, 3)]]);
    expect([...track]).toEqual([
      [0, [{atMs: 0, usedBytes: 9, othersBytes: null}]],
      [3, [{atMs: 0, usedBytes: 2, othersBytes: 0}]],
    ]);
  });

  test('whatever is read: few points, an interval apart, none too old, each the lowest of its time', () => {
    const readings = fc.array(fc.record({waitMs: fc.integer({min: 0, max: 30_000}), usedBytes: fc.nat(100)}), {
      minLength: 1,
      maxLength: 200,
    });
    fc.assert(
      fc.property(readings, (steps) => {
        let atMs = 0;
        const frames = steps.map(({waitMs, usedBytes}): Frame => {
          atMs += waitMs;
          return [atMs, [read(usedBytes)]];
        });
        const points = trackOf(...frames).get(0) ?? [];
        expect(points.length).toBeLessThanOrEqual(61);
        for (const [position, point] of points.entries()) {
          const next = points[position + 1]?.atMs ?? Number.POSITIVE_INFINITY;
          expect(atMs - point.atMs).toBeLessThanOrEqual(WINDOW_MS);
          expect(next - point.atMs).toBeGreaterThanOrEqual(INTERVAL_MS);
          const within = frames.flatMap(([time, [one]]) =>
            time >= point.atMs && time < point.atMs + INTERVAL_MS ? [one?.usedBytes ?? 0] : [],
          );
          expect(point.usedBytes).toBe(Math.min(...within));
        }
      }),
    );
  });
});
