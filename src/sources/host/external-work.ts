/** Work on data from outside, as small as it can be skipped: a part of a log, a page of metrics, a line of nvidia-smi. */
export type ExternalWork = {
  readonly kind: 'log' | 'metrics' | 'gpus';
  /** The file, URL or program. */
  readonly subject: string;
  /** The part of a log; null for the whole subject. */
  readonly fromBytes: number | null;
  readonly toBytes: number | null;
};

/** Work that ended an earlier supervisor and is not repeated. */
export type FailedWork = ExternalWork & {
  /** SHA-256 of the part of a log, hex; null for other work. */
  readonly digest: string | null;
  /** When it is tried again, epoch ms; null for never. */
  readonly untilMs: number | null;
};

/** Runs work that may never end, and knows what has failed before. */
export type WorkGuard = {
  readonly run: <T>(work: ExternalWork, act: () => T) => T;
  /** Called within guarded work: after it, without its limit. Otherwise immediately. */
  readonly after: (act: () => void) => void;
  readonly failed: readonly FailedWork[];
};

let guard: WorkGuard | null = null;

/** From now on all work on outside data of this process is guarded; null ends that. */
export function guardWorkWith(next: WorkGuard | null): void {
  guard = next;
}

/**
 * Does work on outside data: `act` must be synchronous, and only compute, because a disk that hangs is no fault of the data.
 * If it does not end, the next supervisor skips it.
 */
export function doing<T>(work: ExternalWork, act: () => T): T {
  return guard === null ? act() : guard.run(work, act);
}

/** Uses what work on outside data has found: anything that may write to a disk. Still in the turn of the work that found it. */
export function afterWork(act: () => void): void {
  if (guard === null) act();
  else guard.after(act);
}

/** What must not be done again of this subject, in the order of the parts. */
export function failedWork(kind: ExternalWork['kind'], subject: string): readonly FailedWork[] {
  return (guard?.failed ?? [])
    .filter((failed) => failed.kind === kind && failed.subject === subject)
    .toSorted((a, b) => (a.fromBytes ?? 0) - (b.fromBytes ?? 0));
}

/** Until when this subject must not be read at all, epoch ms; null if it may be. */
export function barredUntilMs(kind: ExternalWork['kind'], subject: string, nowMs: number): number | null {
  const untils = failedWork(kind, subject).map(({untilMs}) => untilMs ?? 0);
  const untilMs = Math.max(0, ...untils);
  return untilMs > nowMs ? untilMs : null;
}
