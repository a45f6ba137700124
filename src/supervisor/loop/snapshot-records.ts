import {historyValues} from '../../api/history-values.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {PricesInForce} from '../../domain/cost/ledger.ts';
import type {HistoryStore} from '../../history/open-history.ts';
import type {EngineMetricsSample} from '../../samples/engine-metrics.ts';
import type {OwnFindings} from '../snapshot/own-findings.ts';
import type {Clock} from './clock.ts';
import {type CostLedger, createCostLedger} from './cost-ledger.ts';
import {RunCost} from './run-cost.ts';

/** Topic of the finding about a history that cannot be written. */
export const HISTORY_TOPIC = 'history';

type Parts = {
  readonly history: HistoryStore;
  readonly clock: Clock;
  /** The prices of the moment. */
  readonly configured: () => PricesInForce;
  readonly own: OwnFindings;
};

/** What is kept of every snapshot: a row of each series, and the cost. A history that cannot be written is a finding. */
export class SnapshotRecords {
  readonly #parts: Parts;
  readonly #ledger: CostLedger;
  /** What the present run has cost. */
  readonly runCost: RunCost;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#ledger = createCostLedger(parts.history, parts.configured);
    this.runCost = new RunCost(parts);
  }

  add(snapshot: Snapshot, metrics: EngineMetricsSample | null): void {
    const {history, clock, own} = this.#parts;
    const atMs = snapshot.takenAtMs;
    this.runCost.record();
    const recorded = history.recordSample(atMs, historyValues(snapshot));
    const hasEngine = snapshot.engine.runId !== null;
    const entered = this.#ledger.tick({atMs, monotonicMs: clock.monotonicMs(), hasEngine, metrics});
    for (const result of [recorded, entered]) if (!result.ok) own.add(result.error, HISTORY_TOPIC);
    if (recorded.ok && entered.ok && history.canWrite) own.resolve(HISTORY_TOPIC);
  }
}
