import {expect, test} from 'vitest';
import {runFuzz} from './run-fuzz.ts';

/** `npm run bench -- fuzz` feeds a hundred thousand, from another seed each time. */
const INPUTS = 1_000;
/** Ten times what the long run allows: the first inputs compile the readers, under the load of other tests. */
const SLOWEST_MS = 2_000;

test('no reader of outside text throws at broken input, or takes long', async () => {
  const results = await runFuzz(20_261_126, INPUTS);
  expect(results.map(({name}) => name)).toHaveLength(new Set(results.map(({name}) => name)).size);
  expect(
    results.flatMap(({name, thrown}) => thrown.map(({input, error}) => `${name} ${input}: ${String(error)}`)),
  ).toEqual([]);
  expect(
    results.filter(({slowestMs}) => slowestMs > SLOWEST_MS).map(({name, slowestInput}) => `${name} ${slowestInput}`),
  ).toEqual([]);
  // Broken input that no reader accepts would try nothing.
  for (const {name, outcomes} of results) expect(outcomes.size, name).toBeGreaterThan(1);
});
