import type {Finding} from '../../../domain/diagnosis/finding.ts';
import type {GpuFrame} from '../../../samples/gpu.ts';
import {MS_PER_SECOND} from '../../../shared/units.ts';
import {type AwakeTime, awakeMs} from '../../host/awake-time.ts';
import {atBeats} from '../../host/beat.ts';
import {afterWork, doing} from '../../host/external-work.ts';
import {oneByOneFinding} from '../read-gpus-once.ts';
import {createFrameAssembler} from './frame-assembler.ts';
import {createFrameMerger} from './frame-merger.ts';
import {type StreamChild, type StreamEnd, startStreamChild} from './stream-child.ts';
import {isBlinded, streamEndFindings} from './stream-findings.ts';
import {giveUpLimitMs, silenceLimitMs} from './stream-policy.ts';

export type SourceClock = {readonly nowMs: () => number; readonly monotonicMs: () => number};

export type CardStreamOptions = {
  readonly executable: string;
  readonly fields: readonly string[];
  readonly intervalMs: number;
  readonly clock: SourceClock;
  /** Silence is measured by it. */
  readonly time?: AwakeTime;
  /** Uuids to query one by one when a lost GPU blocks the whole query. */
  readonly healthyUuids: () => Promise<readonly string[]>;
  readonly onFrame: (frame: GpuFrame) => void;
  /** No complete frame since this monotonic time: the data is old, which is all that is known. */
  readonly onStale: (sinceMs: number) => void;
  /** It is replaced: silent for `silentMs`. */
  readonly onGivenUp: (silence: {readonly silentMs: number; readonly hadFrames: boolean}) => void;
  /** All current problems of the stream. */
  readonly onFindings: (findings: readonly Finding[]) => void;
  /** It ended by itself, or hangs. */
  readonly onEnd: (end: StreamEnd) => void;
  /** A child hangs in the kernel; the promise resolves when it exits. */
  readonly onStuck: (gone: Promise<void>) => void;
};

/** One run of the long-lived query, from start to end, with a timeout for silence. */
export class CardStream {
  readonly #options: CardStreamOptions;
  readonly #time: AwakeTime;
  readonly #children = new Set<StreamChild>();
  /** Problems that persist while frames arrive. */
  #standing: readonly Finding[] = [];
  #isStopped = false;
  #isStale = false;
  #isGivenUp = false;
  #hadFrames = false;
  /** When the last frame came: monotonic, and in time in which this process ran. */
  #last: {readonly monotonicMs: number; readonly awakeMs: number};
  #lastPeriodMs: number | null = null;

  constructor(options: CardStreamOptions) {
    this.#options = options;
    this.#time = options.time ?? awakeMs;
    this.#last = this.#now();
  }

  #now(): {readonly monotonicMs: number; readonly awakeMs: number} {
    return {monotonicMs: this.#options.clock.monotonicMs(), awakeMs: this.#time()};
  }

  /** True while the GPUs are queried one by one. */
  get isOneByOne(): boolean {
    return this.#standing.length > 0;
  }

  /** Resolves when the query exited, was abandoned or stopped: true if it delivered at least one complete frame. */
  async run(): Promise<boolean> {
    const cancel = atBeats(Math.min(MS_PER_SECOND, this.#options.intervalMs), () => this.#watch());
    try {
      const end = await this.#query([], (frame) => this.#emit(frame));
      this.#reportEnd(end);
      if (!this.#isStopped && !this.#isGivenUp && isBlinded(end)) await this.#oneByOne(end);
      return this.#hadFrames;
    } finally {
      cancel();
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopChildren();
  }

  /** One query per healthy GPU; their rows together form the frame. Ends when one that delivered rows ends. */
  async #oneByOne(whole: StreamEnd): Promise<void> {
    const {executable} = this.#options;
    const uuids = await this.#options.healthyUuids();
    if (uuids.length === 0 || this.#isStopped) return;
    this.#standing = [...streamEndFindings(whole, executable), oneByOneFinding(uuids.length)];
    this.#options.onFindings(this.#standing);
    this.#last = this.#now();
    const answering = new Set<string>();
    const merger = createFrameMerger(uuids);
    const ends = uuids.map(async (uuid) => {
      const end = await this.#query(['-i', uuid], (frame) => {
        answering.add(uuid);
        const merged = merger.push(uuid, frame);
        if (merged !== null) this.#emit(merged);
      });
      if (!answering.has(uuid)) {
        merger.drop(uuid);
        return;
      }
      this.#stopChildren();
      this.#reportEnd(end);
    });
    await Promise.all(ends);
    this.#standing = [];
  }

  async #query(selection: readonly string[], accept: (frame: GpuFrame) => void): Promise<StreamEnd> {
    const {executable, fields, intervalMs, clock} = this.#options;
    const assembler = createFrameAssembler(fields, selection.length === 0 ? null : 1);
    const query = [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits', '-lms', String(intervalMs)];
    const child = startStreamChild(executable, [...query, ...selection], (lines) => {
      const stamp = {sampledAtMs: clock.nowMs(), monotonicMs: clock.monotonicMs()};
      doing({kind: 'gpus', subject: executable, fromBytes: null, toBytes: null}, () => {
        for (const frame of lines.flatMap((line) => assembler.push(line, stamp))) afterWork(() => accept(frame));
      });
    });
    this.#children.add(child);
    if (this.#isStopped) child.stop();
    const end = await child.ended;
    this.#children.delete(child);
    // A partial frame from before the child's exit is dropped: GPUs would seem to be missing.
    if (end.isStuck) this.#options.onStuck(end.gone);
    return end;
  }

  #emit(frame: GpuFrame): void {
    if (this.#isStopped || this.#isGivenUp) return;
    const now = this.#now();
    if (this.#hadFrames) this.#lastPeriodMs = now.awakeMs - this.#last.awakeMs;
    else this.#options.onFindings(this.#standing);
    this.#last = now;
    this.#hadFrames = true;
    this.#isStale = false;
    this.#options.onFrame(frame);
  }

  /** If we stopped it, the reason was reported before. */
  #reportEnd(end: StreamEnd): void {
    if (this.#isStopped || (this.#isGivenUp && !end.isStuck)) return;
    this.#options.onEnd(end);
  }

  #watch(): void {
    if (this.#isGivenUp || this.#isStopped) return;
    const {intervalMs, onStale, onGivenUp} = this.#options;
    const [hasHadFrame, lastPeriodMs] = [this.#hadFrames, this.#lastPeriodMs];
    const pace = {intervalMs, hasHadFrame, lastPeriodMs};
    const silentMs = this.#time() - this.#last.awakeMs;
    if (!this.#isStale && silentMs > silenceLimitMs(pace)) {
      this.#isStale = true;
      onStale(this.#last.monotonicMs);
    }
    if (silentMs <= giveUpLimitMs(pace)) return;
    this.#isGivenUp = true;
    onGivenUp({silentMs, hadFrames: hasHadFrame});
    this.#stopChildren();
  }

  #stopChildren(): void {
    for (const child of this.#children) child.stop();
  }
}
