import {z} from 'zod';

/**
 * A quantile as far as a histogram's buckets tell it, in the unit of its name. An interpolated one is an estimate; the
 * true value is between `from` and `to`. `below`: the true value is not above `value`; `above`: not below it.
 */
export const quantileSchema = z.discriminatedUnion('kind', [
  z.object({kind: z.literal('exact'), value: z.number()}),
  z.object({kind: z.literal('interpolated'), value: z.number(), from: z.number(), to: z.number()}),
  z.object({kind: z.literal('below'), value: z.number()}),
  z.object({kind: z.literal('above'), value: z.number()}),
]);
export type Quantile = z.infer<typeof quantileSchema>;

/** The same quantile in another unit. */
export function scaleQuantile(quantile: Quantile, factor: number): Quantile {
  const value = quantile.value * factor;
  if (quantile.kind !== 'interpolated') return {...quantile, value};
  return {kind: 'interpolated', value, from: quantile.from * factor, to: quantile.to * factor};
}

/** The two values that the true quantile is between. */
export function quantileRange(quantile: Quantile): readonly [lowest: number, highest: number] {
  switch (quantile.kind) {
    case 'exact':
      return [quantile.value, quantile.value];
    case 'interpolated':
      return [quantile.from, quantile.to];
    case 'below':
      return [0, quantile.value];
    case 'above':
      return [quantile.value, Number.POSITIVE_INFINITY];
  }
}
