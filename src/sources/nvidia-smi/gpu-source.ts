import {isDeepStrictEqual} from 'node:util';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {GpuFrame, GpuInventory, GpuSample} from '../../samples/gpu.ts';
import {isPresent} from '../../samples/reading.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import {awakeMs} from '../host/awake-time.ts';
import type {GpuSourceEvent} from './gpu-source-event.ts';
import {interruptiblePause} from './interruptible-pause.ts';
import {listCards} from './list-cards.ts';
import {NvlinkQueries} from './nvlink-queries.ts';
import {PcieLinks} from './pcie-links.ts';
import {probeFields} from './probe-fields.ts';
import {findingsOfGpus, missingFinding} from './problems/card-findings.ts';
import {CardPresence} from './problems/card-presence.ts';
import {CurrentFindings, type Place} from './problems/current-findings.ts';
import {notAnsweringFinding, timeoutFinding} from './problems/run-findings.ts';
import {ProcessPace} from './process-pace.ts';
import {listHealthyCards, readGpusOnce} from './read-gpus-once.ts';
import {readProcesses} from './read-processes.ts';
import type {RunOptions} from './run-once.ts';
import {CardStream, type SourceClock} from './stream/card-stream.ts';
import {isTransientEnd, streamEndFindings} from './stream/stream-findings.ts';
import {mayStart, restartPauseMs} from './stream/stream-policy.ts';

export type GpuSourceOptions = {
  readonly executable: string;
  readonly intervalMs?: number;
  /** How often the processes on the cards are read while they change. */
  readonly processesEveryMs?: number;
  readonly clock: SourceClock;
  readonly onEvent: (event: GpuSourceEvent) => void;
};

const ONCE_TIMEOUT_MS = 20_000;
const INVENTORY_EVERY_MS = 60_000;
/** Minimum time between inventories triggered by problems. */
const ANOMALY_PAUSE_MS = 5_000;
const SHORTEST_PAUSE_MS = 50;
/** Consecutive stream failures before the fields are probed again: the driver may have changed. */
const FAILURES_BEFORE_PROBE = 3;
/** How often the driver is asked separately for GPUs that frames lack, until it is clear, and afterwards. */
const CONFIRM_EVERY_MS = 5_000;
const RECONFIRM_EVERY_MS = 15_000;
/** A stream that is silent again within this time after its predecessor was is a problem. */
const SILENT_AGAIN_MS = 60_000;

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
  #stream: CardStream | null = null;
  #inventory: GpuInventory | null = null;
  readonly #findings = new CurrentFindings();
  readonly #presence = new CardPresence();
  readonly #pcie = new PcieLinks();
  readonly #nvlinks = new NvlinkQueries();
  #confirmDueMs = Number.NEGATIVE_INFINITY;
  #silentAtMs = Number.NEGATIVE_INFINITY;
  #frameTrouble = '';
  #inventoryReadMs = Number.NEGATIVE_INFINITY;
  #inventoryDueMs = Number.NEGATIVE_INFINITY;
  #woken = Promise.withResolvers<void>();
  #stuckCount = 0;
  readonly #processPace: ProcessPace;

  constructor(options: GpuSourceOptions) {
    this.#options = options;
    this.#processPace = new ProcessPace(options.processesEveryMs);
  }

  async run(): Promise<void> {
    await Promise.all([this.#slowQueries(), this.#streams()]).then(() => this.#nvlinks.settled());
  }

  stop(): void {
    this.#stopping.abort();
    this.#stream?.stop();
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
      if (mayStart('short', this.#stuckCount) && this.#confirmInMs <= 0) await this.#confirmMissing();
      if (mayStart('short', this.#stuckCount) && clock.monotonicMs() >= this.#inventoryDueMs) {
        this.#inventoryReadMs = clock.monotonicMs();
        this.#inventoryDueMs = this.#inventoryReadMs + INVENTORY_EVERY_MS;
        await this.#readInventory();
      }
      if (mayStart('short', this.#stuckCount) && clock.monotonicMs() >= pace.dueMs) {
        pace.begin(clock.monotonicMs());
        await this.#readProcesses();
      }
      const dueInMs = Math.min(this.#inventoryDueMs, pace.dueMs) - clock.monotonicMs();
      const pauseMs = mayStart('short', this.#stuckCount) ? Math.min(dueInMs, this.#confirmInMs) : pace.everyMs;
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
    if (stuck !== null) this.#onStuck(stuck);
    const isListed = indexes !== null && this.#presence.confirm(indexes);
    const everyMs = this.#presence.isInDoubt ? CONFIRM_EVERY_MS : RECONFIRM_EVERY_MS;
    this.#confirmDueMs = clock.monotonicMs() + everyMs;
    // A program that was started without the GPU does not see it come back.
    if (isListed) this.#stream?.stop();
  }

  async #readInventory(): Promise<void> {
    const {inventory, findings, stuck, isWhole} = await readGpusOnce({...this.#options, ...this.#onceOptions});
    if (stuck !== null) this.#onStuck(stuck);
    if (this.#isStopped) return;
    // Which GPUs are missing is decided by the frames and a query of its own.
    const present = findings.filter(({code}) => !code.endsWith('.gpu-missing'));
    const gpus = isWhole && inventory !== null ? this.#nvlinks.of(this.#presence.numbered(inventory.gpus)) : [];
    if (isWhole && inventory !== null) this.#emitInventory({...inventory, gpus});
    this.#reportAnswer('inventory', [...present, ...this.#pcie.findings(gpus)], isWhole);
    if (gpus.length > 0 && mayStart('short', this.#stuckCount)) this.#readNvlinks(gpus);
    // The GPU that blocked the query is back: the full query works again.
    const isHealthy = isWhole && inventory !== null && findings.every(({severity}) => severity !== 'critical');
    if (isHealthy && this.#stream?.isOneByOne === true) this.#stream.stop();
  }

  #emitInventory(inventory: GpuInventory): void {
    this.#inventory = inventory;
    this.#options.onEvent({type: 'inventory', inventory});
  }

  /** Nothing waits for it: if its answer changes anything, the inventory is emitted once more. */
  #readNvlinks(gpus: readonly GpuSample[]): void {
    this.#nvlinks.ask(gpus, this.#options.executable, this.#onceOptions, ({findings, isAnswer}) => {
      this.#reportAnswer('links', findings, isAnswer);
      const last = this.#inventory;
      const linked = this.#nvlinks.of(last?.gpus ?? []);
      if (last !== null && !isDeepStrictEqual(linked, last.gpus)) this.#emitInventory({...last, gpus: linked});
    });
  }

  async #readProcesses(): Promise<void> {
    const {executable, clock, onEvent} = this.#options;
    const {processes, findings, isAnswer, stuck} = await readProcesses(executable, this.#onceOptions);
    this.#processPace.end(processes);
    if (stuck !== null) this.#onStuck(stuck);
    if (this.#isStopped) return;
    this.#reportAnswer('processes', findings, isAnswer);
    const stamp = {sampledAtMs: clock.nowMs(), monotonicMs: clock.monotonicMs()};
    if (processes !== null) onEvent({type: 'processes', stamp, processes});
  }

  /** The long-lived query, restarted with increasing pauses while it fails. */
  async #streams(): Promise<void> {
    let failuresInARow = 0;
    let fields: readonly string[] | null = null;
    while (!this.#isStopped) {
      if (mayStart('stream', this.#stuckCount)) {
        fields ??= await this.#probe();
        const hadFrames = fields !== null && !this.#isStopped && (await this.#oneStream(fields));
        failuresInARow = hadFrames ? 1 : failuresInARow + 1;
        if (failuresInARow >= FAILURES_BEFORE_PROBE) fields = null;
      }
      await interruptiblePause(restartPauseMs(failuresInARow), this.#stopping.signal);
    }
  }

  async #probe(): Promise<readonly string[] | null> {
    const probed = await probeFields(this.#options.executable, this.#onceOptions);
    if (!probed.ok && probed.error.stuck !== null) this.#onStuck(probed.error.stuck);
    this.#reportAnswer('probe', probed.ok ? [] : probed.error.findings, probed.ok || probed.error.isAnswer);
    return probed.ok ? probed.value : null;
  }

  /** True when it delivered at least one complete frame. */
  async #oneStream(fields: readonly string[]): Promise<boolean> {
    const {executable, intervalMs = 1_000, clock, onEvent} = this.#options;
    this.#stream = new CardStream({
      executable,
      fields,
      intervalMs,
      clock,
      healthyUuids: () => this.#healthyUuids(),
      onFrame: (frame) => this.#onFrame(frame),
      onStale: (sinceMs) => onEvent({type: 'stale', sinceMs}),
      onGivenUp: (silence) => this.#onGivenUp(silence),
      onFindings: (findings) => {
        if (findings.length > 0) this.#onAnomaly();
        this.#reportAnswer('stream', findings, true);
      },
      onEnd: (end) => {
        this.#onAnomaly();
        this.#reportAnswer('stream', streamEndFindings(end, executable), !isTransientEnd(end));
      },
      onStuck: (gone) => this.#onStuck(gone),
    });
    this.#presence.restart();
    return this.#stream.run();
  }

  /** A program that was late once is only late; one whose successor is silent too has a problem. */
  #onGivenUp({silentMs, hadFrames}: {readonly silentMs: number; readonly hadFrames: boolean}): void {
    const {clock, executable} = this.#options;
    const isAgain = clock.monotonicMs() - this.#silentAtMs < SILENT_AGAIN_MS;
    this.#silentAtMs = clock.monotonicMs();
    this.#onAnomaly();
    if (hadFrames && !isAgain) return;
    const silence = `has delivered no complete frame for ${secondsText(silentMs)}`;
    this.#report('stream', [timeoutFinding(`${executable}, the stream of readings, ${silence}`)]);
  }

  #onFrame(frame: GpuFrame): void {
    // One by one the driver itself has said which GPUs it cannot open.
    const isStatedByDriver = this.#stream?.isOneByOne === true;
    const whole = isStatedByDriver ? frame : this.#presence.take(frame, awakeMs());
    if (whole !== null) this.#options.onEvent({type: 'frame', frame: whole});
    if (this.#processPace.onFrame(frame) || this.#confirmInMs <= 0) this.#woken.resolve();
    const missing = whole?.missingIndexes ?? this.#presence.missing;
    const findings = [...findingsOfGpus(frame.gpus), ...missing.map(missingFinding)];
    const trouble = findings.map(({code, message}) => `${code} ${message}`).join('\n');
    if (trouble !== this.#frameTrouble && findings.length > 0) this.#onAnomaly();
    // The slow query has a problem that is over: frames arrive, and their GPUs are in order.
    const isHealthy = whole !== null && findings.every(({severity}) => severity !== 'critical');
    if (isHealthy && this.#findings.hasCritical('inventory')) this.#onAnomaly(RECONFIRM_EVERY_MS);
    this.#frameTrouble = trouble;
    this.#report('frame', findings);
  }

  /** With an older driver, one lost GPU blocks the full query; the healthy GPUs can still be queried one by one. */
  async #healthyUuids(): Promise<readonly string[]> {
    const options = {...this.#onceOptions, executable: this.#options.executable};
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
      this.#report('stuck', this.#stuckCount === 0 ? [] : [notAnsweringFinding(this.#stuckCount)]);
    };
    change(1);
    void gone.then(() => change(-1));
  }

  #report(place: Place, findings: readonly Finding[]): void {
    this.#findings.set(place, findings);
    this.#publish();
  }

  #reportAnswer(place: Place, findings: readonly Finding[], isAnswer: boolean): void {
    this.#findings.setAnswered(place, findings, isAnswer);
    this.#publish();
  }

  #publish(): void {
    const findings = this.#isStopped ? null : this.#findings.takeChange();
    if (findings !== null) this.#options.onEvent({type: 'findings', findings});
  }
}
