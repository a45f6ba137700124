import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {LogLines} from '../../../src/api/log-lines.ts';
import {LogQueue} from '../../../src/supervisor/server/log-queue.ts';
import {logLines} from './fake-supervisor.ts';

function takeAll(queue: LogQueue): LogLines[] {
  const events: LogLines[] = [];
  for (let event = queue.take(); event !== null; event = queue.take()) events.push(event);
  return events;
}

describe('log queue', () => {
  test('loses no line without counting it, in any order of adding and taking', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.integer({min: 1, max: 4_000}), fc.constant(0)), {maxLength: 30}), (steps) => {
        const queue = new LogQueue();
        const events: LogLines[] = [];
        let next = 1;
        for (const count of steps) {
          if (count === 0) events.push(...[queue.take()].filter((event) => event !== null));
          else queue.add(logLines(next, next + count - 1));
          next += count;
        }
        events.push(...takeAll(queue));
        const dropped = events.reduce((sum, event) => sum + (event.droppedCount ?? 0), 0);
        const numbers = events.flatMap((event) => event.lines.map((line) => line.number));
        const notices = events.filter((event) => event.droppedCount !== undefined).length;
        expect(numbers.length - notices + dropped).toBe(next - 1);
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
        expect(new Set(numbers).size).toBe(numbers.length);
      }),
    );
  });

  test('keeps few lines when they are long', () => {
    const queue = new LogQueue();
    const text = 'x'.repeat(60_000);
    for (let number = 1; number <= 200; number += 1) queue.add({runId: 'run-1', lines: [{number, text}]});
    const events = takeAll(queue);
    const characters = events.flatMap((event) => event.lines).reduce((sum, line) => sum + line.text.length, 0);
    expect(characters).toBeLessThan(5_000_000);
    expect(events[0]?.droppedCount).toBeGreaterThan(100);
    expect(events.at(-1)?.lines.at(-1)?.number).toBe(200);
  });

  test('never puts lines of two runs into one event', () => {
    const queue = new LogQueue();
    queue.add(logLines(1, 2, 'run-1'));
    queue.add(logLines(1, 1, 'run-2'));
    expect(takeAll(queue)).toEqual([logLines(1, 2, 'run-1'), logLines(1, 1, 'run-2')]);
  });
});
