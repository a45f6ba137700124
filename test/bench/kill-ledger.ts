import path from 'node:path';
import type {Snapshot} from '../../src/api/snapshot.ts';
import {HISTORY_FILE} from '../../src/history/open-history.ts';
import {RunNotesFile} from '../../src/history/run-notes.ts';
import {eventually} from '../harness/eventually.ts';
import type {GantryHome} from '../harness/gantry-home.ts';

/** Rounding of sums of dollars. */
const TOLERANCE = 1e-6;

/**
 * The ledger of the present run is exact, whoever has watched it. First, clients' tokens and Gantry's own are, soon after, at
 * least what the engine had counted at some moment, and at no moment more than the engine counts. Second, its dollars are
 * those of exactly these tokens: what is counted twice, or lost with a supervisor, breaks this.
 */
export async function checkLedger(home: GantryHome, {engine}: Snapshot): Promise<void> {
  if (engine.state !== 'ready') return;
  const atFirst = await countedByEngine(home);
  if (atFirst === null) return;
  let tooMany: string | null = null;
  await eventually(
    async () => {
      const snapshot = await home.snapshotOrNull();
      const own = ownTokens(home, engine.runId);
      const now = await countedByEngine(home);
      if (snapshot === null || now === null || snapshot.engine.runId !== engine.runId) return now === null;
      const {generationTokensTotal} = snapshot.traffic;
      if (typeof generationTokensTotal !== 'number' || own === null) return false;
      const known = generationTokensTotal + own;
      if (known > now) tooMany = `${known} tokens are known of ${now}`;
      return tooMany !== null || (known >= atFirst && isPriceOfItsTokens(snapshot));
    },
    `the ledger to be exact; the engine had counted ${atFirst} tokens`,
    {withinMs: 60_000, everyMs: 200},
  );
  if (tooMany !== null) throw new Error(tooMany);
}

function isPriceOfItsTokens({traffic, cost}: Snapshot): boolean {
  const {promptTokensTotal: prompt, cachedPromptTokensTotal: cached, generationTokensTotal: generated} = traffic;
  const {apiUsd} = cost.sinceStart;
  const isRead = typeof prompt === 'number' && typeof cached === 'number' && typeof generated === 'number';
  if (!isRead || typeof apiUsd !== 'number') return false;
  const {inputUsdPerMillionTokens, cachedInputUsdPerMillionTokens, outputUsdPerMillionTokens} = cost.priceBooks[0] ?? {
    inputUsdPerMillionTokens: 0,
    cachedInputUsdPerMillionTokens: 0,
    outputUsdPerMillionTokens: 0,
  };
  const microUsd =
    (prompt - cached) * inputUsdPerMillionTokens +
    cached * cachedInputUsdPerMillionTokens +
    generated * outputUsdPerMillionTokens;
  const usd = microUsd / 1e6;
  if (Math.abs(usd - apiUsd) <= TOLERANCE * Math.max(1, usd)) return true;
  throw new Error(`the ledger has $${apiUsd}, its tokens cost $${usd}`);
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

/** Of the generated tokens of a run, those that Gantry asked for, as last noted. */
function ownTokens({directory}: GantryHome, runId: string | null): number | null {
  const notes = new RunNotesFile(path.join(directory, 'data', 'simulated-node', `${HISTORY_FILE}.run`)).read();
  return notes === null || notes.runId !== runId ? null : (notes.ownCounters.generationTokensTotal?.own ?? 0);
}
