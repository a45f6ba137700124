import type {BenchDocument} from '../../api/bench/bench-document.ts';
import {type BenchKept, type BenchList, type BenchOwner, MAX_BENCHES} from '../../api/bench/bench-requests.ts';
import type {ApiError} from '../../api/commands.ts';
import type {LedgerStore} from '../../history/ledger/ledger-store.ts';
import {benchesIn} from '../../history/past/read-past-benches.ts';
import {ok, type Result} from '../../shared/result.ts';
import {isAlive} from '../process/proc-stat.ts';
import type {ServerHandlers} from '../server/server-handlers.ts';
import type {Observation} from '../snapshot/observation.ts';
import {BenchLease} from './bench-lease.ts';

/** What the API says of benchmarks: who loads the engine, and the results that are kept. */
export class BenchDesk {
  readonly #store: Pick<LedgerStore, 'putBench' | 'benches'>;
  readonly #lease: BenchLease;

  constructor(store: Pick<LedgerStore, 'putBench' | 'benches'>, nowMs: () => number) {
    this.#store = store;
    this.#lease = new BenchLease({isAlive, nowMs});
  }

  get handlers(): Pick<ServerHandlers, 'takeBenchLease' | 'keepBench' | 'getBenches'> {
    return {
      takeBenchLease: (owner) => this.#lease.take(owner),
      keepBench: (bench) => this.#keep(bench),
      getBenches: () => this.#list(),
    };
  }

  /** True while what the engine's counters grow by is load of a benchmark. */
  isLeaseHeld(): boolean {
    return this.#lease.isHeld();
  }

  /** The process whose load that is; null for none. */
  leaseOwner(): BenchOwner | null {
    return this.#lease.owner;
  }

  /** Continues the lease that an earlier supervisor gave to this process. */
  resumeLease(owner: BenchOwner): void {
    this.#lease.resume(owner);
  }

  /** Follows the engine's counters. */
  observe(observation: Observation): void {
    if (observation.type === 'metrics') this.#lease.onMetrics(observation.sample);
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
