import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import type {GpuFrame, GpuInventory, GpuSample} from '../../../src/samples/gpu.ts';
import {absent} from '../../../src/samples/reading.ts';
import {ok} from '../../../src/shared/result.ts';
import type {listCards} from '../../../src/sources/nvidia-smi/list-cards.ts';
import {buildGpu} from '../../../src/sources/nvidia-smi/parse/build-gpu.ts';
import type {probeFields} from '../../../src/sources/nvidia-smi/probe-fields.ts';
import {gpuFinding} from '../../../src/sources/nvidia-smi/problems/gpu-finding.ts';
import type {listHealthyCards, readGpusOnce} from '../../../src/sources/nvidia-smi/read-gpus-once.ts';
import type {readProcesses} from '../../../src/sources/nvidia-smi/read-processes.ts';
import type {RunResult} from '../../../src/sources/nvidia-smi/run-once.ts';
import type {CardStreamOptions} from '../../../src/sources/nvidia-smi/stream/card-stream.ts';
import type {StreamEnd} from '../../../src/sources/nvidia-smi/stream/stream-child.ts';

type Answer<F extends (...args: never) => Promise<unknown>> = Awaited<ReturnType<F>>;
type Query = 'inventory' | 'processes' | 'list' | 'healthy' | 'probe' | 'stream';

/** A pause that a test ends. `isOfQueries`: between short queries; otherwise between two streams. */
type Pause = {readonly ms: number; readonly isOfQueries: boolean; readonly end: () => void};

function gpuOf(index: number, fault: string | null): GpuSample {
  return {...buildGpu({cells: {index: String(index), uuid: `GPU-${index}`}, migInstances: []}, 0), fault};
}

/** A problem that nvidia-smi reports. */
export function problemOf(code: string, severity: Finding['severity'] = 'critical'): Finding {
  return gpuFinding(code, {message: `${code}.`, remedy: 'Look.', severity});
}

/** The long-lived query as the source sees it: the test sends its frames and its end. */
export class ScriptedStream {
  readonly options: CardStreamOptions;
  isOneByOne = false;
  stops = 0;
  readonly #ended = Promise.withResolvers<boolean>();

  constructor(options: CardStreamOptions, driver: ScriptedDriver) {
    this.options = options;
    driver.calls.push('stream');
    driver.streams.push(this);
  }

  run(): Promise<boolean> {
    return this.#ended.promise;
  }

  stop(): void {
    this.stops += 1;
    this.end(true);
  }

  end(hadFrames: boolean): void {
    this.#ended.resolve(hadFrames);
  }
}

/** Answers the queries of a source in this process, at once, and lets a test pass the time between them. */
export class ScriptedDriver {
  nowMs = 0;
  readonly calls: Query[] = [];
  readonly streams: ScriptedStream[] = [];
  readonly pauses: Pause[] = [];
  inventory: Answer<typeof readGpusOnce> = {inventory: null, findings: [], stuck: null, isWhole: true};
  processes: Answer<typeof readProcesses> = {processes: [], findings: [], isAnswer: true, stuck: null};
  listed: Answer<typeof listCards> = {indexes: new Set([0, 1]), stuck: null};
  healthy: Answer<typeof listHealthyCards> = [];
  /** Of `nvlink --status`; a node without NVLink and without a word about it. */
  nvlinks: RunResult | Promise<RunResult> = {kind: 'ended', exitCode: 0, stdout: '', stderr: ''};
  fields: Answer<typeof probeFields> = ok(['index', 'uuid']);

  readonly clock = {nowMs: () => 1_000_000 + this.nowMs, monotonicMs: () => this.nowMs};

  constructor() {
    this.inventory = {...this.inventory, inventory: this.inventoryOf([0, 1])};
  }

  inventoryOf(indexes: readonly number[], fault: string | null = null): GpuInventory {
    const stamp = {sampledAtMs: this.clock.nowMs(), monotonicMs: this.nowMs};
    const none = absent('not part of this test');
    return {
      stamp,
      driverVersion: none,
      cudaVersion: none,
      gpus: indexes.map((i) => gpuOf(i, fault)),
      processes: [],
    };
  }

  frameOf(indexes: readonly number[], missingIndexes: readonly number[] = []): GpuFrame {
    const stamp = {sampledAtMs: this.clock.nowMs(), monotonicMs: this.nowMs};
    return {
      stamp,
      gpus: indexes.map((index) => gpuOf(index, null)),
      expectedCount: indexes.length + missingIndexes.length,
      missingIndexes,
    };
  }

  async answer<T>(query: Query, read: () => T): Promise<T> {
    this.calls.push(query);
    return await Promise.resolve(read());
  }

  /** The present stream. */
  get stream(): ScriptedStream {
    const stream = this.streams.at(-1);
    if (stream === undefined) throw new Error('no stream was started');
    return stream;
  }

  async pause(ms: number, stopping: AbortSignal, until?: Promise<void>): Promise<void> {
    if (stopping.aborted) return;
    const {promise, resolve} = Promise.withResolvers<void>();
    const pause = {ms, isOfQueries: until !== undefined, end: resolve};
    this.pauses.push(pause);
    stopping.addEventListener('abort', () => resolve(), {once: true});
    void until?.then(resolve);
    await promise;
    this.pauses.splice(this.pauses.indexOf(pause), 1);
  }

  /** The pause between short queries, or between streams. */
  pauseOf(kind: 'queries' | 'streams'): Pause | null {
    return this.pauses.find(({isOfQueries}) => isOfQueries === (kind === 'queries')) ?? null;
  }

  /** Everything that does not wait for time has happened. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  }

  /** Lets the time of the present pause pass; the queries that follow. */
  async pass(kind: 'queries' | 'streams'): Promise<readonly Query[]> {
    const pause = this.pauseOf(kind);
    if (pause === null) throw new Error(`no pause between ${kind}`);
    this.nowMs += pause.ms;
    return await this.after(() => pause.end());
  }

  /** Lets the time pass until `untilMs`; the times of the query. */
  async timesOf(query: Query, untilMs: number): Promise<readonly number[]> {
    const times: number[] = [];
    while (this.nowMs < untilMs) if ((await this.pass('queries')).includes(query)) times.push(this.nowMs);
    return times;
  }

  /** The queries that follow something. */
  async after(happening: () => void): Promise<readonly Query[]> {
    const before = this.calls.length;
    happening();
    await this.settle();
    return this.calls.slice(before);
  }
}

/** A child that hangs in the driver until `end`. */
export function hangingChild() {
  const {promise, resolve} = Promise.withResolvers<void>();
  return {gone: promise, end: resolve};
}

/** How the long-lived query ended by itself. */
export function endOf(exitCode: number | null, text = ''): StreamEnd {
  return {exitCode, text, startError: null, isStuck: false, gone: Promise.resolve()};
}
