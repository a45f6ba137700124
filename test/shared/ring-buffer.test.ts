import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {createRingBuffer} from '../../src/shared/ring-buffer.ts';

test('a ring buffer keeps the newest items in order and counts the dropped ones', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer({min: 1, max: 10}), (items, capacity) => {
      const ring = createRingBuffer<number>(capacity);
      for (const item of items) ring.push(item);
      expect(ring.toArray()).toEqual(items.slice(-capacity));
      expect(ring.size).toBe(Math.min(items.length, capacity));
      expect(ring.droppedCount).toBe(Math.max(0, items.length - capacity));
      ring.clear();
      expect(ring.toArray()).toEqual([]);
      ring.push(1);
      expect(ring.toArray()).toEqual([1]);
    }),
  );
});

test('a ring buffer without capacity is refused', () => {
  expect(() => createRingBuffer(0)).toThrow(RangeError);
});
