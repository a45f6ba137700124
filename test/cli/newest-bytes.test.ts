import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {createNewestBytes} from '../../src/cli/newest-bytes.ts';

/** The same by plain means: what is kept of the text, from its first whole line, and of that the newest lines. */
function newestLines(text: string, capacity: number, most: number, startsWithin: boolean): string {
  const kept = text.slice(Math.max(0, text.length - capacity));
  const isCut = kept.length < text.length || startsWithin;
  const whole = isCut && kept.includes('\n') ? kept.slice(kept.indexOf('\n') + 1) : kept;
  return whole
    .split(/(?<=\n)/)
    .slice(-most)
    .join('');
}

describe('the newest bytes of a stream', () => {
  test('are its newest whole lines, however it comes, and what was dropped before them', () => {
    const text = fc.string({unit: fc.constantFrom('a', 'b', '\n'), maxLength: 12});
    fc.assert(
      fc.property(
        fc.array(text, {maxLength: 12}),
        fc.integer({min: 1, max: 20}),
        fc.integer({min: 1, max: 5}),
        fc.boolean(),
        (chunks, capacity, most, startsWithin) => {
          const newest = createNewestBytes(capacity);
          for (const chunk of chunks) newest.push(Buffer.from(chunk));
          const whole = chunks.join('');
          const {parts, droppedBytes} = newest.lines(most, startsWithin);
          const found = Buffer.concat(parts).toString();
          expect(found).toBe(newestLines(whole, capacity, most, startsWithin));
          expect([droppedBytes + found.length, newest.size()]).toEqual([whole.length, whole.length]);
        },
      ),
      {numRuns: 2_000},
    );
  });
});
