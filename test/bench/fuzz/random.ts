import {seededRandom} from '../../../src/simulator/node/seeded-random.ts';

/** Reproducible random numbers. */
export type Random = {
  /** A whole number from 0 to one less. */
  readonly below: (limit: number) => number;
  readonly pick: <T>(values: readonly T[]) => T;
};

/** The same on every machine. */
export function createRandom(seed: number): Random {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  return {
    below,
    pick: (values) => {
      const value = values[below(values.length)];
      if (value === undefined) throw new Error('nothing to pick from');
      return value;
    },
  };
}
