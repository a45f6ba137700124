import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {type GrowthPart, readGrowth, writeGrowth} from '../../../src/history/histograms/growth-blob.ts';

const parts = fc.array(
  fc.record({
    histogram: fc.nat({max: 20}),
    bounds: fc.nat({max: 300}),
    counts: fc
      .array(fc.oneof(fc.constant(0), fc.maxSafeNat()), {minLength: 1, maxLength: 40})
      .map((counts) => Float64Array.from(counts)),
    sum: fc.double({min: 0, noNaN: true, noDefaultInfinity: true}),
  }),
);

function read(blob: Uint8Array, sizes: readonly number[]): GrowthPart[] {
  const found: GrowthPart[] = [];
  readGrowth(blob, ({histogram, bounds, sum, used, places, counts}) => {
    const dense = new Float64Array(sizes[found.length] ?? 0);
    for (let index = 0; index < used; index += 1) dense[places[index] ?? 0] = counts[index] ?? 0;
    found.push({histogram, bounds, counts: dense, sum});
  });
  return found;
}

test('what is written is read', () => {
  fc.assert(
    fc.property(parts, (written) => {
      expect(
        read(
          writeGrowth(written),
          written.map(({counts}) => counts.length),
        ),
      ).toEqual(written);
    }),
  );
});

test('any other bytes end, and give no bucket beyond the most', () => {
  fc.assert(
    fc.property(fc.uint8Array({maxLength: 200}), (bytes) => {
      readGrowth(bytes, ({used, places}) => {
        for (let index = 0; index < used; index += 1) expect(places[index]).toBeLessThan(512);
      });
    }),
  );
});

test('a busy interval of all histograms of an engine is a few hundred bytes', () => {
  const busy = Array.from({length: 9}, (_, histogram) => ({
    histogram,
    bounds: histogram,
    counts: Float64Array.from({length: 24}, (_count, place) => (place > 8 && place < 15 ? 300 : 0)),
    sum: 1_234.5,
  }));
  expect(writeGrowth(busy).length).toBeLessThan(300);
});
