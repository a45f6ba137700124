import type {Finding} from '../../../domain/diagnosis/finding.ts';
import type {GpuFrame} from '../../../samples/gpu.ts';
import {secondsText} from '../../../shared/quantities/durations.ts';
import {timeoutFinding} from '../problems/run-findings.ts';
import {oneByOneFinding} from '../read-gpus-once.ts';
import {createFrameAssembler} from './frame-assembler.ts';
import {createFrameMerger} from './frame-merger.ts';
import {type StreamChild, type StreamEnd, startStreamChild} from './stream-child.ts';
import {isBlinded, streamEndFindings} from './stream-findings.ts';
import {silenceLimitMs} from './stream-policy.ts';

/** A frame whose last row arrived this long ago is complete, even with fewer rows than the driver's count. */
const FRAME_PAUSE_MS = 200;

export type SourceClock = {readonly nowMs: () => number; readonly monotonicMs: () => number};

export type CardStreamOptions = {
  readonly executable: string;
  readonly fields: readonly string[];
  readonly intervalMs: number;
  readonly clock: SourceClock;
  /** Uuids to query one by one when a lost GPU blocks the whole query. */
  readonly healthyUuids: () => Promise<readonly string[]>;
  readonly onFrame: (frame: GpuFrame) => void;
  /** No complete frame since this monotonic time. */
  readonly onStale: (sinceMs: number, detail: string) => void;
  /** All current problems of the stream. */
  readonly onFindings: (findings: readonly Finding[]) => void;
  /** A child hangs in the kernel; the promise resolves when it exits. */
  readonly onStuck: (gone: Promise<void>) => void;
};

/** One run of the long-lived query, from start to end, with a timeout for silence. */
export class CardStream {
  readonly #options: CardStreamOptions;
  readonly #children = new Set<StreamChild>();
  /** Problems that persist while frames arrive. */
  #standing: readonly Finding[] = [];
  #isStopped = false;
  #isStale = false;
  #hadFrames = false;
  #lastFrameMs: number;
  #lastPeriodMs: number | null = null;

  constructor(options: CardStreamOptions) {
    this.#options = options;
    this.#lastFrameMs = options.clock.monotonicMs();
  }

  /** True while the GPUs are queried one by one. */
  get isOneByOne(): boolean {
    return this.#standing.length > 0;
  }

  /** Resolves when the query exited, was abandoned or stopped: true if it delivered at least one complete frame. */
  async run(): Promise<boolean> {
    const watchdog = setInterval(() => this.#watch(), Math.min(1_000, this.#options.intervalMs));
    try {
      const end = await this.#query([], (frame) => this.#emit(frame));
      this.#sayEnd(end);
      if (!this.#isStopped && !this.#isStale && isBlinded(end)) await this.#oneByOne(end);
      return this.#hadFrames;
    } finally {
      clearInterval(watchdog);
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopChildren();
  }

  /** One query per healthy GPU; their rows together form the frame. Ends when one that delivered rows ends. */
  async #oneByOne(whole: StreamEnd): Promise<void> {
    const {executable, intervalMs} = this.#options;
    const uuids = await this.#options.healthyUuids();
    if (uuids.length === 0 || this.#isStopped) return;
    this.#standing = [...streamEndFindings(whole, executable), oneByOneFinding(uuids.length)];
    this.#options.onFindings(this.#standing);
    this.#lastFrameMs = this.#options.clock.monotonicMs();
    const answering = new Set<string>();
    const merger = createFrameMerger(uuids, intervalMs);
    const ends = uuids.map(async (uuid) => {
      const end = await this.#query(['-i', uuid], (frame) => {
        answering.add(uuid);
        const merged = merger.push(uuid, frame);
        if (merged !== null) this.#emit(merged);
      });
      if (!answering.has(uuid)) return;
      this.#stopChildren();
      this.#sayEnd(end);
    });
    await Promise.all(ends);
    this.#standing = [];
  }

  async #query(selection: readonly string[], accept: (frame: GpuFrame) => void): Promise<StreamEnd> {
    const {executable, fields, intervalMs, clock} = this.#options;
    const assembler = createFrameAssembler(fields);
    let pause: NodeJS.Timeout | undefined;
    const flush = (): void => {
      const rest = assembler.flush();
      if (rest !== null) accept(rest);
    };
    const query = [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits', '-lms', String(intervalMs)];
    const child = startStreamChild(executable, [...query, ...selection], (line) => {
      const stamp = {sampledAtMs: clock.nowMs(), monotonicMs: clock.monotonicMs()};
      for (const frame of assembler.push(line, stamp)) accept(frame);
      clearTimeout(pause);
      pause = setTimeout(flush, FRAME_PAUSE_MS);
    });
    this.#children.add(child);
    if (this.#isStopped) child.stop();
    const end = await child.ended;
    this.#children.delete(child);
    clearTimeout(pause);
    // A partial frame from before the child's exit is dropped: GPUs would seem to be missing.
    if (end.isStuck) this.#options.onStuck(end.gone);
    return end;
  }

  #emit(frame: GpuFrame): void {
    if (this.#isStopped || this.#isStale) return;
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#hadFrames) this.#lastPeriodMs = nowMs - this.#lastFrameMs;
    else this.#options.onFindings(this.#standing);
    this.#lastFrameMs = nowMs;
    this.#hadFrames = true;
    this.#options.onFrame(frame);
  }

  /** If we stopped it, the reason was reported before. */
  #sayEnd(end: StreamEnd): void {
    if (this.#isStopped || (this.#isStale && !end.isStuck)) return;
    this.#options.onFindings(streamEndFindings(end, this.#options.executable));
  }

  #watch(): void {
    if (this.#isStale || this.#isStopped) return;
    const {executable, intervalMs, clock} = this.#options;
    const silentMs = clock.monotonicMs() - this.#lastFrameMs;
    if (silentMs <= silenceLimitMs(intervalMs, this.#hadFrames, this.#lastPeriodMs)) return;
    this.#isStale = true;
    const silence = `has delivered no complete frame for ${secondsText(silentMs)}`;
    this.#options.onStale(this.#lastFrameMs, `nvidia-smi ${silence}`);
    this.#options.onFindings([timeoutFinding(`${executable}, the stream of readings, ${silence}`)]);
    this.#stopChildren();
  }

  #stopChildren(): void {
    for (const child of this.#children) child.stop();
  }
}
