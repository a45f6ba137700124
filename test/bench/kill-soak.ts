import {createHome} from '../harness/gantry-home.ts';
import {allCells, killedHome, killInSteps, type Outcomes} from './kill-matrix.ts';

/** Homes side by side: most of the time each waits for its processes. */
const HOMES = 6;

/** So many kills, in turns through all cells of the matrix in random order; throws at the first thing that is lost. */
export async function soakKills(kills: number, random: () => number): Promise<void> {
  const rounds = Math.ceil(kills / allCells.length);
  const cells = Array.from({length: rounds}, () => allCells.toSorted(() => random() - 0.5))
    .flat()
    .slice(0, kills);
  const startedMs = performance.now();
  let hasFailed = false;
  const parts = await Promise.allSettled(
    Array.from({length: HOMES}, async (_, part) => {
      const home = await createHome();
      try {
        home.configure(killedHome);
        const own = cells.filter((_cell, index) => index % HOMES === part);
        return await killInSteps(home, own, random, {isOver: () => hasFailed, onKill: (line) => console.log(line)});
      } catch (error) {
        hasFailed = true;
        throw error;
      } finally {
        await home.close();
      }
    }),
  );
  const failed = parts.flatMap((part) => (part.status === 'rejected' ? [String(part.reason)] : []));
  if (failed.length > 0) throw new Error(failed.join('\n'));
  const outcomes = parts.flatMap((part) => (part.status === 'fulfilled' ? [part.value] : []));
  const sum = (name: keyof Outcomes): number => outcomes.reduce((total, outcome) => total + outcome[name], 0);
  const minutes = ((performance.now() - startedMs) / 60_000).toFixed(1);
  console.log(
    `${cells.length} kills in ${minutes} minutes: ${sum('reached')} reached what was asked for, ${sum('told')} failed with the reason, ${sum('late')} after the step`,
  );
  console.log('0 engines lost, 0 double, 0 intentions lost, every ledger exact');
}
