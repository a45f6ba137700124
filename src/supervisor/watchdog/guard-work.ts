import {Script} from 'node:vm';
import {errorCode} from '../../shared/error-code.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import type {ExternalWork, FailedWork, WorkGuard} from '../../sources/host/external-work.ts';

/** One part of outside data takes milliseconds: this long means that it never ends. */
const ENDLESS_AFTER_MS = 20_000;
/** Work that never ends has the processor for all of the limit. With less, the host may be to blame: swapping, for example. */
const SURE_SHARE = 0.8;
/** Stopped by a signal, a process gets none. */
const STOPPED_SHARE = 0.01;
/** A block that clients notice. */
const SLOW_AFTER_MS = 1_000;
const US_PER_MS = 1_000;

/** How long work was interrupted after, and whether it is certainly to blame. */
export type Interruption = {readonly cause: 'blocked' | 'interrupted'; readonly blockedMs: number};

type GuardOptions = {
  readonly failed: readonly FailedWork[];
  /**
   * Ends this process: the work was interrupted anywhere, so that nothing of its state can be relied on. Null if the
   * process was stopped meanwhile: the work is not to blame.
   */
  readonly end: (work: ExternalWork, interruption: Interruption | null) => never;
  readonly onSlow: (work: ExternalWork, blockedMs: number) => void;
  readonly limitMs?: number;
};

const slot: {act: (() => void) | null} = {act: null};
/** How code in this context is found by a script. */
const ENTRY = Symbol.for('gantry.external-work');
const script = new Script("globalThis[Symbol.for('gantry.external-work')]()");

/**
 * Runs work on outside data with a limit that also ends a loop and a regular expression without end: Node's own
 * interruption of scripts, a thread without memory of its own, 0.1 ms per call. Time in which the process was stopped
 * does not count.
 */
export function createWorkGuard({failed, end, onSlow, limitMs = ENDLESS_AFTER_MS}: GuardOptions): WorkGuard & {
  /** The work that threw this exception; null for an exception from elsewhere. */
  readonly workOf: (error: unknown) => ExternalWork | null;
} {
  Object.defineProperty(globalThis, ENTRY, {value: () => slot.act?.(), configurable: true});
  let isInside = false;
  let later: (() => void)[] = [];
  const thrown = new WeakMap<object, ExternalWork>();

  /** What the work computed, in a list; an empty one if it was interrupted. */
  function compute<T>(act: () => T): readonly T[] {
    const results: T[] = [];
    slot.act = () => {
      results[0] = act();
    };
    isInside = true;
    try {
      script.runInThisContext({timeout: limitMs});
    } catch (error) {
      // One that was done by then is as good as any.
      if (errorCode(error) !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    } finally {
      isInside = false;
      slot.act = null;
    }
    return results;
  }

  function run<T>(work: ExternalWork, act: () => T): T {
    if (isInside) return act();
    later = [];
    const [startedMs, startedCpu] = [performance.now(), process.cpuUsage()];
    try {
      const results = compute(act);
      const [ranMs, blockedMs] = [ranMsSince(startedCpu), performance.now() - startedMs];
      if (results.length === 0) end(work, interruptionOf(ranMs / limitMs, blockedMs));
      // By the time in which the process itself ran: a busy host is not a fault of the work.
      if (ranMs >= SLOW_AFTER_MS) onSlow(work, blockedMs);
      for (const next of later.splice(0)) next();
      for (const result of results) return result;
    } catch (error) {
      if (typeof error === 'object' && error !== null) thrown.set(error, work);
      throw error;
    }
    throw new Error('the work was not done');
  }

  return {
    run,
    after: (act) => {
      if (isInside) later.push(act);
      else act();
    },
    failed,
    workOf: (error) => (typeof error === 'object' && error !== null ? (thrown.get(error) ?? null) : null),
  };
}

/** Null for a process that was stopped. */
function interruptionOf(share: number, blockedMs: number): Interruption | null {
  if (share < STOPPED_SHARE) return null;
  return {cause: share >= SURE_SHARE ? 'blocked' : 'interrupted', blockedMs};
}

function ranMsSince(started: NodeJS.CpuUsage): number {
  const {user, system} = process.cpuUsage(started);
  return (user + system) / US_PER_MS;
}

/** `the log /path, bytes 10 to 20`, for the log of the supervisor and for findings. */
export function workText({kind, subject, fromBytes, toBytes}: ExternalWork): string {
  const part = fromBytes === null || toBytes === null ? '' : `, bytes ${fromBytes} to ${toBytes}`;
  switch (kind) {
    case 'log':
      return `the log ${subject}${part}`;
    case 'metrics':
      return `the metrics of ${subject}`;
    case 'gpus':
      return `the output of ${subject}`;
  }
}

/** One line for the log of the supervisor. */
export function slowText(work: ExternalWork, blockedMs: number): string {
  return `blocked for ${secondsText(blockedMs)} by ${workText(work)}`;
}
