import type {DatabaseSync} from 'node:sqlite';
import {
  type CostHead,
  type CostRows,
  documentSteps,
  documentTextSteps,
  rowSteps,
} from '../../api/cost/cost-document.ts';
import type {CostDocument, CostQuery} from '../../api/cost/cost-values.ts';
import type {
  KeptTime,
  KeptTokens,
  LedgerHours,
  LegacyHour,
  RunSettings,
} from '../../domain/cost/ledger/kept-entries.ts';
import {type BilledTime, CostReportSums} from '../../domain/cost/report/cost-report.ts';
import {slotOf} from '../../shared/quantities/moments.ts';
import {MS_PER_HOUR} from '../../shared/units.ts';
import type {Steps} from '../steps.ts';
import {dayParts, hourParts} from './select-entries.ts';
import {selectClock, selectEpochs} from './select-ledger.ts';

/** What the ledger itself does not know. */
export type CostReading = {readonly simulated: boolean; readonly nowMs: number; readonly billed: BilledTime};

/** The ledger of a time in rows. */
export function costSteps(database: DatabaseSync, query: CostQuery, about: CostReading): Steps<CostDocument> {
  const {head, rows} = costOf(database, query, about);
  return documentSteps(head, rows);
}

/** The same as JSON, as it is sent. */
export function costTextSteps(
  database: DatabaseSync,
  {isPretty, ...query}: CostQuery & {readonly isPretty: boolean},
  about: CostReading,
): Steps<readonly Uint8Array[]> {
  const {head, rows} = costOf(database, query, about);
  return documentTextSteps(head, rows, isPretty);
}

function costOf(
  database: DatabaseSync,
  {sinceMs, untilMs, by}: CostQuery,
  {simulated, nowMs, billed}: CostReading,
): {readonly head: CostHead; readonly rows: CostRows} {
  const endMs = untilMs ?? nowMs;
  const sums = new CostReportSums(selectEpochs(database), by, billed);
  const parts = by === 'day' ? dayParts(database, sinceMs, endMs, billed) : hourParts(database, sinceMs, endMs);
  return {
    head: {
      simulated,
      sinceMs: slotOf(sinceMs, MS_PER_HOUR),
      untilMs: endMs,
      // Before its hours are read: what is booked in the meantime may be in them, and is not promised.
      coveredUntilMs: selectClock(database)?.coveredUntilMs ?? null,
      by,
      books: [...sums.books],
    },
    rows: rowSteps(sums, parts),
  };
}

/** All hours of a time together. */
export function* hourSteps(database: DatabaseSync, sinceMs: number, untilMs: number): Steps<LedgerHours> {
  const tokens: KeptTokens[] = [];
  const times: KeptTime[] = [];
  const legacy: LegacyHour[] = [];
  const runs = new Map<string, RunSettings>();
  for (const part of hourParts(database, sinceMs, untilMs)) {
    tokens.push(...part.tokens);
    times.push(...part.times);
    legacy.push(...part.legacy);
    for (const run of part.runs) runs.set(run.runId, run);
    yield;
  }
  return {tokens, times, legacy, runs: [...runs.values()]};
}
