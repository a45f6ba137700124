/** Random numbers below a bound, the same for the same seed. */
export type Random = (below: number) => number;

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What happens to a log on its way to the one who reads it. */
export type Mutation = {
  readonly name: string;
  readonly mutate: (lines: readonly string[], random: Random, engine: string) => readonly string[];
};

export function chosen<T>(list: readonly T[], random: Random): T {
  const item = list[random(list.length)];
  if (item === undefined) throw new Error('There is nothing to choose from.');
  return item;
}

/** A seed of its own for what has this name: what is added elsewhere changes none of its cases. */
export function seedOf(name: string, seed: number): number {
  return [...name].reduce((hash, character) => Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16_777_619), seed);
}
