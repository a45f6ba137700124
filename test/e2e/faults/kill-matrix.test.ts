import {expect, test} from 'vitest';
import {killedHome, killInSteps, steps} from '../../bench/kill-matrix.ts';
import {openHome} from '../../harness/gantry-home.ts';

/** One kill per step; the soak has all cells of the matrix, at random moments. */
test.each([
  ['supervisor', 0],
  ['both', 1],
  ['supervisor', 2],
  ['engine', 3],
] as const)('a %s killed in the steps of the lifecycle loses nothing (part %i)', async (victim, part) => {
  const home = await openHome();
  home.configure(killedHome);
  const own = steps.filter((_, index) => index % 4 === part);
  const outcomes = await killInSteps(
    home,
    own.map((step) => ({step, victim})),
    () => 0.5,
  );
  expect(outcomes.reached + outcomes.told).toBe(own.length);
  if (victim === 'supervisor') expect(outcomes.told).toBe(0);
});
