import type {ApiError} from '../../api/commands.ts';
import type {PlanOutcome} from '../../domain/memory/plan/plan-outcome.ts';
import type {Result} from '../../shared/result.ts';
import {MS_PER_DAY} from '../../shared/units.ts';
import {selectClock, selectEpochs} from '../ledger/select-ledger.ts';
import {type StartRecord, selectOutcomes, selectStarts} from '../record-tables.ts';
import {newestOf, selectGpus} from '../series/select-points.ts';
import {gpuSeries} from '../series/tiers.ts';
import {resultOf} from '../steps.ts';
import {readPastLedger} from './past-database.ts';

/** A node as its history file has it: what it was when it was last watched. */
export type PastNode = {
  /** Until when it was watched, epoch ms; null where nothing is booked. */
  readonly watchedUntilMs: number | null;
  /** Of the newest start that became ready; null where there was none. */
  readonly start: StartRecord | null;
  /** What starts measured, the newest first. */
  readonly outcomes: readonly PlanOutcome[];
  /** GPUs of its last day with any. */
  readonly gpuCount: number;
  /** By the newest prices of the ledger; null where the node had none. */
  readonly nodeMicroUsdPerHour: number | null;
};

const MOST_OUTCOMES = 200;

/** The node of a history file that nobody needs to write; null without a file. A file of another version is an error. */
export function readPastNode(path: string): Result<PastNode | null, ApiError> {
  return readPastLedger(path, (database) => {
    const newestAtMs = newestOf(database, gpuSeries);
    const lastDay = {sinceMs: newestAtMs - MS_PER_DAY, untilMs: newestAtMs + MS_PER_DAY, newestAtMs};
    return {
      watchedUntilMs: selectClock(database)?.coveredUntilMs ?? null,
      start: selectStarts(database, 1)[0] ?? null,
      outcomes: selectOutcomes(database, MOST_OUTCOMES),
      gpuCount: resultOf(selectGpus(database, gpuSeries, lastDay)).length,
      nodeMicroUsdPerHour: selectEpochs(database).at(-1)?.prices.node.microUsdPerHour ?? null,
    };
  });
}
