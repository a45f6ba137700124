import {historyValues} from '../../api/history-values.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {PricesInForce} from '../../domain/cost/ledger.ts';
import type {FindingThresholds} from '../../domain/diagnosis/conditions/finding-thresholds.ts';
import {keepMemory, recallMemory} from '../../domain/diagnosis/serving/kept-memory.ts';
import {unseenServing} from '../../domain/diagnosis/serving/serving-conditions.ts';
import {keepCounters, recallCounters} from '../../domain/traffic/own-requests/kept-counters.ts';
import type {HistoryStore} from '../../history/open-history.ts';
import type {RecalledRun} from '../snapshot/observation.ts';
import type {Observations} from '../snapshot/observations.ts';
import type {OwnFindings} from '../snapshot/own-findings.ts';
import {type Clock, stampOf} from './clock.ts';
import {RunCost} from './run-cost.ts';

/** Topic of the finding about a history that cannot be written. */
export const HISTORY_TOPIC = 'history';

type Parts = {
  readonly history: HistoryStore;
  readonly clock: Clock;
  /** The prices and thresholds of the moment. */
  readonly configured: () => PricesInForce & {readonly findingThresholds: Pick<FindingThresholds, 'memoryGrowth'>};
  readonly own: OwnFindings;
};

/** What is kept of every snapshot: a row of each series, and the cost. A history that cannot be written is a finding. */
export class SnapshotRecords {
  readonly #parts: Parts;
  /** When the memory that was kept last was judged. */
  #keptAtMs: number | null = null;
  /** What the present run has cost. */
  readonly runCost: RunCost;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.runCost = new RunCost(parts);
  }

  /** What an earlier supervisor knew of a run. */
  recallRun(runId: string): RecalledRun {
    const {history, clock, configured} = this.#parts;
    const kept = history.readRunMemory(runId);
    const {windowMs} = configured().findingThresholds.memoryGrowth;
    return {
      memory: kept === null ? unseenServing.memory : recallMemory(kept, stampOf(clock), windowMs),
      ownRequests: recallCounters(history.readRunLedger(runId)?.ownCounters ?? {}),
    };
  }

  add(snapshot: Snapshot, {serving: {memory}, ownRequests}: Pick<Observations, 'serving' | 'ownRequests'>): void {
    const {history, clock, own} = this.#parts;
    const {runId} = snapshot.engine;
    // Once per point of the track.
    const isJudged = memory.judgedAtMs !== null && memory.judgedAtMs !== this.#keptAtMs;
    if (runId !== null && isJudged) history.keepRunMemory(runId, keepMemory(memory, stampOf(clock)));
    this.#keptAtMs = memory.judgedAtMs;
    this.runCost.record(keepCounters(ownRequests));
    const recorded = history.recordSample(snapshot.takenAtMs, historyValues(snapshot));
    if (!recorded.ok) own.add(recorded.error, HISTORY_TOPIC);
    else if (history.canWrite) own.resolve(HISTORY_TOPIC);
  }
}
