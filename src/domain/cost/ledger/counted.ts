import {z} from 'zod';

const count = z.int().nonnegative();

/** Tokens as counters have them: `prompt` includes the cached ones. */
export const countedSchema = z.object({prompt: count, cached: count, output: count}).readonly();
export type Counted = z.infer<typeof countedSchema>;

export const nothingCounted: Counted = {prompt: 0, cached: 0, output: 0};

/** A sum of counts that no counter can show stays at the largest whole number. */
export function cappedSum(...counts: readonly number[]): number {
  return Math.min(
    Number.MAX_SAFE_INTEGER,
    counts.reduce((sum, one) => sum + one, 0),
  );
}

export function plus(one: Counted, other: Counted): Counted {
  return each((kind) => cappedSum(one[kind], other[kind]));
}

export function minus(one: Counted, other: Counted): Counted {
  return each((kind) => one[kind] - other[kind]);
}

export function leastOf(one: Counted, other: Counted): Counted {
  return each((kind) => Math.min(one[kind], other[kind]));
}

function each(of: (kind: keyof Counted) => number): Counted {
  return {prompt: of('prompt'), cached: of('cached'), output: of('output')};
}
