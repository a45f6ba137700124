import path from 'node:path';
import type {Snapshot} from '../../src/api/snapshot.ts';
import {keptLedgerFile} from '../../src/supervisor/cost/kept-ledger.ts';
import {eventually} from '../harness/eventually.ts';
import type {GantryHome} from '../harness/gantry-home.ts';

/**
 * The ledger of the present run is exact, whoever has watched it: its tokens are, soon after, at least what the engine had
 * counted at some moment, and at no moment more than the engine counts.
 */
export async function checkLedger(home: GantryHome, {engine}: Snapshot): Promise<void> {
  if (engine.state !== 'ready') return;
  const atFirst = await countedByEngine(home);
  if (atFirst === null) return;
  let tooMany: string | null = null;
  await eventually(
    async () => {
      const snapshot = await home.snapshotOrNull();
      const known = tokensKept(home, engine.runId);
      const now = await countedByEngine(home);
      if (snapshot === null || now === null || snapshot.engine.runId !== engine.runId) return now === null;
      if (known === null) return false;
      if (known > now) tooMany = `${known} tokens are known of ${now}`;
      return tooMany !== null || known >= atFirst;
    },
    `the ledger to be exact; the engine had counted ${atFirst} tokens`,
    {withinMs: 60_000, everyMs: 200},
  );
  if (tooMany !== null) throw new Error(tooMany);
}

/** Generated tokens by the engine's own page; null where it does not answer. */
async function countedByEngine({port}: GantryHome): Promise<number | null> {
  try {
    const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const value = /^vllm:generation_tokens_total\{.*\} (\S+)$/mu.exec(page)?.[1];
    return value === undefined ? null : Number(value);
  } catch {
    return null;
  }
}

/** Generated tokens of a run, of clients and of Gantry, in the file of what is to be booked; null where it has none of the run. */
function tokensKept({directory}: GantryHome, runId: string | null): number | null {
  const kept = keptLedgerFile(path.join(directory, 'data', 'simulated-node')).read()?.follower ?? null;
  if (kept === null || kept.runId !== runId) return null;
  return Object.values(kept.follower.totals).reduce((sum, {output}) => sum + output, 0);
}
