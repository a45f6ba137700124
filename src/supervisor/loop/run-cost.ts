import type {Snapshot} from '../../api/snapshot.ts';
import {carryLedger, costSince, type Ledger, openLedger, type PricesInForce} from '../../domain/cost/ledger.ts';
import {addHours, growthByHour, type LedgerHour} from '../../domain/cost/ledger-hours.ts';
import type {TokenAmounts} from '../../domain/cost/token-value.ts';
import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import {UNREAD} from '../../domain/traffic/unmeasured.ts';
import type {HistoryStore} from '../../history/open-history.ts';
import type {EngineMetricsSample} from '../../samples/engine-metrics.ts';
import {absent, combineReadings, type Reading, valueOrNull} from '../../samples/reading.ts';
import type {Clock} from './clock.ts';

type Parts = {
  readonly history: Pick<HistoryStore, 'keepRunLedger' | 'readRunLedger'>;
  readonly clock: Clock;
  /** Since the host was booted. */
  readonly uptimeMs: () => number;
  readonly configured: () => PricesInForce;
};

type Run = {readonly runId: string; readonly startedAtMs: number};

/** What the present run has cost, each part at the prices of its time. Kept in the history, so that it survives a supervisor. */
export class RunCost {
  readonly #parts: Parts;
  /** Since when the present prices are in force; of the time before, this supervisor knows none. */
  readonly #pricesSinceMs: number;
  /** What was spent since the last record. */
  #growth: readonly LedgerHour[] = [];
  #seen: {readonly runId: string; readonly monotonicMs: number} | null = null;
  #current: {readonly runId: string; readonly ledger: Ledger; readonly monotonicMs: number} | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#pricesSinceMs = parts.clock.nowMs();
  }

  /** The cost of the present run. What answers before the engine is ready may be another program on its port. */
  ofEngine(
    {run, readyAtMs}: Pick<LifecycleState, 'run' | 'readyAtMs'>,
    metrics: EngineMetricsSample | null,
  ): Snapshot['cost']['sinceStart'] {
    return readyAtMs === null ? this.sinceStart(run, null, false) : this.sinceStart(run, metrics);
  }

  /**
   * The cost until now; `sinceMs` is the start of the run, or later if the prices before it are unknown. Of a run that has
   * not served yet every token is counted, also if an earlier supervisor has started it.
   */
  sinceStart(run: Run | null, metrics: EngineMetricsSample | null, hasServed = true): Snapshot['cost']['sinceStart'] {
    if (run === null) {
      this.#current = null;
      const none = absent('no engine is running');
      return {nodeUsd: none, apiUsd: none, sinceMs: null};
    }
    const inForce = this.#parts.configured();
    // Counters of an earlier run are not this run's. The wall clock does not tell: it may have been set back since.
    const tokens = countedTokens(
      metrics !== null && metrics.stamp.monotonicMs >= this.#seenSince(run) ? metrics : null,
    );
    const ledger = this.#carried({...run, hasServed}, inForce, valueOrNull(tokens));
    return costSince(ledger, {nodeUsdPerHour: inForce.nodeUsdPerHour, tokens});
  }

  /**
   * Hands the ledger and what it grew by to the history, which writes them together with its other rows.
   */
  record(): void {
    if (this.#current === null) return;
    const {runId, ledger} = this.#current;
    this.#parts.history.keepRunLedger(runId, ledger, this.#growth);
    this.#growth = [];
  }

  /** Since when this supervisor knows the run. */
  #seenSince({runId}: Run): number {
    if (this.#seen?.runId !== runId) this.#seen = {runId, monotonicMs: this.#parts.clock.monotonicMs()};
    return this.#seen.monotonicMs;
  }

  #carried(run: Run & {readonly hasServed: boolean}, inForce: PricesInForce, tokens: TokenAmounts | null): Ledger {
    const {clock} = this.#parts;
    const [atMs, monotonicMs] = [clock.nowMs(), clock.monotonicMs()];
    const known = this.#current?.runId === run.runId ? this.#current : null;
    const before = known?.ledger ?? this.#parts.history.readRunLedger(run.runId) ?? this.#opened(run, inForce);
    const uptimeMs = this.#parts.uptimeMs();
    const elapsedMs =
      known === null ? sinceLedger(before, atMs, uptimeMs) : Math.max(0, monotonicMs - known.monotonicMs);
    const ledger = {...carryLedger(before, {atMs, elapsedMs, tokens, inForce}), untilUptimeMs: uptimeMs};
    this.#growth = addHours(this.#growth, growthByHour(before, ledger, elapsedMs));
    this.#current = {runId: run.runId, ledger, monotonicMs};
    return ledger;
  }

  #opened({startedAtMs, hasServed}: Run & {readonly hasServed: boolean}, inForce: PricesInForce): Ledger {
    const isOwn = startedAtMs >= this.#pricesSinceMs;
    return openLedger(isOwn ? startedAtMs : this.#parts.clock.nowMs(), isOwn || !hasServed, inForce);
  }
}

/** Between two supervisors the clock may have been set; a run does not outlive the boot of its host. */
function sinceLedger({untilMs, untilUptimeMs}: Ledger, atMs: number, uptimeMs: number): number {
  const isSameBoot = untilUptimeMs !== undefined && untilUptimeMs <= uptimeMs;
  return Math.max(0, isSameBoot ? uptimeMs - untilUptimeMs : atMs - untilMs);
}

/** The engine's token counters; absent unless all are read. */
export function countedTokens(metrics: EngineMetricsSample | null): Reading<TokenAmounts> {
  if (metrics === null) return absent(UNREAD);
  const {promptTokensTotal, cachedPromptTokensTotal, generationTokensTotal} = metrics;
  const prompt = combineReadings(promptTokensTotal, cachedPromptTokensTotal, (promptTokens, cachedPromptTokens) => ({
    promptTokens,
    cachedPromptTokens,
  }));
  return combineReadings(prompt, generationTokensTotal, (read, generationTokens) => ({...read, generationTokens}));
}
