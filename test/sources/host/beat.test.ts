import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {atBeat, atBeats, BEAT_MS, beatOf} from '../../../src/sources/host/beat.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test.each([
  ['the nearest beat', 1_003, 500, 'any', 1_500],
  ['not the present one', 1_240, 250, 'any', 1_500],
  ['a beat for work that took long', 1_480, 0, 'second', 2_000],
  ['the beginning of a second', 1_010, 1_000, 'second', 2_000],
  ['the next second after a late one', 2_600, 1_000, 'second', 4_000],
  ['in time for the next second', 1_760, 990, 'before-second', 2_750],
  ['in time for the next second, after a long answer', 1_900, 0, 'before-second', 2_750],
  ['in time for the next second, and half a second later', 1_760, 500, 'half-second', 2_250],
  ['half a second before the next one', 1_240, 500, 'half-second', 1_750],
] as const)('regular work is done at %s', (_, nowMs, delayMs, place, atMs) => {
  expect(beatOf(nowMs, delayMs, place) * BEAT_MS).toBe(atMs);
});

test('what waits for the same beat shares one wake-up, in its order', async () => {
  const seen: string[] = [];
  atBeat(1_000, () => seen.push('a'), {place: 'second'});
  await vi.advanceTimersByTimeAsync(130);
  atBeat(900, () => seen.push('b'));
  atBeat(600, () => seen.push('c'));
  expect(vi.getTimerCount()).toBe(1);
  await vi.advanceTimersByTimeAsync(620);
  expect(seen).toEqual(['c']);
  await vi.advanceTimersByTimeAsync(249);
  expect(seen).toEqual(['c']);
  await vi.advanceTimersByTimeAsync(1);
  expect(seen).toEqual(['c', 'a', 'b']);
  expect(vi.getTimerCount()).toBe(0);
});

test('what is cancelled does not come, also within its beat, and work may begin again', async () => {
  const seen: number[] = [];
  let cancelLater = (): void => undefined;
  const again = (): void => {
    seen.push(performance.now());
    if (seen.length < 3) atBeat(500, again);
    cancelLater();
  };
  atBeat(500, again);
  cancelLater = atBeat(500, () => seen.push(-1));
  const cancel = atBeat(250, () => seen.push(-2));
  cancel();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(seen).toEqual([500, 1_000, 1_500]);
});

test('work that throws does not keep the rest of its beat from being done', async () => {
  const seen: string[] = [];
  const thrown = new Promise<string>((resolve) => {
    process.once('uncaughtException', (error) => resolve(error.message));
  });
  atBeat(250, () => {
    throw new Error('a bug');
  });
  atBeat(250, () => seen.push('done'));
  await vi.advanceTimersByTimeAsync(250);
  expect(seen).toEqual(['done']);
  expect(await thrown).toBe('a bug');
});

test('a delay that is shorter than a beat is kept', async () => {
  let isDone = false;
  atBeat(20, () => {
    isDone = true;
  });
  await vi.advanceTimersByTimeAsync(20);
  expect(isDone).toBe(true);
});

test('repeated work comes at its beats until it is ended, also by itself', async () => {
  const seen: number[] = [];
  const end = atBeats(500, () => {
    seen.push(performance.now());
    if (seen.length === 3) end();
  });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(seen).toEqual([500, 1_000, 1_500]);
  expect(vi.getTimerCount()).toBe(0);
});
