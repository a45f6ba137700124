import type {BenchDocument} from '../../api/bench/bench-document.ts';
import {
  type BenchKept,
  type BenchLeaseReply,
  type BenchLeaseRequest,
  type BenchList,
  MAX_BENCHES,
} from '../../api/bench/bench-requests.ts';
import type {ApiError} from '../../api/commands.ts';
import type {BenchTokens} from '../../domain/bench/token-allowance.ts';
import type {BenchLoad, BenchMost} from '../../domain/cost/ledger/token-totals.ts';
import type {LedgerStore} from '../../history/ledger/ledger-store.ts';
import {benchesIn} from '../../history/past/read-past-benches.ts';
import {ok, type Result} from '../../shared/result.ts';
import {isAlive} from '../process/proc-stat.ts';
import type {ServerHandlers} from '../server/server-handlers.ts';
import type {Observation} from '../snapshot/observation.ts';
import {BenchLease, type KeptLease} from './bench-lease.ts';

/** What the API says of benchmarks: who loads the engine, and the results that are kept. */
export class BenchDesk {
  readonly #store: Pick<LedgerStore, 'putBench' | 'benches'>;
  readonly #lease: BenchLease;
  #onLease: () => void = () => undefined;

  /** `isRunning`: whether a process of this host runs. */
  constructor(store: Pick<LedgerStore, 'putBench' | 'benches'>, nowMs: () => number, isRunning = isAlive) {
    this.#store = store;
    this.#lease = new BenchLease({isAlive: isRunning, nowMs});
  }

  get handlers(): Pick<ServerHandlers, 'takeBenchLease' | 'keepBench' | 'getBenches'> {
    return {
      takeBenchLease: (request) => this.#take(request),
      keepBench: (bench) => this.#keep(bench),
      getBenches: () => this.#list(),
    };
  }

  /** What of the engine's counters is load of a benchmark now. */
  load(): BenchLoad {
    const {leftTokens} = this.#lease;
    const limit = leftTokens === null ? {} : {benchMost: countedOf(leftTokens)};
    return this.#lease.isHeld() ? {isBench: true, ...limit} : {isBench: false};
  }

  /** The ledger has booked so much as load of a benchmark; `prompt` includes the cached ones. */
  onBooked({prompt, output}: BenchMost): void {
    this.#lease.onBooked({promptTokens: prompt, generatedTokens: output});
  }

  /** Who has the lease, as it has to be kept; null for nobody. */
  keptLease(): KeptLease | null {
    return this.#lease.kept;
  }

  /** Continues the lease that an earlier supervisor gave. */
  resumeLease(kept: KeptLease): void {
    this.#lease.resume(kept);
  }

  /** Calls `listener` whenever a process has taken or renewed the lease: it has to be kept. One listener. */
  onLease(listener: () => void): void {
    this.#onLease = listener;
  }

  /** Follows the engine's counters. */
  observe(observation: Observation): void {
    if (observation.type === 'metrics') this.#lease.onMetrics(observation.sample);
  }

  #take(request: BenchLeaseRequest): Result<BenchLeaseReply, ApiError> {
    const taken = this.#lease.take(request);
    if (taken.ok && request.dryRun !== true) this.#onLease();
    return taken;
  }

  #keep(bench: BenchDocument): Result<BenchKept, ApiError> {
    const {endedAtMs, runId, tool} = bench;
    const put = this.#store.putBench({atMs: endedAtMs, runId: runId ?? '', tool: tool.name, document: bench});
    return put.ok ? ok({kept: true}) : put;
  }

  #list(): Result<BenchList, ApiError> {
    const kept = this.#store.benches(MAX_BENCHES);
    return kept.ok ? ok({benches: benchesIn(kept.value)}) : kept;
  }
}

function countedOf({promptTokens, generatedTokens}: BenchTokens): BenchMost {
  return {prompt: promptTokens, output: generatedTokens};
}
