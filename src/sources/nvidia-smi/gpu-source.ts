import {isDeepStrictEqual} from 'node:util';
import type {GpuFrame, GpuInventory, GpuSample} from '../../samples/gpu.ts';
import {awakeMs} from '../host/awake-time.ts';
import type {GpuSourceEvent} from './gpu-source-event.ts';
import {interruptiblePause} from './interruptible-pause.ts';
import {listCards} from './list-cards.ts';
import {NvlinkQueries} from './nvlink-queries.ts';
import {PcieLinks} from './pcie-links.ts';
import {findingsOfGpus, missingFinding} from './problems/card-findings.ts';
import {CardPresence} from './problems/card-presence.ts';
import {SourceProblems} from './problems/source-problems.ts';
import {ProcessPace} from './process-pace.ts';
import {readGpusOnce} from './read-gpus-once.ts';
import {readProcesses} from './read-processes.ts';
import type {RunOptions} from './run-once.ts';
import type {SourceClock} from './stream/card-stream.ts';
import {CardStreams} from './stream/card-streams.ts';

/** How the GPUs are read. */
export type GpuSourceOptions = {
  /** The nvidia-smi, or a program in its place. */
  readonly executable: string;
  /** Between two frames; a second by default. */
  readonly intervalMs?: number;
  /** How often the processes on the cards are read while they change. */
  readonly processesEveryMs?: number;
  readonly clock: SourceClock;
  /** Called with everything that is read or goes wrong. */
  readonly onEvent: (event: GpuSourceEvent) => void;
};

const ONCE_TIMEOUT_MS = 20_000;
const INVENTORY_EVERY_MS = 60_000;
/** Minimum time between inventories triggered by problems. */
const ANOMALY_PAUSE_MS = 5_000;
const SHORTEST_PAUSE_MS = 50;
/** How often the driver is asked separately for GPUs that frames lack, until it is clear, and afterwards. */
const CONFIRM_EVERY_MS = 5_000;
const RECONFIRM_EVERY_MS = 15_000;

/**
 * Reads the GPUs until stopped: one long-lived query, and two short ones periodically. Never throws; problems are
 * reported as findings. `stop` resolves when every child has exited or is known to hang.
 */
export function startGpuSource(options: GpuSourceOptions): {readonly stop: () => Promise<void>} {
  const source = new GpuSource(options);
  const done = source.run();
  return {
    async stop() {
      source.stop();
      await done;
    },
  };
}

class GpuSource {
  readonly #options: GpuSourceOptions;
  readonly #stopping = new AbortController();
  readonly #streams: CardStreams;
  #inventory: GpuInventory | null = null;
  readonly #problems: SourceProblems;
  readonly #presence = new CardPresence();
  readonly #pcie = new PcieLinks();
  readonly #nvlinks = new NvlinkQueries();
  #confirmDueMs = Number.NEGATIVE_INFINITY;
  #frameTrouble = '';
  #inventoryReadMs = Number.NEGATIVE_INFINITY;
  #inventoryDueMs = Number.NEGATIVE_INFINITY;
  #woken = Promise.withResolvers<void>();
  readonly #processPace: ProcessPace;

  constructor(options: GpuSourceOptions) {
    this.#options = options;
    this.#processPace = new ProcessPace(options.processesEveryMs);
    const {signal} = this.#stopping;
    this.#problems = new SourceProblems((findings) => {
      if (!signal.aborted) options.onEvent({type: 'findings', findings});
    });
    this.#streams = new CardStreams({
      ...options,
      once: this.#onceOptions,
      problems: this.#problems,
      onStart: () => this.#presence.restart(),
      onFrame: (frame) => this.#onFrame(frame),
      onStale: (sinceMs) => options.onEvent({type: 'stale', sinceMs}),
      onAnomaly: () => this.#onAnomaly(),
      knownGpus: () => this.#inventory?.gpus ?? [],
    });
  }

  /** Reads until stopped; resolves when every child has exited or is known to hang. */
  async run(): Promise<void> {
    await Promise.all([this.#slowQueries(), this.#streams.run()]).then(() => this.#nvlinks.settled());
  }

  /** Ends all queries; `run` resolves. */
  stop(): void {
    this.#stopping.abort();
    this.#streams.stop();
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  get #onceOptions(): RunOptions & {readonly signal: AbortSignal} {
    return {timeoutMs: ONCE_TIMEOUT_MS, signal: this.#stopping.signal};
  }

  /** Inventory and processes, one after the other: two short children in parallel would only wait for each other. */
  async #slowQueries(): Promise<void> {
    const [{clock}, pace] = [this.#options, this.#processPace];
    while (!this.#isStopped) {
      this.#woken = Promise.withResolvers();
      if (this.#problems.mayStart('short') && this.#confirmInMs <= 0) await this.#confirmMissing();
      if (this.#problems.mayStart('short') && clock.monotonicMs() >= this.#inventoryDueMs) {
        this.#inventoryReadMs = clock.monotonicMs();
        this.#inventoryDueMs = this.#inventoryReadMs + INVENTORY_EVERY_MS;
        await this.#readInventory();
      }
      if (this.#problems.mayStart('short') && clock.monotonicMs() >= pace.dueMs) {
        pace.begin(clock.monotonicMs());
        await this.#readProcesses();
      }
      const dueInMs = Math.min(this.#inventoryDueMs, pace.dueMs) - clock.monotonicMs();
      const pauseMs = this.#problems.mayStart('short') ? Math.min(dueInMs, this.#confirmInMs) : pace.everyMs;
      await interruptiblePause(Math.max(SHORTEST_PAUSE_MS, pauseMs), this.#stopping.signal, this.#woken.promise);
    }
  }

  /** A problem triggers a query immediately, but not repeatedly. */
  #onAnomaly(pauseMs = ANOMALY_PAUSE_MS): void {
    const soonestMs = Math.max(this.#options.clock.monotonicMs(), this.#inventoryReadMs + pauseMs);
    if (soonestMs >= this.#inventoryDueMs) return;
    this.#inventoryDueMs = soonestMs;
    this.#woken.resolve();
  }

  /** Until GPUs that frames lack are asked for separately; infinite while none is missing. */
  get #confirmInMs(): number {
    const isDue = this.#presence.isInDoubt || this.#presence.missing.length > 0;
    return isDue ? this.#confirmDueMs - this.#options.clock.monotonicMs() : Number.POSITIVE_INFINITY;
  }

  async #confirmMissing(): Promise<void> {
    const {executable, clock} = this.#options;
    const {indexes, stuck} = await listCards(executable, this.#onceOptions);
    if (stuck !== null) this.#problems.noteStuck(stuck);
    const isListed = indexes !== null && this.#presence.confirm(indexes);
    const everyMs = this.#presence.isInDoubt ? CONFIRM_EVERY_MS : RECONFIRM_EVERY_MS;
    this.#confirmDueMs = clock.monotonicMs() + everyMs;
    // A program that was started without the GPU does not see it come back.
    if (isListed) this.#streams.stop();
  }

  async #readInventory(): Promise<void> {
    const {inventory, findings, stuck, isWhole} = await readGpusOnce({...this.#options, ...this.#onceOptions});
    if (stuck !== null) this.#problems.noteStuck(stuck);
    if (this.#isStopped) return;
    // Which GPUs are missing is decided by the frames and a query of its own.
    const present = findings.filter(({code}) => !code.endsWith('.gpu-missing'));
    const gpus = isWhole && inventory !== null ? this.#nvlinks.of(this.#presence.numbered(inventory.gpus)) : [];
    if (isWhole && inventory !== null) this.#emitInventory({...inventory, gpus});
    this.#problems.reportAnswer('inventory', [...present, ...this.#pcie.findings(gpus)], isWhole);
    if (gpus.length > 0 && this.#problems.mayStart('short')) this.#readNvlinks(gpus);
    // The GPU that blocked the query is back: the full query works again.
    const isHealthy = isWhole && inventory !== null && findings.every(({severity}) => severity !== 'critical');
    if (isHealthy && this.#streams.isOneByOne) this.#streams.stop();
  }

  #emitInventory(inventory: GpuInventory): void {
    this.#inventory = inventory;
    this.#options.onEvent({type: 'inventory', inventory});
  }

  /** Nothing waits for it: if its answer changes anything, the inventory is emitted once more. */
  #readNvlinks(gpus: readonly GpuSample[]): void {
    this.#nvlinks.ask(gpus, this.#options.executable, this.#onceOptions, ({findings, isAnswer}) => {
      this.#problems.reportAnswer('links', findings, isAnswer);
      const last = this.#inventory;
      const linked = this.#nvlinks.of(last?.gpus ?? []);
      if (last !== null && !isDeepStrictEqual(linked, last.gpus)) this.#emitInventory({...last, gpus: linked});
    });
  }

  async #readProcesses(): Promise<void> {
    const {executable, clock, onEvent} = this.#options;
    const {processes, findings, isAnswer, stuck} = await readProcesses(executable, this.#onceOptions);
    this.#processPace.end(processes);
    if (stuck !== null) this.#problems.noteStuck(stuck);
    if (this.#isStopped) return;
    this.#problems.reportAnswer('processes', findings, isAnswer);
    const stamp = {sampledAtMs: clock.nowMs(), monotonicMs: clock.monotonicMs()};
    if (processes !== null) onEvent({type: 'processes', stamp, processes});
  }

  #onFrame(frame: GpuFrame): void {
    // One by one the driver itself has said which GPUs it cannot open.
    const whole = this.#streams.isOneByOne ? frame : this.#presence.take(frame, awakeMs());
    if (whole !== null) this.#options.onEvent({type: 'frame', frame: whole});
    if (this.#processPace.onFrame(frame) || this.#confirmInMs <= 0) this.#woken.resolve();
    const missing = whole?.missingIndexes ?? this.#presence.missing;
    const findings = [...findingsOfGpus(frame.gpus), ...missing.map(missingFinding)];
    const trouble = findings.map(({code, message}) => `${code} ${message}`).join('\n');
    if (trouble !== this.#frameTrouble && findings.length > 0) this.#onAnomaly();
    // The slow query has a problem that is over: frames arrive, and their GPUs are in order.
    const isHealthy = whole !== null && findings.every(({severity}) => severity !== 'critical');
    if (isHealthy && this.#problems.hasCritical('inventory')) this.#onAnomaly(RECONFIRM_EVERY_MS);
    this.#frameTrouble = trouble;
    this.#problems.report('frame', findings);
  }
}
