import {beforeEach, expect, test} from 'vitest';
import type {ReplayMove} from '../../../src/client/console-data.ts';
import {createReplayCursor, type ReplayCursor} from '../../../src/client/replay/replay-cursor.ts';

/** A minute, an hour without a snapshot, and two more. */
const timesMs = [...Array.from({length: 60}, (_, second) => second * 1_000), 3_660_000, 3_661_000];
const LAST = timesMs.length - 1;

let waiting: {readonly task: () => void; readonly delayMs: number}[] = [];
let moved = 0;
let cursor: ReplayCursor;

beforeEach(() => {
  waiting = [];
  moved = 0;
  cursor = createReplayCursor(
    timesMs,
    {
      schedule(task, delayMs) {
        const entry = {task, delayMs};
        waiting.push(entry);
        return () => {
          waiting = waiting.filter((other) => other !== entry);
        };
      },
    },
    () => {
      moved += 1;
    },
  );
});

function after(...moves: readonly ReplayMove[]): number {
  for (const move of moves) cursor.move(move);
  return cursor.place();
}

function runNext(): number | undefined {
  const [next] = waiting.splice(0, 1);
  next?.task();
  return next?.delayMs;
}

test('it begins at the last moment, and stays within the recording', () => {
  expect(cursor.place()).toBe(LAST);
  expect(after('forward')).toBe(LAST);
  expect(after('first')).toBe(0);
  expect(after('back')).toBe(0);
  expect(after('far-back')).toBe(0);
  expect(after('last')).toBe(LAST);
  expect(moved).toBe(5);
});

test.each([
  [['first', 'forward'], 1],
  [['first', 'far-forward'], 30],
  [['first', 'far-forward', 'far-forward'], 60],
  [['back'], LAST - 1],
  // Over the gap, one moment and not the half minute before it.
  [['back', 'back'], 59],
  [['far-back'], 59],
  [['far-back', 'far-back'], 29],
  [['first', 'far-forward', 'back'], 29],
] as const)('%j leads to moment %i', (moves, place) => {
  expect(after(...moves)).toBe(place);
});

test('it plays in real time, without waiting for a gap, until the end', () => {
  after('far-back', 'play');
  expect(cursor.isPlaying()).toBe(true);
  expect(runNext()).toBe(2_000);
  expect(cursor.place()).toBe(60);
  expect(runNext()).toBe(1_000);
  expect([cursor.place(), cursor.isPlaying(), waiting.length]).toEqual([LAST, false, 0]);
  // From the end, all of it.
  expect(after('play')).toBe(0);
  expect(runNext()).toBe(1_000);
  expect(cursor.place()).toBe(1);
});

test('the same key, any other move and the end of the session stop it', () => {
  after('first', 'play', 'play');
  expect([cursor.isPlaying(), waiting.length]).toEqual([false, 0]);
  after('play', 'forward');
  expect([cursor.place(), cursor.isPlaying(), waiting.length]).toEqual([1, false, 0]);
  after('play');
  cursor.stop();
  expect([cursor.isPlaying(), waiting.length]).toEqual([false, 0]);
});
