import type {GpuFrame, GpuSample} from '../../../samples/gpu.ts';
import {isPresent} from '../../../samples/reading.ts';
import {secondsText} from '../../../shared/quantities/durations.ts';
import {interruptiblePause} from '../interruptible-pause.ts';
import {probeFields} from '../probe-fields.ts';
import {timeoutFinding} from '../problems/run-findings.ts';
import type {SourceProblems} from '../problems/source-problems.ts';
import {listHealthyCards} from '../read-gpus-once.ts';
import type {RunOptions} from '../run-once.ts';
import {CardStream, type SourceClock} from './card-stream.ts';
import {isTransientEnd, streamEndFindings} from './stream-findings.ts';
import {restartPauseMs} from './stream-policy.ts';

/** Consecutive stream failures before the fields are probed again: the driver may have changed. */
const FAILURES_BEFORE_PROBE = 3;
/** A stream that is silent again within this time after its predecessor was is a problem. */
const SILENT_AGAIN_MS = 60_000;

/** How the streams of readings are started, and what is called by them. */
export type CardStreamsParts = {
  readonly executable: string;
  /** Between two frames; a second by default. */
  readonly intervalMs?: number;
  readonly clock: SourceClock;
  /** How single queries are run; its signal ends the streams. */
  readonly once: RunOptions & {readonly signal: AbortSignal};
  readonly problems: SourceProblems;
  /** A stream begins. */
  readonly onStart: () => void;
  readonly onFrame: (frame: GpuFrame) => void;
  /** See `GpuSourceEvent`. */
  readonly onStale: (sinceMs: number) => void;
  /** Something is wrong that the inventory may explain. */
  readonly onAnomaly: () => void;
  /** Of the last inventory. */
  readonly knownGpus: () => readonly GpuSample[];
};

/** The long-lived query of the GPUs, started again with increasing pauses while it fails. */
export class CardStreams {
  readonly #parts: CardStreamsParts;
  #stream: CardStream | null = null;
  #silentAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: CardStreamsParts) {
    this.#parts = parts;
  }

  /** True while the GPUs are asked one by one, because one of them blocks the query of all. */
  get isOneByOne(): boolean {
    return this.#stream?.isOneByOne === true;
  }

  /** Ends the present stream; another one follows unless the signal has ended all. */
  stop(): void {
    this.#stream?.stop();
  }

  /** Streams until the signal. */
  async run(): Promise<void> {
    const {problems, once} = this.#parts;
    let failuresInARow = 0;
    let fields: readonly string[] | null = null;
    while (!once.signal.aborted) {
      if (problems.mayStart('stream')) {
        fields ??= await this.#probe();
        const hadFrames = fields !== null && !once.signal.aborted && (await this.#oneStream(fields));
        failuresInARow = hadFrames ? 1 : failuresInARow + 1;
        if (failuresInARow >= FAILURES_BEFORE_PROBE) fields = null;
      }
      await interruptiblePause(restartPauseMs(failuresInARow), once.signal);
    }
  }

  async #probe(): Promise<readonly string[] | null> {
    const {executable, once, problems} = this.#parts;
    const probed = await probeFields(executable, once);
    if (!probed.ok && probed.error.stuck !== null) problems.noteStuck(probed.error.stuck);
    problems.reportAnswer('probe', probed.ok ? [] : probed.error.findings, probed.ok || probed.error.isAnswer);
    return probed.ok ? probed.value : null;
  }

  /** True when it delivered at least one complete frame. */
  async #oneStream(fields: readonly string[]): Promise<boolean> {
    const {executable, intervalMs = 1_000, clock, problems, onAnomaly, onStart, onFrame, onStale} = this.#parts;
    this.#stream = new CardStream({
      ...{executable, fields, intervalMs, clock, onFrame, onStale},
      healthyUuids: () => this.#healthyUuids(),
      onGivenUp: (silence) => this.#onGivenUp(silence),
      onFindings: (findings) => {
        if (findings.length > 0) onAnomaly();
        problems.reportAnswer('stream', findings, true);
      },
      onEnd: (end) => {
        onAnomaly();
        problems.reportAnswer('stream', streamEndFindings(end, executable), !isTransientEnd(end));
      },
      onStuck: (gone) => problems.noteStuck(gone),
    });
    onStart();
    return this.#stream.run();
  }

  /** A program that was late once is only late; one whose successor is silent too has a problem. */
  #onGivenUp({silentMs, hadFrames}: {readonly silentMs: number; readonly hadFrames: boolean}): void {
    const {clock, executable, problems, onAnomaly} = this.#parts;
    const isAgain = clock.monotonicMs() - this.#silentAtMs < SILENT_AGAIN_MS;
    this.#silentAtMs = clock.monotonicMs();
    onAnomaly();
    if (hadFrames && !isAgain) return;
    const silence = `has delivered no complete frame for ${secondsText(silentMs)}`;
    problems.report('stream', [timeoutFinding(`${executable}, the stream of readings, ${silence}`)]);
  }

  /** With an older driver, one lost GPU blocks the full query; the healthy GPUs can still be queried one by one. */
  async #healthyUuids(): Promise<readonly string[]> {
    const {executable, once, problems, knownGpus} = this.#parts;
    const listed = problems.mayStart('short') ? await listHealthyCards({...once, executable}) : [];
    if (listed.length > 0) return listed.map(({uuid}) => uuid);
    return knownGpus()
      .filter(({fault}) => fault === null)
      .map(({uuid}) => uuid)
      .filter(isPresent);
  }
}
