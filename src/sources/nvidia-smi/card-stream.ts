import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {GpuFrame, GpuSample} from '../../samples/gpu.ts';
import {findingOfText, gpuFinding} from './findings.ts';
import {createFrameAssembler} from './frame-assembler.ts';
import {silenceLimitMs} from './restart-pause.ts';
import {type StreamChild, type StreamEnd, startStreamChild} from './stream-child.ts';

/** A frame whose last row came this long ago is whole, even when fewer rows came than the driver counts. */
const FRAME_PAUSE_MS = 200;

export type CardStreamOptions = {
  readonly executable: string;
  readonly fields: readonly string[];
  readonly intervalMs: number;
  readonly clock: {readonly nowMs: () => number; readonly monotonicMs: () => number};
  /** Uuids that can be asked for one by one when one lost card blinds the whole query. */
  readonly healthyUuids: () => readonly string[];
  readonly onFrame: (frame: GpuFrame) => void;
  readonly onStale: (detail: string) => void;
  readonly onFindings: (findings: readonly Finding[]) => void;
};

/** One life of the long-lived query: from its start to its end, with a watch over its silence. */
export class CardStream {
  readonly #options: CardStreamOptions;
  readonly #children = new Set<StreamChild>();
  #isStopped = false;
  #lastFrameMs: number;
  #hasHadFrame = false;
  #isStale = false;

  constructor(options: CardStreamOptions) {
    this.#options = options;
    this.#lastFrameMs = options.clock.monotonicMs();
  }

  /** Resolves when the query has ended, was given up, or was stopped. */
  async run(): Promise<void> {
    const watchdog = setInterval(() => this.#watch(), this.#options.intervalMs);
    try {
      const end = await this.#query([]);
      if (this.#isStopped) return;
      const isBlinded =
        (end.exitCode === 15 || end.exitCode === 255) && /Unable to determine the device handle/.test(end.text);
      const uuids = isBlinded ? this.#options.healthyUuids() : [];
      this.#options.onFindings(findingsOfEnd(end, this.#options.executable, uuids.length));
      if (uuids.length > 0) await this.#perCard(uuids);
    } finally {
      clearInterval(watchdog);
    }
  }

  stop(): void {
    this.#isStopped = true;
    for (const child of this.#children) child.stop();
  }

  /** One query a healthy card; their rows together make the frame. */
  async #perCard(uuids: readonly string[]): Promise<void> {
    const newest = new Map<string, GpuSample>();
    const emit = setInterval(() => {
      const gpus = [...newest.values()].sort((a, b) => a.index - b.index);
      if (gpus.length === 0) return;
      newest.clear();
      const present = new Set(gpus.map((gpu) => gpu.index));
      const highest = Math.max(...present);
      this.#emit({
        stamp: {sampledAtMs: this.#options.clock.nowMs(), monotonicMs: this.#options.clock.monotonicMs()},
        gpus,
        expectedCount: {absent: 'each card is asked for by itself'},
        missingIndexes: Array.from({length: highest}, (_, index) => index).filter((index) => !present.has(index)),
      });
    }, this.#options.intervalMs);
    try {
      await Promise.all(
        uuids.map((uuid) =>
          this.#query(['-i', uuid], (frame) => {
            for (const gpu of frame.gpus) newest.set(uuid, gpu);
          }),
        ),
      );
    } finally {
      clearInterval(emit);
    }
  }

  async #query(selection: readonly string[], onFrame?: (frame: GpuFrame) => void): Promise<StreamEnd> {
    const {executable, fields, intervalMs, clock} = this.#options;
    const assembler = createFrameAssembler(fields);
    const accept = onFrame ?? ((frame: GpuFrame) => this.#emit(frame));
    let pause: NodeJS.Timeout | null = null;
    const child = startStreamChild(
      executable,
      [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits', '-lms', String(intervalMs), ...selection],
      (line) => {
        const stamp = {sampledAtMs: clock.nowMs(), monotonicMs: clock.monotonicMs()};
        const frame = assembler.push(line, stamp);
        if (frame !== null) accept(frame);
        if (pause !== null) clearTimeout(pause);
        pause = setTimeout(() => {
          const rest = assembler.flush();
          if (rest !== null) accept(rest);
        }, FRAME_PAUSE_MS);
      },
    );
    this.#children.add(child);
    if (this.#isStopped) child.stop();
    const end = await child.ended;
    this.#children.delete(child);
    if (pause !== null) clearTimeout(pause);
    const rest = assembler.flush();
    if (rest !== null) accept(rest);
    return end;
  }

  #emit(frame: GpuFrame): void {
    this.#lastFrameMs = this.#options.clock.monotonicMs();
    if (!this.#hasHadFrame || this.#isStale) this.#options.onFindings([]);
    this.#hasHadFrame = true;
    this.#isStale = false;
    if (!this.#isStopped) this.#options.onFrame(frame);
  }

  #watch(): void {
    const silentMs = this.#options.clock.monotonicMs() - this.#lastFrameMs;
    if (this.#isStale || this.#isStopped) return;
    if (silentMs <= silenceLimitMs(this.#options.intervalMs, this.#hasHadFrame)) return;
    this.#isStale = true;
    this.#options.onStale(`nvidia-smi has been silent for ${Math.round(silentMs / 1000)} s`);
    for (const child of this.#children) child.stop();
  }
}

function findingsOfEnd(end: StreamEnd, executable: string, perCardCount: number): readonly Finding[] {
  if (end.isStuck) {
    return [
      gpuFinding('driver-not-answering', {
        message: 'nvidia-smi hangs in the driver and does not even react to SIGKILL; it is left alone.',
        remedy:
          'Read the kernel log for an Xid 119 or 120 (dmesg | grep NVRM); a reboot cures it. The engine may still serve.',
      }),
    ];
  }
  if (end.startError !== null) {
    return [
      gpuFinding(end.startError === 'ENOENT' ? 'not-found' : 'not-executable', {
        message:
          end.startError === 'ENOENT'
            ? `There is no ${executable}.`
            : `${executable} cannot be run (${end.startError}).`,
        remedy: 'Install the NVIDIA driver, or name the program in nvidiaSmi.path (GANTRY_NVIDIA_SMI).',
      }),
    ];
  }
  const named = findingOfText(end.text);
  const words = perCardCount > 0 ? [perCardFinding(perCardCount)] : [];
  if (named !== null) return [named, ...words];
  return [
    gpuFinding(
      'stream-ended',
      {
        message: `nvidia-smi ended${end.exitCode === null ? '' : ` with ${end.exitCode}`}; it is being started again.`,
        remedy: 'Nothing needs doing if the cards come back; else run nvidia-smi by hand and read the kernel log.',
        severity: 'warning',
      },
      end.text.trim() === '' ? null : end.text.trim().slice(0, 200),
    ),
  ];
}

function perCardFinding(count: number): Finding {
  return gpuFinding('per-card', {
    message: `The lost card blinds this driver's query; the ${count} healthy cards are asked for one by one.`,
    remedy: 'A driver of 580 or newer goes on without the lost card.',
    severity: 'info',
  });
}
