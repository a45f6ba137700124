import {setTimeout as delay} from 'node:timers/promises';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {GpuFrame, GpuInventory, GpuProcessSample} from '../../samples/gpu.ts';
import {isPresent} from '../../samples/reading.ts';
import type {Stamp} from '../../samples/stamp.ts';
import {parseProcesses, processFields} from './parse/parse-csv.ts';
import {probeFields} from './probe-fields.ts';
import {findingsOfGpus, missingFinding} from './problems/card-findings.ts';
import {lostHandleFinding, lostHandles, messageFindings} from './problems/error-texts.ts';
import {onePerCard, sortedFindings} from './problems/gpu-finding.ts';
import {notAnsweringFinding, runFindings} from './problems/run-findings.ts';
import {listHealthyCards, readGpusOnce} from './read-gpus-once.ts';
import {runOnce} from './run-once.ts';
import {CardStream, type SourceClock} from './stream/card-stream.ts';
import {mayStart, restartPauseMs} from './stream/stream-policy.ts';

export type GpuSourceEvent =
  | {readonly type: 'frame'; readonly frame: GpuFrame}
  | {readonly type: 'inventory'; readonly inventory: GpuInventory}
  | {readonly type: 'processes'; readonly stamp: Stamp; readonly processes: readonly GpuProcessSample[]}
  /** All current problems; replaces the previous list. Empty: healthy. */
  | {readonly type: 'findings'; readonly findings: readonly Finding[]}
  /** No complete frame for too long; `sinceMs` is the monotonic time of the last one, or of the start. */
  | {readonly type: 'stale'; readonly sinceMs: number; readonly detail: string};

export type GpuSourceOptions = {
  readonly executable: string;
  readonly intervalMs?: number;
  /** How often the processes on the cards are read. */
  readonly processesEveryMs?: number;
  readonly clock: SourceClock;
  readonly onEvent: (event: GpuSourceEvent) => void;
  /** Stops the source as `stop` does. */
  readonly signal?: AbortSignal;
};

const ONCE_TIMEOUT_MS = 20_000;
const DEFAULT_PROCESSES_EVERY_MS = 4_000;
const INVENTORY_EVERY_MS = 60_000;
/** Minimum time between inventories triggered by problems. */
const ANOMALY_PAUSE_MS = 5_000;
const SHORTEST_PAUSE_MS = 50;
/** Consecutive stream failures before the fields are probed again: the driver may have changed. */
const FAILURES_BEFORE_PROBE = 3;

/**
 * Reads the GPUs until stopped: one long-lived query, and two short ones periodically. Never throws; problems are
 * reported as findings. `stop` resolves when every child has exited or is known to hang.
 */
export function startGpuSource(options: GpuSourceOptions): {readonly stop: () => Promise<void>} {
  const source = new GpuSource(options);
  const done = source.run();
  options.signal?.addEventListener('abort', () => source.stop(), {once: true});
  if (options.signal?.aborted === true) source.stop();
  return {
    async stop() {
      source.stop();
      await done;
    },
  };
}

type Place = 'probe' | 'stream' | 'frame' | 'inventory' | 'processes' | 'stuck';

class GpuSource {
  readonly #options: GpuSourceOptions;
  readonly #stopping = new AbortController();
  #stream: CardStream | null = null;
  #inventory: GpuInventory | null = null;
  /** Findings by source: each source replaces its own. */
  readonly #findings = new Map<Place, readonly Finding[]>();
  #said: string | null = null;
  #frameTrouble = '';
  #inventoryReadMs = Number.NEGATIVE_INFINITY;
  #inventoryDueMs = Number.NEGATIVE_INFINITY;
  #woken = Promise.withResolvers<void>();
  #stuckCount = 0;

  constructor(options: GpuSourceOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    await Promise.all([this.#slowQueries(), this.#streams()]);
  }

  stop(): void {
    this.#stopping.abort();
    this.#stream?.stop();
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Inventory and processes, one after the other: two short children in parallel would only wait for each other. */
  async #slowQueries(): Promise<void> {
    const {clock, processesEveryMs = DEFAULT_PROCESSES_EVERY_MS} = this.#options;
    let processesDueMs = Number.NEGATIVE_INFINITY;
    while (!this.#isStopped) {
      this.#woken = Promise.withResolvers();
      if (mayStart('short', this.#stuckCount) && clock.monotonicMs() >= this.#inventoryDueMs) {
        this.#inventoryReadMs = clock.monotonicMs();
        this.#inventoryDueMs = this.#inventoryReadMs + INVENTORY_EVERY_MS;
        await this.#readInventory();
      }
      if (mayStart('short', this.#stuckCount) && clock.monotonicMs() >= processesDueMs) {
        processesDueMs = clock.monotonicMs() + processesEveryMs;
        await this.#readProcesses();
      }
      const dueInMs = Math.min(this.#inventoryDueMs, processesDueMs) - clock.monotonicMs();
      const isBarred = !mayStart('short', this.#stuckCount);
      await this.#pause(isBarred ? processesEveryMs : Math.max(SHORTEST_PAUSE_MS, dueInMs), this.#woken.promise);
    }
  }

  /** A problem triggers a query immediately, but not repeatedly. */
  #onAnomaly(): void {
    const soonestMs = Math.max(this.#options.clock.monotonicMs(), this.#inventoryReadMs + ANOMALY_PAUSE_MS);
    if (soonestMs >= this.#inventoryDueMs) return;
    this.#inventoryDueMs = soonestMs;
    this.#woken.resolve();
  }

  async #readInventory(): Promise<void> {
    const {executable, clock, onEvent} = this.#options;
    const options = {executable, timeoutMs: ONCE_TIMEOUT_MS, clock, signal: this.#stopping.signal};
    const {inventory, findings, stuck} = await readGpusOnce(options);
    if (stuck !== null) this.#onStuck(stuck);
    if (this.#isStopped) return;
    if (inventory !== null) {
      this.#inventory = inventory;
      onEvent({type: 'inventory', inventory});
    }
    this.#say('inventory', findings);
    // The GPU that blocked the query is back: the full query works again.
    const isHealthy = inventory !== null && findings.every(({severity}) => severity !== 'critical');
    if (isHealthy && this.#stream?.isOneByOne === true) this.#stream.stop();
  }

  async #readProcesses(): Promise<void> {
    const {executable, clock, onEvent} = this.#options;
    const query = [`--query-compute-apps=${processFields.join(',')}`, '--format=csv,noheader,nounits'];
    const result = await runOnce(executable, query, {timeoutMs: ONCE_TIMEOUT_MS, signal: this.#stopping.signal});
    if (result.kind === 'stuck') this.#onStuck(result.gone);
    if (this.#isStopped) return;
    const trouble = runFindings(result, executable, ONCE_TIMEOUT_MS);
    if (result.kind !== 'ended' || result.exitCode !== 0) {
      const text = result.kind === 'ended' ? `${result.stdout}\n${result.stderr}` : '';
      this.#say('processes', [...trouble, ...messageFindings(text), ...lostHandles(text).map(lostHandleFinding)]);
      return;
    }
    this.#say('processes', trouble);
    const stamp = {sampledAtMs: clock.nowMs(), monotonicMs: clock.monotonicMs()};
    onEvent({type: 'processes', stamp, processes: parseProcesses(result.stdout)});
  }

  /** The long-lived query, restarted with increasing pauses while it fails. */
  async #streams(): Promise<void> {
    let failuresInARow = 0;
    let fields: readonly string[] | null = null;
    while (!this.#isStopped) {
      if (mayStart('stream', this.#stuckCount)) {
        fields ??= await this.#probe();
        const hadFrames = fields !== null && (await this.#oneStream(fields));
        failuresInARow = hadFrames ? 1 : failuresInARow + 1;
        if (failuresInARow >= FAILURES_BEFORE_PROBE) fields = null;
      }
      await this.#pause(restartPauseMs(failuresInARow));
    }
  }

  async #probe(): Promise<readonly string[] | null> {
    const options = {timeoutMs: ONCE_TIMEOUT_MS, signal: this.#stopping.signal};
    const probed = await probeFields(this.#options.executable, options);
    if (!probed.ok && probed.error.stuck !== null) this.#onStuck(probed.error.stuck);
    this.#say('probe', probed.ok ? [] : probed.error.findings);
    return probed.ok ? probed.value : null;
  }

  /** True when it delivered at least one complete frame. */
  async #oneStream(fields: readonly string[]): Promise<boolean> {
    if (this.#isStopped) return false;
    const {executable, intervalMs = 1_000, clock, onEvent} = this.#options;
    this.#stream = new CardStream({
      executable,
      fields,
      intervalMs,
      clock,
      healthyUuids: () => this.#healthyUuids(),
      onFrame: (frame) => this.#onFrame(frame),
      onStale: (sinceMs, detail) => onEvent({type: 'stale', sinceMs, detail}),
      onFindings: (findings) => {
        if (findings.length > 0) this.#onAnomaly();
        this.#say('stream', findings);
      },
      onStuck: (gone) => this.#onStuck(gone),
    });
    return this.#stream.run();
  }

  #onFrame(frame: GpuFrame): void {
    this.#options.onEvent({type: 'frame', frame});
    const findings = [...findingsOfGpus(frame.gpus), ...frame.missingIndexes.map(missingFinding)];
    const trouble = findings.map(({code, message}) => `${code} ${message}`).join('\n');
    if (trouble !== this.#frameTrouble && findings.length > 0) this.#onAnomaly();
    this.#frameTrouble = trouble;
    this.#say('frame', findings);
  }

  /** With an older driver, one lost GPU blocks the full query; the healthy GPUs can still be queried one by one. */
  async #healthyUuids(): Promise<readonly string[]> {
    const {executable} = this.#options;
    const options = {executable, timeoutMs: ONCE_TIMEOUT_MS, signal: this.#stopping.signal};
    const listed = mayStart('short', this.#stuckCount) ? await listHealthyCards(options) : [];
    if (listed.length > 0) return listed.map(({uuid}) => uuid);
    const known = this.#inventory?.gpus ?? [];
    return known
      .filter(({fault}) => fault === null)
      .map(({uuid}) => uuid)
      .filter(isPresent);
  }

  #onStuck(gone: Promise<void>): void {
    const change = (by: number): void => {
      this.#stuckCount += by;
      this.#say('stuck', this.#stuckCount === 0 ? [] : [notAnsweringFinding(this.#stuckCount)]);
    };
    change(1);
    void gone.then(() => change(-1));
  }

  #say(place: Place, findings: readonly Finding[]): void {
    this.#findings.set(place, findings);
    const all = sortedFindings(onePerCard([...this.#findings.values()].flat()));
    const said = all.map(({code, message}) => `${code} ${message}`).join('\n');
    if (said === this.#said || this.#isStopped) return;
    this.#said = said;
    this.#options.onEvent({type: 'findings', findings: all});
  }

  /** Waits until the time has passed, the source is stopped, or `until` resolves. */
  async #pause(ms: number, until?: Promise<void>): Promise<void> {
    if (this.#isStopped || ms <= 0) return;
    const waiting = new AbortController();
    const signal = AbortSignal.any([this.#stopping.signal, waiting.signal]);
    const timer = delay(ms, undefined, {signal}).catch(() => undefined);
    await Promise.race(until === undefined ? [timer] : [timer, until]);
    waiting.abort();
    await timer;
  }
}
