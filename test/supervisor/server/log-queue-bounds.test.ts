import {describe, expect, test} from 'vitest';
import {LogQueue} from '../../../src/supervisor/server/log-queue.ts';

const line = (number: number, length: number) => ({number, text: 'x'.repeat(length)});
const lines = (count: number, length = 1, from = 1) =>
  Array.from({length: count}, (_, index) => line(from + index, length));
const numbersOf = (queue: LogQueue) => queue.take()?.lines.map(({number}) => number);

describe('one event', () => {
  test('has five hundred lines at most', () => {
    const queue = new LogQueue();
    queue.add({runId: 'a', lines: lines(501)});
    expect(numbersOf(queue)).toHaveLength(500);
    expect(numbersOf(queue)).toEqual([501]);
    expect(queue.take()).toBeNull();
  });

  test('has a quarter of a MiB of text at most, and a line that is longer alone', () => {
    const queue = new LogQueue();
    const quarter = 256 * 1024;
    queue.add({
      runId: 'a',
      lines: [line(1, quarter / 2), line(2, quarter / 2), line(3, 1), line(4, quarter + 1), line(5, 1)],
    });
    expect(numbersOf(queue)).toEqual([1, 2]);
    expect(numbersOf(queue)).toEqual([3]);
    expect(numbersOf(queue)).toEqual([4]);
    expect(numbersOf(queue)).toEqual([5]);
  });

  test('counts empty lines as lines', () => {
    const queue = new LogQueue();
    queue.add({runId: 'a', lines: [line(1, 0), line(2, 300_000), line(3, 0)]});
    expect(numbersOf(queue)).toEqual([1, 2]);
    expect(numbersOf(queue)).toEqual([3]);
  });
});

describe('what is queued', () => {
  test('is five thousand lines at most: the oldest are dropped, and the first event says how many', () => {
    const queue = new LogQueue();
    queue.add({runId: 'a', lines: lines(5_000)});
    expect(queue.take()).not.toHaveProperty('droppedCount');
    queue.add({runId: 'a', lines: lines(503, 1, 5_001)});
    const event = queue.take();
    expect(event?.droppedCount).toBe(3);
    expect(event?.lines[0]).toMatchObject({number: 503, text: expect.stringContaining('3 lines')});
    expect(event?.lines[1]?.number).toBe(504);
    expect(event?.lines).toHaveLength(500);
    expect(queue.take()).not.toHaveProperty('droppedCount');
  });

  test('reports a single dropped line', () => {
    const queue = new LogQueue();
    queue.add({runId: null, lines: lines(5_001)});
    const event = queue.take();
    expect(event).toMatchObject({runId: null, droppedCount: 1});
    expect(event?.lines[0]?.text).toMatch(/\b1 line\b/);
  });

  test('is four MiB of text at most, but never fewer than one line', () => {
    const queue = new LogQueue();
    const mib = 1024 * 1024;
    queue.add({runId: 'a', lines: [line(1, mib), line(2, mib), line(3, mib), line(4, mib)]});
    queue.add({runId: 'a', lines: [line(5, 1)]});
    expect(queue.take()).toMatchObject({droppedCount: 1, lines: [{number: 1}, {number: 2}]});
    const full = new LogQueue();
    full.add({runId: 'a', lines: lines(4, mib)});
    expect(full.take()).not.toHaveProperty('droppedCount');
    const single = new LogQueue();
    single.add({runId: 'a', lines: [line(1, 5 * mib)]});
    expect(single.take()).toEqual({runId: 'a', lines: [line(1, 5 * mib)]});
  });

  test('does not count the size of what was taken', () => {
    const queue = new LogQueue();
    const mib = 1024 * 1024;
    for (let round = 0; round < 10; round += 1) {
      queue.add({runId: 'a', lines: [line(round, 3 * mib)]});
      expect(queue.take()).not.toHaveProperty('droppedCount');
    }
  });

  test('keeps its order over many more lines than its capacity', () => {
    const queue = new LogQueue();
    let next = 1;
    let seen = 0;
    for (let round = 0; round < 40; round += 1) {
      queue.add({runId: 'a', lines: lines(300, 1, next)});
      next += 300;
      for (const number of numbersOf(queue) ?? []) {
        expect(number).toBe(seen + 1);
        seen = number;
      }
    }
    expect(seen).toBe(next - 1);
    expect(queue.take()).toBeNull();
  });
});
