import {withDetails} from '../diagnosis/details/details.ts';
import type {Finding} from '../diagnosis/finding.ts';
import {countedText} from '../memory/quantity-text.ts';
import type {Stall} from '../traffic/forward-progress.ts';
import type {StartPhase} from './phases.ts';

/** Signal numbers an engine is likely to end by, with who sends them. Numbers of Linux, signal(7). */
const signalCauses: Readonly<Record<number, string>> = {
  2: 'an interrupt (SIGINT)',
  3: 'SIGQUIT, which an engine may send itself when one of its processes fails',
  4: 'an illegal instruction (SIGILL)',
  6: 'its own abort (SIGABRT)',
  7: 'a bus error (SIGBUS), often shared memory that is too small',
  9: 'SIGKILL, sent by hand, by a supervisor, or by the kernel of a host without memory',
  11: 'a memory fault (SIGSEGV)',
  15: 'SIGTERM from outside Gantry',
};

/** Exit status of a shell in words: `exit status 1`, `killed by signal 9`. */
export function exitInWords(status: number | null): string {
  if (status === null) return 'an exit status that nobody recorded';
  const signal = signalOf(status);
  return signal === null ? `exit status ${status}` : `killed by signal ${signal}`;
}

function signalOf(status: number | null): number | null {
  return status !== null && status > 128 && status <= 128 + 64 ? status - 128 : null;
}

/** An engine that ended unasked and whose log named no cause. */
export function unexplainedExitFinding(status: number | null, phase: StartPhase | null): Finding {
  const when = phase === null ? 'while it was serving' : `while it was starting (${phase})`;
  const signal = signalOf(status);
  const cause = signal === null ? undefined : signalCauses[signal];
  return {
    ...withDetails('lifecycle.engine-exited', {status, signal, phase}),
    severity: 'critical',
    message: `The engine ended unasked ${when}: ${exitInWords(status)}${cause === undefined ? '' : `, ${cause}`}.`,
    evidence: null,
    remedy: exitRemedy(status),
    settingsChange: null,
  };
}

function exitRemedy(status: number | null): string {
  if (status === null)
    return 'See whether the host was restarted meanwhile (uptime), and read the last lines of the log.';
  if (status === 126 || status === 127) {
    return 'The program could not be executed: check its interpreter (first line) and that its environment is complete.';
  }
  if (status === 137) {
    return 'Look for "Out of memory: Killed process" in the kernel log (dmesg), and read the last lines of the log.';
  }
  return 'Read the last lines of the engine log.';
}

/** An engine that makes no step while requests run; `evidence` is what was seen of its processes. */
export function stalledFinding(stall: Stall, evidence: string | null = null): Finding {
  const requests = countedText(stall.runningRequests, 'request');
  const reason = `${requests} ${stall.runningRequests === 1 ? 'is' : 'are'} running and the engine made no step for ${Math.round(stall.stalledMs / 1000)} s.`;
  return notGenerating(stall, reason, evidence);
}

/** An engine that runs and does not answer a request with tokens; `answer` is what it said instead, a sentence. */
export function unansweredFinding(answer: string): Finding {
  return notGenerating(null, answer, answer);
}

function notGenerating(stall: Stall | null, reason: string, evidence: string | null): Finding {
  return {
    ...withDetails('lifecycle.not-generating', {stall}),
    severity: 'critical',
    message: `The engine is up but generates no tokens: ${reason}`,
    evidence,
    remedy: 'Read the log; when it does not come back by itself within minutes, restart the engine.',
    settingsChange: null,
  };
}

/** Processes that SIGKILL did not end. */
export function processesRemainFinding(graceMs: number): Finding {
  return {
    code: 'lifecycle.processes-remain',
    severity: 'critical',
    message: `Processes of the engine are still there ${graceMs / 1000} s after SIGKILL.`,
    evidence: null,
    remedy:
      'They wait inside the driver or the kernel: look for Xid errors in dmesg; when they stay, only a reboot ends them.',
    settingsChange: null,
  };
}

/** GPU memory that did not come back after the last process of the run had gone. */
export function memoryNotFreedFinding(graceMs: number, isStartPending: boolean): Finding {
  return {
    code: 'lifecycle.memory-not-freed',
    severity: isStartPending ? 'critical' : 'warning',
    message: `All processes of the engine are gone, but GPU memory is still taken after ${graceMs / 1000} s.`,
    evidence: null,
    remedy: isStartPending
      ? 'See which process holds it on the GPUs screen, end it, and start again.'
      : 'See which process holds it on the GPUs screen before the next start.',
    settingsChange: null,
  };
}
