import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {hasReached, phaseInSentence, type StartPhase} from '../../../domain/lifecycle/phases.ts';
import {withinWords} from '../../../shared/within-words.ts';
import {MAX_EVIDENCE_LENGTH} from '../failure-catalog.ts';
import type {NumberedLine} from '../log-interpreter.ts';

/** What is known of a start whose log ends before it is ready, and without an error. */
export type UnfinishedStart = {
  readonly displayName: string;
  /** The last phase that was entered; null before the first. */
  readonly phase: StartPhase | null;
  /** What the engine does between opening its API and being ready, as the end of a sentence; absent where nothing. */
  readonly lastStep?: string;
  readonly lastLines: readonly NumberedLine[];
  /** The line with which the engine says how long it has waited for one of its processes, since the last step of its start. */
  readonly silent: {readonly line: NumberedLine; readonly seconds: number} | null;
};

/** Ranks meet and set up their communication: the first step in which one waits for all others. */
const setup =
  /\bworld_size[=:] ?(\d{1,6})[ ,]{1,2}(?:rank|local_rank|backend)\b|Init torch distributed begin|\b(?:is )?using nccl==|\bNCCL (?:INFO|version )|init_process_group|ProcessGroupNCCL|\binit_distributed_environment\b|\b(?:Waiting for|waiting for) (?:all )?(?:ranks|nodes|workers|peers|\d+ (?:local, \d+ remote )?core engine)|rendezvous/;
/** An engine waits for GPUs that a cluster has to give it. */
const clusterWait = /Waiting for creating a placement group of specs for (\d{1,6}) seconds/;
/** After that, the ranks have met. */
const done =
  /Init torch distributed end(?:s|ed)?\b|is assigned as DP rank|Init COMPLETE|All (?:ranks|nodes|workers) (?:are )?(?:ready|connected)/;

const NCCL_REMEDY =
  'If it hangs there, get the reason: start again with NCCL_DEBUG=INFO (and NCCL_DEBUG_SUBSYS=INIT,NET) and compare the last NCCL line of every rank; the rank without one has not arrived. Between nodes, set NCCL_SOCKET_IFNAME and GLOO_SOCKET_IFNAME to the interface that reaches the others, and open the ports. Within a node, try NCCL_P2P_DISABLE=1 and look at /dev/shm. py-spy dump --pid PID | gantry diagnose shows what each process waits for.';

/** The finding for it: where it stands, and how to learn more. */
export function unfinishedStart(start: UnfinishedStart): Finding {
  const {phase, displayName, lastStep, lastLines, silent} = start;
  const isBeforeWeights = phase === null || !hasReached(phase, 'load-weights');
  const meeting = isBeforeWeights ? meetingLine(lastLines) : null;
  const waiting = isBeforeWeights ? (lastLines.findLast(({text}) => clusterWait.test(text)) ?? null) : null;
  if (waiting !== null)
    return finding({
      code: 'log.ends-while-starting',
      message: `The log ends while ${inSentence(displayName)} waits for GPUs of the Ray cluster, without an error: for ${clusterWait.exec(waiting.text)?.[1]} seconds so far.`,
      evidence: waiting,
      remedy:
        'Compare what it asks for with ray status: every node must have joined with all of its GPUs, and none may be held by another job. An address in the request must be one that Ray knows a node by.',
    });
  if (meeting !== null)
    return finding({
      code: 'log.ends-in-rank-setup',
      message: `The log ends while the processes of ${inSentence(displayName)} set up their communication (NCCL), without an error.`,
      evidence: meeting,
      remedy: NCCL_REMEDY,
    });
  if (silent !== null)
    return finding({
      code: 'log.ends-while-starting',
      message: `The log ends ${whereIn(phase)}, without an error; a worker did not answer for ${silent.seconds} seconds.`,
      evidence: silent.line,
      remedy:
        'It may work on something long, such as compiling or loading, or hang: py-spy dump --pid PID | gantry diagnose shows which. Look at the last line of each worker, and for an Xid in dmesg -T.',
    });
  if (phase === 'serve' && lastStep !== undefined)
    return finding({
      code: 'log.ends-while-starting',
      severity: 'info',
      message: `${displayName} has opened its API and is not ready yet: ${lastStep}.`,
      evidence: lastLines.at(-1) ?? null,
      remedy: 'Wait for that line. If it does not come, the first request hangs: look at what follows in this log.',
    });
  return finding({
    code: 'log.ends-while-starting',
    message: `The log ends ${whereIn(phase)}, without an error.`,
    evidence: null,
    remedy:
      'The engine is still starting, or it was killed. Exit status 137 and "Out of memory: Killed process" in dmesg -T mean too little host memory.',
  });
}

function whereIn(phase: StartPhase | null): string {
  return phase === null ? 'before the first phase' : `while ${phaseInSentence(phase)}`;
}

/** The last line of the set-up, unless there is one rank alone, or the ranks have met. */
function meetingLine(lines: readonly NumberedLine[]): NumberedLine | null {
  if (lines.some(({text}) => done.test(text))) return null;
  const found = lines.filter(({text}) => setup.test(text) && setup.exec(text)?.[1] !== '1');
  const isAlone = lines.some(({text}) => setup.exec(text)?.[1] === '1');
  return isAlone ? null : (found.at(-1) ?? null);
}

function inSentence(displayName: string): string {
  return displayName.replace(/^The\b/, 'the');
}

function finding({
  evidence,
  severity = 'warning',
  ...said
}: Pick<Finding, 'code' | 'message' | 'remedy'> & {
  readonly severity?: Finding['severity'];
  readonly evidence: NumberedLine | null;
}): Finding {
  const line = evidence === null ? null : `line ${evidence.number}: ${withinWords(evidence.text, MAX_EVIDENCE_LENGTH)}`;
  return {...said, severity, evidence: line, settingsChange: null};
}
