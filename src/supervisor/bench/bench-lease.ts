import {z} from 'zod';
import {
  type BenchLeaseReply,
  type BenchLeaseRequest,
  type BenchOwner,
  benchOwnerSchema,
  benchTokensSchema,
} from '../../api/bench/bench-requests.ts';
import type {ApiError} from '../../api/commands.ts';
import {type BenchTokens, noBenchTokens} from '../../domain/bench/token-allowance.ts';
import {cappedSum} from '../../domain/cost/ledger/counted.ts';
import type {EngineMetricsSample} from '../../samples/engine-metrics.ts';
import {isAbsent} from '../../samples/reading.ts';
import {err, ok, type Result} from '../../shared/result.ts';

type Counted = Pick<EngineMetricsSample, 'stamp' | 'runningRequests' | 'promptTokensTotal' | 'generationTokensTotal'>;

/** A start takes longer: what an engine shows after so long without a page is not of this load. */
const LONGEST_SILENCE_MS = 20_000;
/** Engines end the requests of a client that is gone within seconds: what still runs after this time is of other clients. */
const LONGEST_REST_MS = 20_000;
/** It is renewed every few seconds. A process that is stopped, as by Ctrl+Z, loads nothing, and may stay so for days. */
const LONGEST_PAUSE_MS = 60_000;

/** A lease as the next supervisor continues it. */
export const keptLeaseSchema = z
  .object({
    owner: benchOwnerSchema.readonly(),
    /** What its requests can have used at most since it has the lease; null where that is unknown. */
    mostTokens: benchTokensSchema.readonly().nullable(),
    /** What the requests of the one before can still use: the engine may serve them now. */
    carriedTokens: benchTokensSchema.readonly().default(noBenchTokens),
    /** What is booked of both. */
    usedTokens: benchTokensSchema.readonly(),
  })
  .readonly();
export type KeptLease = z.infer<typeof keptLeaseSchema>;

/**
 * While it is held, what the engine's counters grow by is load of a benchmark, up to what its process says it can be. It
 * belongs to one process and needs no return: it ends when that process is gone or has not renewed it, and the engine has
 * finished what it was sent, that is nothing runs and two readings are the same; on a node that is never quiet, after
 * LONGEST_REST_MS.
 */
export class BenchLease {
  readonly #isAlive: (owner: BenchOwner) => boolean;
  readonly #nowMs: () => number;
  #held: KeptLease | null = null;
  #lastUntilMs: number | null = null;
  #last: Counted | null = null;
  /** Monotonic; null until the next page. */
  #renewedAtMs: number | null = null;
  #overSinceMs: number | null = null;

  constructor(options: {readonly isAlive: (owner: BenchOwner) => boolean; readonly nowMs: () => number}) {
    this.#isAlive = options.isAlive;
    this.#nowMs = options.nowMs;
  }

  /** Gives it to this process, or confirms that it has it; an error while another benchmark has it. `dryRun`: gives nothing. */
  take({dryRun = false, mostTokens, ...owner}: BenchLeaseRequest): Result<BenchLeaseReply, ApiError> {
    const held = this.#held?.owner ?? null;
    const isOwn = held !== null && held.pid === owner.pid && held.startTimeTicks === owner.startTimeTicks;
    if (held !== null && !isOwn && this.#isAlive(held)) return err(taken(held.pid));
    if (!this.#isAlive(owner)) return err(noProcess(owner.pid));
    if (dryRun) return ok({lastBenchUntilMs: held === null ? this.#lastUntilMs : this.#nowMs()});
    // What another one left running ends within this one's time.
    const carriedTokens = isOwn ? (this.#held?.carriedTokens ?? noBenchTokens) : (this.leftTokens ?? noBenchTokens);
    if (!isOwn && held !== null) this.#end();
    const usedTokens = this.#held?.usedTokens ?? noBenchTokens;
    this.#held = {owner, mostTokens: mostTokens ?? null, carriedTokens, usedTokens};
    this.#last = null;
    this.#renewedAtMs = null;
    this.#overSinceMs = null;
    return ok({lastBenchUntilMs: this.#lastUntilMs});
  }

  /** As it has to be kept; null while nobody has it. Its process may be gone. */
  get kept(): KeptLease | null {
    return this.#held;
  }

  /** An earlier supervisor gave it to this process: the engine may still serve what that one sent. */
  resume(kept: KeptLease): void {
    this.#held ??= kept;
  }

  /** The most that can still be booked as that of the benchmark; null without a limit. Nothing while nobody has it. */
  get leftTokens(): BenchTokens | null {
    if (this.#held === null) return noBenchTokens;
    const {mostTokens, carriedTokens, usedTokens} = this.#held;
    if (mostTokens === null) return null;
    return tokensOf((kind) => Math.max(0, mostTokens[kind] + carriedTokens[kind] - usedTokens[kind]));
  }

  /** So much was booked as that of the benchmark. */
  onBooked(tokens: BenchTokens): void {
    if (this.#held === null) return;
    const {usedTokens} = this.#held;
    this.#held = {...this.#held, usedTokens: tokensOf((kind) => cappedSum(usedTokens[kind], tokens[kind]))};
  }

  /** What the engine's counters are now; call it after what they grew by was booked. */
  onMetrics(sample: Counted): void {
    if (this.#held === null) return;
    const before = this.#last;
    const {monotonicMs} = sample.stamp;
    this.#last = sample;
    this.#renewedAtMs ??= monotonicMs;
    const isLoading = this.#isAlive(this.#held.owner) && monotonicMs - this.#renewedAtMs <= LONGEST_PAUSE_MS;
    this.#overSinceMs = isLoading ? null : (this.#overSinceMs ?? monotonicMs);
    if (before === null || this.#overSinceMs === null) return;
    const isLongAgo =
      monotonicMs - before.stamp.monotonicMs > LONGEST_SILENCE_MS || monotonicMs - this.#overSinceMs > LONGEST_REST_MS;
    if (isLongAgo || (isQuiet(sample) && isSameCount(before, sample))) this.#end();
  }

  /** True while growth of the counters is that of a benchmark. */
  isHeld(): boolean {
    return this.#held !== null;
  }

  #end(): void {
    this.#held = null;
    this.#last = null;
    this.#renewedAtMs = null;
    this.#overSinceMs = null;
    this.#lastUntilMs = this.#nowMs();
  }
}

function tokensOf(of: (kind: keyof BenchTokens) => number): BenchTokens {
  return {promptTokens: of('promptTokens'), generatedTokens: of('generatedTokens')};
}

/** An engine that does not tell what runs is quiet when its counters are. */
function isQuiet({runningRequests}: Counted): boolean {
  return isAbsent(runningRequests) || runningRequests === 0;
}

function isSameCount(before: Counted, after: Counted): boolean {
  return (['promptTokensTotal', 'generationTokensTotal'] as const).every((name) => {
    const [from, to] = [before[name], after[name]];
    return isAbsent(from) ? isAbsent(to) : from === to;
  });
}

function taken(pid: number): ApiError {
  return {
    code: 'bench.already-running',
    message: `Another benchmark loads this engine (pid ${pid}): the figures would be of both together.`,
    remedy: `Wait until it ends, or end it with kill -INT ${pid}.`,
  };
}

function noProcess(pid: number): ApiError {
  return {
    code: 'bench.no-process',
    message: `There is no process ${pid} with this start time.`,
    remedy: 'Send the pid of the process that runs the benchmark, and its start time from /proc/PID/stat (field 22).',
  };
}
