import path from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import type {Snapshot} from '../../src/api/snapshot.ts';
import {ledgerSchema} from '../../src/domain/cost/ledger.ts';
import {keptCountersSchema} from '../../src/domain/traffic/own-requests/kept-counters.ts';
import {HISTORY_FILE} from '../../src/history/open-history.ts';
import {eventually} from '../harness/eventually.ts';
import type {GantryHome} from '../harness/gantry-home.ts';

/**
 * The ledger of the present run is exact: with Gantry's own requests it has, soon after, at least every generated token that
 * the engine had counted at some moment, and never more than the engine counts. What is counted twice, or lost with a
 * supervisor, breaks one of the two.
 */
export async function checkLedger(home: GantryHome, {engine}: Snapshot): Promise<void> {
  if (engine.state !== 'ready' || engine.runId === null) return;
  const {runId} = engine;
  const atFirst = await countedByEngine(home);
  if (atFirst === null) return;
  await eventually(
    async () => {
      const kept = keptTokens(home, runId);
      const now = await countedByEngine(home);
      if (kept !== null && now !== null && kept > now) throw new Error(`the ledger has ${kept} tokens of ${now}`);
      return now === null || (kept !== null && kept >= atFirst);
    },
    `the ledger to have the ${atFirst} tokens that the engine had counted`,
    {withinMs: 60_000, everyMs: 200},
  );
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

const keptSchema = ledgerSchema.pick({tokens: true}).extend({ownCounters: keptCountersSchema.default({})});

/** Generated tokens in the ledger of a run: those of clients, and Gantry's own. */
function keptTokens({directory}: GantryHome, runId: string): number | null {
  const database = new DatabaseSync(path.join(directory, 'data', 'simulated-node', HISTORY_FILE), {readOnly: true});
  try {
    const row = database.prepare('SELECT ledger FROM run_ledgers WHERE run_id = ?').get(runId);
    const text = row?.['ledger'];
    if (typeof text !== 'string') return null;
    const {tokens, ownCounters} = keptSchema.parse(JSON.parse(text));
    const own = ownCounters.generationTokensTotal?.own ?? 0;
    return tokens === null ? null : tokens.generationTokens + own;
  } finally {
    database.close();
  }
}
