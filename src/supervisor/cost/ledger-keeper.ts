import {type LedgerRun, noTotals, type TokenCounts} from '../../domain/cost/ledger/entries.ts';
import {
  type BookedRun,
  isStepped,
  type LedgerState,
  type LedgerTerms,
  type NodeUseNow,
  nextBooking,
  openLedgerState,
  withEarlierBill,
  withGapsTold,
  withNothingRead,
  withRun,
  withRunEnded,
  withTimeUntil,
  withTotals,
} from '../../domain/cost/ledger/ledger-state.ts';
import {clockStepBetween, elapsedBetween, type Moment, momentWithin} from '../../domain/cost/ledger/moment.ts';
import {momentOf} from '../../domain/cost/ledger/pending-bookings.ts';
import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import type {Stamp} from '../../samples/stamp.ts';
import {MS_PER_MINUTE} from '../../shared/units.ts';
import type {BenchDesk} from '../bench/bench-desk.ts';
import type {Observation} from '../snapshot/observation.ts';
import type {Observations} from '../snapshot/observations.ts';
import {clockStepped} from './clock-stepped.ts';
import type {KeptLedger} from './kept-ledger.ts';
import {LedgerBooker, type LedgerFiles} from './ledger-booker.ts';
import {nodeUseOf} from './node-use.ts';
import {ledgerRunOf} from './run-description.ts';
import {RunTokens} from './run-tokens.ts';

export type LedgerKeeperParts = LedgerFiles & {
  /** The present by all clocks. */
  readonly now: () => Moment & Pick<Stamp, 'monotonicMs'>;
  readonly terms: () => LedgerTerms;
  readonly lifecycle: () => LifecycleState;
  /** Whose benchmark loads the engine. */
  readonly bench: Pick<BenchDesk, 'load' | 'onBooked' | 'onLease' | 'keptLease' | 'resumeLease'>;
  readonly seen: () => Observations;
  readonly record: (event: ReturnType<typeof clockStepped>) => unknown;
};

type MetricsSample = Extract<Observation, {type: 'metrics'}>['sample'];

/** A node without pages of metrics is kept this often. */
const KEPT_EVERY_MS = 5_000;
/** At the end a booking that is refused, as another process writes, is tried again immediately; so is what does not fit into one try. */
const TRIES_AT_CLOSE = 4;
/** An engine that outlasted a time in which nobody watched, and shows no page for so long, will not tell of that time. */
const TOLD_WITHIN_MS = 2 * MS_PER_MINUTE;

/**
 * Keeps the ledger of tokens and of the node's time: what pages of metrics and the lifecycle show is in a file before anything
 * else is done with it, and in the ledger every minute. However this process and the engine end, the next supervisor
 * continues from there: nothing is booked twice, and nothing that was read is lost.
 */
export class LedgerKeeper {
  readonly #parts: LedgerKeeperParts;
  readonly #booker: LedgerBooker;
  #state: LedgerState;
  #kept: KeptLedger['follower'];
  #tokens: RunTokens | null = null;
  #use: NodeUseNow;
  #grewAtMs: number | null = null;
  #keptAtMs: number | null = null;
  #gapSinceMs: number | null = null;
  #isTakenOver = false;
  #adoptedRunId: string | null = null;
  /** The page of an engine that may not serve yet, read since the request was sent whose answer tells. */
  #earlyPage: MetricsSample | null = null;
  #bookedMinute: number | null = null;

  constructor(parts: LedgerKeeperParts) {
    this.#parts = parts;
    this.#booker = new LedgerBooker(parts);
    const now = parts.now();
    const kept = this.#booker.read();
    const clock = this.#booker.clock();
    this.#kept = kept?.follower ?? null;
    const benchLease = kept?.benchLease ?? null;
    if (benchLease !== null) parts.bench.resumeLease(benchLease);
    parts.bench.onLease(() => this.#isTakenOver && this.#keep());
    const unseen = {state: clock === null ? 'down' : 'unobserved', runId: null} as const;
    const {pricesAt} = parts.terms();
    this.#state = kept?.state ?? openLedgerState(clock, momentIn(now), pricesAt(now.wallMs), unseen);
    this.#state = this.#booker.reconcile(this.#state);
    this.#use = {...this.#state.node, milliwatts: null};
  }

  /** What is not booked yet. */
  get state(): LedgerState {
    return this.#state;
  }

  /** What an earlier supervisor left is known now; `exitedAtMs`: when its run exited, unwatched, wall clock. */
  takeOver(exitedAtMs: number | null): void {
    const {run} = this.#parts.lifecycle();
    const now = this.#parts.now();
    const {node} = this.#state;
    const isGone = exitedAtMs !== null || (run?.runId ?? null) !== node.runId;
    if (isGone && node.runId !== null && run?.runId === node.runId) {
      const exit = momentWithin(this.#state.at, momentIn(now), exitedAtMs ?? 0);
      this.#state = withTimeUntil(this.#state, exit, {...node, milliwatts: null}, this.#parts.terms());
    }
    if (isGone) this.#use = {state: 'down', runId: null, milliwatts: null};
    const isUnknown = node.state === 'unobserved';
    this.#state = withTimeUntil(
      this.#state,
      momentIn(now),
      isUnknown ? {...this.#use, ...node} : this.#use,
      this.#parts.terms(),
    );
    this.#isTakenOver = true;
    const present = exitedAtMs === null ? (run?.runId ?? null) : null;
    for (const one of this.#state.runs) if (one.run.runId !== present && !one.isEnded) this.#endRun(one);
    if (exitedAtMs === null) this.#follow();
    this.#adoptedRunId = present;
    this.#advance();
    this.#keep();
  }

  /** Called with every observation, before anything of it is shown or done. */
  observe(observation: Observation): void {
    if (!this.#isTakenOver) return;
    switch (observation.type) {
      case 'metrics':
        this.#page(observation.sample);
        break;
      // A supervisor that ends before the answer leaves that the request may be in the counters.
      case 'own-request-sent':
      case 'own-request-ended':
        if (observation.type === 'own-request-sent') this.#earlyPage = null;
        this.#tokens?.ownRequest(observation);
        this.#keep();
        break;
      default:
        break;
    }
  }

  /** The lifecycle has changed: the time until now was as before. */
  changed(): void {
    if (!this.#isTakenOver) return;
    this.#state = this.#until(this.#use);
    const {run} = this.#parts.lifecycle();
    for (const one of this.#state.runs) if (one.run.runId !== run?.runId && !one.isEnded) this.#endRun(one);
    this.#follow();
    this.#advance();
    if (this.#earlyPage !== null) this.#page(this.#earlyPage);
    this.#bookedMinute = null;
    this.#keep();
  }

  /** Once a second: adds the time, and books what a full minute, a change of state or of prices has completed. */
  tick(): void {
    if (!this.#isTakenOver) return;
    this.#advance();
    const {wallMs, monotonicMs} = this.#parts.now();
    this.#tellGaps(monotonicMs);
    if (this.#keptAtMs === null || Math.abs(monotonicMs - this.#keptAtMs) >= KEPT_EVERY_MS) this.#keep();
    const minute = Math.floor(wallMs / MS_PER_MINUTE);
    const isDue = minute !== this.#bookedMinute || this.#state.bookings.length > 1;
    if (!isDue || !this.#booker.isReady(monotonicMs)) return;
    this.#book(monotonicMs);
    this.#bookedMinute = minute;
  }

  /** Books what can be booked; what cannot is kept for the next supervisor. */
  close(): void {
    if (!this.#isTakenOver) return;
    this.#advance();
    for (let tries = TRIES_AT_CLOSE; tries > 0 && nextBooking(this.#state) !== null; tries--) {
      this.#book(this.#parts.now().monotonicMs);
    }
    this.#keep();
  }

  #book(monotonicMs: number): void {
    this.#state = this.#booker.book(this.#state, monotonicMs, (state) => {
      this.#state = state;
      this.#keep();
    });
  }

  #advance(): void {
    const {lifecycle, seen, now} = this.#parts;
    const at = now();
    const use = nodeUseOf(
      lifecycle(),
      seen(),
      {grewAtMs: this.#grewAtMs, before: this.#use},
      {sampledAtMs: at.wallMs, monotonicMs: at.monotonicMs},
    );
    this.#state = this.#until(use);
    this.#use = use;
    const runId = this.#tokens?.runId;
    // Until it serves, only our own requests are counted, and their time is that of the first page. One that was starting
    // when an earlier supervisor ended may have served since.
    if (runId !== undefined && runId !== this.#adoptedRunId && lifecycle().readyAtMs === null) {
      this.#state = withNothingRead(this.#state, runId, momentIn(at));
    }
  }

  #until(use: NodeUseNow): LedgerState {
    const now = momentIn(this.#parts.now());
    const before = this.#state.at;
    if (isStepped(before, now)) {
      const runId = use.runId;
      this.#parts.record(clockStepped(clockStepBetween(before, now), runId));
    }
    const terms = this.#parts.terms();
    return withEarlierBill(withTimeUntil(this.#state, now, use, terms), terms);
  }

  #page(sample: MetricsSample): void {
    if (this.#tokens === null) return;
    // What answers before the engine is ready may be another program on its port.
    const isEarly = this.#parts.lifecycle().readyAtMs === null;
    this.#earlyPage = isEarly ? sample : null;
    if (isEarly) return;
    this.#advance();
    const {runId} = this.#tokens;
    const now = this.#parts.now();
    const known = this.#state.runs.find(({run}) => run.runId === runId);
    if (known === undefined) return;
    const before = known.run.booked;
    const {bench} = this.#tokens.follower.totals;
    this.#tokens.page(sample, elapsedBetween(known.readAt, now), this.#parts.bench.load());
    this.#tellBench(bench, this.#tokens.follower.totals.bench);
    this.#state = withTotals(this.#state, this.#booked(known.run), momentIn(now));
    if (JSON.stringify(before) !== JSON.stringify(this.#tokens.follower.totals)) this.#grewAtMs = now.monotonicMs;
    this.#keep();
  }

  /** Tells the lease of a benchmark what was booked of it. */
  #tellBench(before: TokenCounts, now: TokenCounts): void {
    const prompt = now.input + now.cached - before.input - before.cached;
    this.#parts.bench.onBooked({prompt, output: now.output - before.output});
  }

  /** The run with the tokens that its follower has. */
  #booked(run: LedgerRun): LedgerRun {
    if (this.#tokens?.runId !== run.runId) return run;
    const {totals, isCachedKnown} = this.#tokens.follower;
    return {...run, isCachedKnown, booked: totals};
  }

  #endRun({run}: BookedRun): void {
    if (this.#tokens?.runId !== run.runId && this.#kept?.runId === run.runId) {
      this.#tokens = new RunTokens(run.runId, this.#kept.follower, run.isWholeRun);
    }
    if (this.#tokens?.runId === run.runId) {
      const {bench} = this.#tokens.follower.totals;
      this.#tokens.end(this.#parts.bench.load());
      this.#tellBench(bench, this.#tokens.follower.totals.bench);
      this.#state = withTotals(this.#state, this.#booked(run), momentIn(this.#parts.now()));
      this.#tokens = null;
    }
    this.#state = withRunEnded(this.#state, run.runId);
  }

  #follow(): void {
    const {run, settings, readyAtMs} = this.#parts.lifecycle();
    if (run === null || settings === null || this.#tokens?.runId === run.runId) return;
    const {runId} = run;
    const kept = this.#kept?.runId === runId ? this.#kept.follower : null;
    const booked = this.#booker.run(runId);
    const isWholeRun = booked?.isWholeRun ?? (kept !== null || readyAtMs === null);
    this.#tokens = new RunTokens(runId, kept, isWholeRun, booked?.booked);
    const followed = ledgerRunOf(runId, settings, {
      isWholeRun,
      isCachedKnown: false,
      booked: booked?.booked ?? noTotals,
    });
    const clock = this.#booker.clock();
    const readAt = booked !== null && clock !== null ? momentOf(clock) : momentIn(this.#parts.now());
    this.#state = withRun(this.#state, followed, readAt);
    this.#grewAtMs = null;
    this.#earlyPage = null;
  }

  #tellGaps(monotonicMs: number): void {
    const open = this.#state.bookings.flatMap(({gaps}) => gaps);
    if (open.length === 0) this.#gapSinceMs = null;
    else this.#gapSinceMs ??= monotonicMs;
    if (this.#gapSinceMs === null || monotonicMs - this.#gapSinceMs < TOLD_WITHIN_MS) return;
    for (const {runId} of open) this.#state = withGapsTold(this.#state, runId, null);
  }

  #keep(): void {
    this.#keptAtMs = this.#parts.now().monotonicMs;
    const followed = this.#tokens === null ? null : {runId: this.#tokens.runId, follower: this.#tokens.follower};
    this.#booker.keep({state: this.#state, follower: followed, benchLease: this.#parts.bench.keptLease()});
  }
}

function momentIn({wallMs, bootId, uptimeMs}: Moment): Moment {
  return {wallMs, bootId, uptimeMs};
}
