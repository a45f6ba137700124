/** Time of the node, and the energy of its cards in it. */
type Used = {readonly ms: number; readonly milliwattMs: bigint};

/**
 * Time and energy in proportion to `weights`, whole numbers of which one at least is above zero: each part is the difference of two
 * shares that are rounded down, so that the parts are whole and add up to all of it.
 */
export function sharedTime(
  {ms, milliwattMs}: {readonly ms: number; readonly milliwattMs: number | bigint},
  weights: readonly number[],
): readonly Used[] {
  const total = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
  const until = (weight: bigint): readonly [bigint, bigint] => [
    (BigInt(ms) * weight) / total,
    (BigInt(milliwattMs) * weight) / total,
  ];
  let reached = 0n;
  return weights.map((weight) => {
    const [fromMs, fromEnergy] = until(reached);
    reached += BigInt(weight);
    const [toMs, toEnergy] = until(reached);
    return {ms: Number(toMs - fromMs), milliwattMs: toEnergy - fromEnergy};
  });
}
