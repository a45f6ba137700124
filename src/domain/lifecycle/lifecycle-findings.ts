import {gibText} from '../../shared/quantities/bytes.ts';
import {lastingText, secondsText} from '../../shared/quantities/durations.ts';
import {type DetailsOf, withDetails} from '../diagnosis/details/details.ts';
import type {Finding} from '../diagnosis/finding.ts';
import {pendingText, type Stall} from '../traffic/forward-progress.ts';
import {phaseInSentence, type StartPhase} from './phases.ts';

/** Signals that may end an engine, with the usual sender. Linux numbers, signal(7). */
const signalCauses: Readonly<Record<number, string>> = {
  2: 'an interrupt (SIGINT)',
  3: 'SIGQUIT, which an engine may send to itself when one of its processes fails',
  4: 'illegal instruction (SIGILL)',
  6: 'abort (SIGABRT)',
  7: 'bus error (SIGBUS), often because shared memory is too small',
  9: 'SIGKILL, sent by a user, by a supervisor, or by the kernel when host memory ran out',
  11: 'segmentation fault (SIGSEGV)',
  15: 'SIGTERM from outside Gantry',
};

/** Shell exit status as text: `exit status 1`, `killed by signal 9`. */
export function exitText(status: number | null): string {
  if (status === null) return 'exit status unknown';
  const signal = signalOf(status);
  return signal === null ? `exit status ${status}` : `killed by signal ${signal}`;
}

function signalOf(status: number | null): number | null {
  return status !== null && status > 128 && status <= 128 + 64 ? status - 128 : null;
}

/** An engine that exited unexpectedly, without a cause in its log. */
export function unexplainedExitFinding(status: number | null, phase: StartPhase | null): Finding {
  const when = phase === null ? 'while serving' : `while starting (${phaseInSentence(phase)})`;
  const signal = signalOf(status);
  const cause = signal === null ? undefined : signalCauses[signal];
  return {
    ...withDetails('lifecycle.engine-exited', {status, signal, phase}),
    severity: 'critical',
    message: `The engine exited unexpectedly ${when}: ${exitText(status)}${cause === undefined ? '' : `, ${cause}`}.`,
    evidence: null,
    remedy: exitRemedy(status),
    settingsChange: null,
  };
}

function exitRemedy(status: number | null): string {
  if (status === null) return 'Check whether the host was restarted (uptime), and read the last lines of the log.';
  if (status === 126 || status === 127) {
    return 'The program could not be executed: check its interpreter (first line) and its Python environment.';
  }
  if (status === 137) {
    return 'Look for "Out of memory: Killed process" in the kernel log (dmesg), and read the last lines of the log.';
  }
  return 'Read the last lines of the engine log.';
}

/** What the processes of an engine do that makes no progress. */
export type HangEvidence = {
  readonly evidence: string | null;
  /** Stopped by a signal: another one resumes them. */
  readonly stoppedPids: readonly number[];
  /** Held by a debugger, which a signal does not resume. */
  readonly tracedPids: readonly number[];
};

/** An engine that makes no progress while requests run. */
export function stalledFinding(stall: Stall, seen: Partial<HangEvidence> = {}): Finding {
  const reason = `${pendingText(stall)}, but no engine step for ${lastingText(stall.stalledMs, stall.isAtLeast === true)}.`;
  return notGenerating(stall, reason, seen);
}

/** No step for some time, which may still be one that takes long; `remedy`: what to do, or to wait for. */
export function noStepFinding(stall: Stall, {evidence, remedy}: Pick<Finding, 'evidence' | 'remedy'>): Finding {
  return {
    ...withDetails('engine.no-progress', stall),
    severity: 'warning',
    message: `No engine step for ${lastingText(stall.stalledMs, stall.isAtLeast === true)} while ${pendingText(stall)}.`,
    evidence,
    remedy,
    settingsChange: null,
  };
}

/** An engine that runs but answers a request without tokens; `answer` is its answer, a sentence. */
export function unansweredFinding(answer: string): Finding {
  return notGenerating(null, answer, {evidence: answer});
}

/** An engine whose server responds again after a silence: only a token shows that it generates. */
export function awaitedTokenFinding(): Finding {
  return notGenerating(null, 'Its server responds again; no token has been seen yet.', {});
}

const NOT_GENERATING = 'lifecycle.not-generating';

/** True for a finding about an engine that runs and finishes no requests. */
export function isHang(code: string): boolean {
  return code === NOT_GENERATING || code === NOT_ANSWERING;
}

function notGenerating(
  stall: Stall | null,
  reason: string,
  {evidence = null, stoppedPids = [], tracedPids = []}: Partial<HangEvidence>,
): Finding {
  return {
    ...withDetails(NOT_GENERATING, {stall, stoppedPids: [...stoppedPids], tracedPids: [...tracedPids]}),
    severity: 'critical',
    message: `The engine is running but generates no tokens: ${reason}`,
    evidence,
    remedy:
      resumeRemedy({stoppedPids, tracedPids}) ??
      'Read the log. Restart the engine if it does not recover within minutes.',
    settingsChange: null,
  };
}

/** Why a start was refused, once that problem is solved: nothing but another start is missing. */
export function refusedEarlierFinding({message, evidence}: Finding): Finding {
  return {
    code: 'lifecycle.refused-earlier',
    severity: 'warning',
    message: `The last start was refused, for a reason that no longer exists: ${message}`,
    evidence,
    remedy: 'Start the engine again (gantry up).',
    settingsChange: null,
  };
}

/** How long a server has responded to nothing; `isAtLeast`: it may have begun before the engine was watched. */
export type Unanswered = {readonly unansweredMs: number; readonly isAtLeast?: true};

export const NOT_ANSWERING = 'lifecycle.not-answering';

/** A serving engine whose HTTP server responds to nothing; `isAtLeast`: perhaps since before it was watched. */
export function notAnsweringFinding(
  unansweredMs: number,
  {
    evidence = null,
    stoppedPids = [],
    tracedPids = [],
    isAtLeast,
  }: Partial<HangEvidence> & {
    readonly isAtLeast?: true | undefined;
  } = {},
): Finding {
  const bound = isAtLeast === true ? {isAtLeast} : {};
  return {
    ...withDetails(NOT_ANSWERING, {unansweredMs, ...bound, stoppedPids: [...stoppedPids], tracedPids: [...tracedPids]}),
    severity: 'critical',
    message: `The engine does not answer: no response to /metrics or /health for ${lastingText(unansweredMs, isAtLeast === true)}.`,
    evidence,
    remedy:
      resumeRemedy({stoppedPids, tracedPids}) ??
      'See whether its processes are stopped or blocked, and read the log. Restart the engine if it does not answer within minutes.',
    settingsChange: null,
  };
}

/** Null where no process is stopped. Commands come last in a sentence of their own, to be copied. */
function resumeRemedy({stoppedPids, tracedPids}: Omit<HangEvidence, 'evidence'>): string | null {
  const traced = tracedPids.length === 0 ? null : `A debugger holds ${pidsText(tracedPids)}: detach it.`;
  if (stoppedPids.length === 0) return traced;
  const resumed = stoppedPids.length === 1 ? 'One of its processes is' : 'Some of its processes are';
  const command = `${resumed} stopped by a signal. Resume with: kill -CONT ${stoppedPids.join(' ')}`;
  return [traced, command].filter((part) => part !== null).join(' ');
}

function pidsText(pids: readonly number[]): string {
  return `${pids.length === 1 ? 'pid' : 'pids'} ${pids.join(', ')}`;
}

export const PROCESSES_REMAIN = 'lifecycle.processes-remain';
/** A process, and what it holds on all GPUs; null if that is unknown. */
export type HeldMemory = DetailsOf<typeof PROCESSES_REMAIN>['processes'][number];

export const MEMORY_NOT_FREED = 'lifecycle.memory-not-freed';

/** Processes that SIGKILL did not end; `held` if they were listed. */
export function processesRemainFinding(graceMs: number, held: readonly HeldMemory[] = []): Finding {
  const listed = held.map(({pid, gpuBytes}) =>
    gpuBytes === null || gpuBytes === 0 ? `pid ${pid}` : `pid ${pid} holds ${gibText(gpuBytes)} of GPU memory`,
  );
  return {
    ...withDetails(PROCESSES_REMAIN, {processes: [...held]}),
    severity: 'critical',
    message: `Processes of the engine are still running ${secondsText(graceMs)} after SIGKILL${listed.length === 0 ? '' : `: ${listed.join(', ')}`}.`,
    evidence: null,
    remedy:
      'They are blocked in the driver or kernel. Look for Xid errors in dmesg; if they stay, only a reboot ends them.',
    settingsChange: null,
  };
}

/** GPU memory that was not released after the last process of the run exited. */
export function memoryNotFreedFinding(graceMs: number, isStartPending: boolean): Finding {
  return {
    code: MEMORY_NOT_FREED,
    severity: isStartPending ? 'critical' : 'warning',
    message: `All engine processes have exited, but GPU memory is still in use after ${secondsText(graceMs)}.`,
    evidence: null,
    remedy: isStartPending
      ? 'Find the process on the GPUs screen, end it, and start again.'
      : 'Find the process on the GPUs screen before the next start.',
    settingsChange: null,
  };
}
