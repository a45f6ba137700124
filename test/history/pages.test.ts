import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {inPages} from '../../src/history/pages.ts';

const STEP_MS = 10;

test('rows that are written while pages are read are in the answer once, whatever the page and the time', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat({max: 400}), {maxLength: 60}),
      fc.uniqueArray(fc.nat({max: 400}), {maxLength: 10}),
      fc.record({since: fc.integer({min: -500, max: 4_500}), length: fc.nat({max: 4_500})}),
      fc.record({
        slots: fc.integer({min: 1, max: 5}),
        pageMs: fc.integer({min: 1, max: 900}),
        writeAt: fc.nat({max: 8}),
      }),
      (written, waiting, {since, length}, {slots, pageMs, writeAt}) => {
        const file = new Set(written.map((step) => step * STEP_MS));
        const late = waiting.map((step) => step * STEP_MS).filter((atMs) => !file.has(atMs));
        const untilMs = since + length;
        const isAsked = (atMs: number): boolean => atMs >= since && atMs <= untilMs;
        const expected = [...file, ...late].filter(isAsked).sort((a, b) => a - b);
        const slotMs = slots * STEP_MS;
        const pages: number[][] = [];
        const steps = inPages({
          ...{sinceMs: since, untilMs, slotMs, pageMs, changingSinceMs: late.length === 0 ? null : Math.min(...late)},
          read: (fromMs, toMs) => {
            const rows = [...file].filter((atMs) => atMs >= fromMs && atMs <= toMs).sort((a, b) => a - b);
            pages.push(rows);
            return rows;
          },
        });
        let step = steps.next();
        for (let count = 0; step.done !== true; count += 1) {
          if (count === writeAt) for (const atMs of late) file.add(atMs);
          step = steps.next();
        }
        // What waited when the reading began is added to it by the reader.
        const all = [...step.value, ...late.filter(isAsked)].sort((a, b) => a - b);
        expect(all).toEqual(expected);
        // No slot is in two pages.
        const slotsOf = pages.map((rows) => new Set(rows.map((atMs) => Math.floor(atMs / slotMs))));
        const total = slotsOf.reduce((count, of) => count + of.size, 0);
        expect(new Set(slotsOf.flatMap((of) => [...of])).size).toBe(total);
      },
    ),
    {numRuns: 500},
  );
});
