import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {GpuFrame, GpuInventory, GpuProcessSample} from '../../samples/gpu.ts';
import {isPresent} from '../../samples/reading.ts';
import type {Stamp} from '../../samples/stamp.ts';
import {CardStream} from './card-stream.ts';
import {findingOfText, findingsOfGpus, gpuFinding, missingFinding} from './findings.ts';
import {parseProcesses, processFields} from './parse-csv.ts';
import {probeFields} from './probe-fields.ts';
import {readGpusOnce, troubleOf} from './read-gpus-once.ts';
import {restartPauseMs} from './restart-pause.ts';
import {runOnce} from './run-once.ts';

export type GpuSourceEvent =
  | {readonly type: 'frame'; readonly frame: GpuFrame}
  | {readonly type: 'inventory'; readonly inventory: GpuInventory}
  | {readonly type: 'processes'; readonly stamp: Stamp; readonly processes: readonly GpuProcessSample[]}
  /** All that is wrong now; takes the place of what was said before. */
  | {readonly type: 'findings'; readonly findings: readonly Finding[]}
  /** No whole frame for too long. */
  | {readonly type: 'stale'; readonly detail: string};

export type GpuSourceOptions = {
  readonly executable: string;
  readonly intervalMs?: number;
  readonly clock: {readonly nowMs: () => number; readonly monotonicMs: () => number};
  readonly onEvent: (event: GpuSourceEvent) => void;
};

const ONCE_TIMEOUT_MS = 20_000;
const PROCESSES_EVERY_MS = 4_000;
const INVENTORY_EVERY_MS = 60_000;

/** Reads the cards for as long as it is not stopped: one long-lived query, and two short ones now and then. */
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
  readonly #stopped = Promise.withResolvers<null>();
  #isStopped = false;
  #stream: CardStream | null = null;
  #inventory: GpuInventory | null = null;
  /** Findings by where they come from: each place replaces its own. */
  readonly #findings = new Map<'probe' | 'stream' | 'frame' | 'inventory' | 'processes', readonly Finding[]>();
  #said = '';
  #hasAnomaly = false;

  constructor(options: GpuSourceOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    await Promise.all([this.#slowQueries(), this.#streams()]);
  }

  stop(): void {
    this.#isStopped = true;
    this.#stream?.stop();
    this.#stopped.resolve(null);
  }

  /** The inventory and the processes, one after the other: two short children at once would only wait for each other. */
  async #slowQueries(): Promise<void> {
    let inventoryAtMs = Number.NEGATIVE_INFINITY;
    while (!this.#isStopped) {
      const nowMs = this.#options.clock.monotonicMs();
      if (nowMs - inventoryAtMs >= INVENTORY_EVERY_MS || this.#hasAnomaly) {
        this.#hasAnomaly = false;
        inventoryAtMs = nowMs;
        await this.#readInventory();
      }
      if (this.#inventory !== null && !this.#isStopped) await this.#readProcesses();
      await this.#pause(PROCESSES_EVERY_MS);
    }
  }

  async #readInventory(): Promise<void> {
    const {executable, clock, onEvent} = this.#options;
    const {inventory, findings} = await readGpusOnce({executable, timeoutMs: ONCE_TIMEOUT_MS, clock});
    if (this.#isStopped) return;
    if (inventory !== null) {
      this.#inventory = inventory;
      onEvent({type: 'inventory', inventory});
    }
    const off = inventory?.gpus.filter((gpu) => isPresent(gpu.persistenceMode) && gpu.persistenceMode === 'Disabled');
    this.#say(
      'inventory',
      off === undefined || off.length === 0 ? findings : [...findings, persistenceOff(off.length)],
    );
  }

  async #readProcesses(): Promise<void> {
    const {executable, clock, onEvent} = this.#options;
    const query = [`--query-compute-apps=${processFields.join(',')}`, '--format=csv,noheader,nounits'];
    const result = await runOnce(executable, query, ONCE_TIMEOUT_MS);
    if (this.#isStopped) return;
    const trouble = troubleOf(result, executable, ONCE_TIMEOUT_MS);
    const error = result.kind === 'ended' && result.exitCode !== 0 ? findingOfText(result.stdout) : null;
    this.#say('processes', error === null ? trouble : [error, ...trouble]);
    if (result.kind !== 'ended' || result.exitCode !== 0) return;
    const stamp = {sampledAtMs: clock.nowMs(), monotonicMs: clock.monotonicMs()};
    onEvent({type: 'processes', stamp, processes: parseProcesses(result.stdout)});
  }

  /** The long-lived query, started again with growing pauses for as long as it fails. */
  async #streams(): Promise<void> {
    let failuresInARow = 0;
    let fields: readonly string[] | null = null;
    while (!this.#isStopped) {
      fields ??= await this.#probe();
      const hadFrames = fields !== null && (await this.#oneStream(fields));
      failuresInARow = hadFrames ? 1 : failuresInARow + 1;
      // A driver that was exchanged underneath may know other fields.
      if (failuresInARow >= 3) fields = null;
      await this.#pause(restartPauseMs(failuresInARow));
    }
  }

  async #probe(): Promise<readonly string[] | null> {
    const probed = await probeFields(this.#options.executable, ONCE_TIMEOUT_MS);
    this.#say('probe', probed.ok ? [] : [probed.error]);
    return probed.ok ? probed.value : null;
  }

  /** True when it gave at least one whole frame. */
  async #oneStream(fields: readonly string[]): Promise<boolean> {
    if (this.#isStopped) return false;
    const {executable, intervalMs = 1_000, clock, onEvent} = this.#options;
    let hadFrames = false;
    const stream = new CardStream({
      executable,
      fields,
      intervalMs,
      clock,
      healthyUuids: () => this.#healthyUuids(),
      onFrame: (frame) => {
        hadFrames = true;
        this.#onFrame(frame);
      },
      onStale: (detail) => {
        this.#hasAnomaly = true;
        onEvent({type: 'stale', detail});
      },
      onFindings: (findings) => {
        if (findings.length > 0) this.#hasAnomaly = true;
        this.#say('stream', findings);
      },
    });
    this.#stream = stream;
    await stream.run();
    return hadFrames;
  }

  #onFrame(frame: GpuFrame): void {
    this.#options.onEvent({type: 'frame', frame});
    const findings = [...findingsOfGpus(frame.gpus), ...frame.missingIndexes.map(missingFinding)];
    const before = this.#findings.get('frame')?.length ?? 0;
    // What is wrong is asked about at once, not in a minute.
    if (findings.length > before) this.#hasAnomaly = true;
    this.#say('frame', findings);
  }

  /** Cards that an older driver, blinded by one lost card, can still be asked for one by one. */
  #healthyUuids(): readonly string[] {
    return (this.#inventory?.gpus ?? [])
      .filter((gpu) => gpu.fault === null)
      .map((gpu) => gpu.uuid)
      .filter(isPresent);
  }

  #say(place: 'probe' | 'stream' | 'frame' | 'inventory' | 'processes', findings: readonly Finding[]): void {
    this.#findings.set(place, findings);
    const all = new Map(
      [...this.#findings.values()].flat().map((finding) => [`${finding.code} ${finding.message}`, finding]),
    );
    const said = [...all.keys()].join('\n');
    if (said === this.#said || this.#isStopped) return;
    this.#said = said;
    this.#options.onEvent({type: 'findings', findings: [...all.values()]});
  }

  #pause(ms: number): Promise<unknown> {
    if (this.#isStopped) return Promise.resolve();
    const {promise, resolve} = Promise.withResolvers<null>();
    const timer = setTimeout(() => resolve(null), ms);
    return Promise.race([promise, this.#stopped.promise]).finally(() => clearTimeout(timer));
  }
}

function persistenceOff(count: number): Finding {
  return gpuFinding('persistence-mode-off', {
    message: `Persistence mode is off on ${count} ${count === 1 ? 'card' : 'cards'}: without a client the driver starts anew for every query.`,
    remedy: 'Switch it on with nvidia-smi -pm 1, or enable nvidia-persistenced.',
    severity: 'warning',
  });
}
