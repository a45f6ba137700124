import type {Finding} from '../../domain/diagnosis/finding.ts';
import {findKernelCause} from '../../domain/diagnosis/kernel/kernel-cause.ts';
import type {KnownCard} from '../../domain/diagnosis/kernel/known-cards.ts';
import type {HangEvidence} from '../../domain/lifecycle/lifecycle-findings.ts';
import {utcTimeText} from '../../shared/quantities/moments.ts';
import {withinWords} from '../../shared/within-words.ts';
import {readKernelLog} from '../../sources/host/kernel-log.ts';
import {type BusyProcess, busyText, isStopped, isTraced, readBusyProcesses} from '../process/busy-processes.ts';
import {readZombiesOf} from '../process/proc-stat.ts';

/** Maximum characters of the last log line in hang evidence. */
const MAX_LAST_LINE = 160;

/** The newest line of an engine's log, and when it was read; epoch ms. */
export type LastLine = {readonly text: string; readonly atMs: number};

/** What the processes of an engine do, and whether a step may take minutes: it compiles, or computes whole prompts. */
export type ProcessLook = HangEvidence & {readonly isLongStep: boolean};

/** Evidence for an engine without progress: its last log line, which of its processes use CPU, kernel messages. */
export async function hangEvidence(seen: {
  readonly pids: ReadonlySet<number>;
  readonly lastLine: LastLine | null;
  readonly environment: NodeJS.ProcessEnv;
  /** The GPUs by address. */
  readonly cards: readonly KnownCard[];
}): Promise<HangEvidence> {
  const {pids, lastLine, environment, cards} = seen;
  const [processes, kernel] = await Promise.all([
    lookAt(pids).catch(() => []),
    askKernel(pids, environment, cards).catch(() => null),
  ]);
  const lastOutput =
    lastLine === null
      ? 'no log output'
      : `last log line at ${utcTimeText(lastLine.atMs)}: ${withinWords(lastLine.text, MAX_LAST_LINE)}`;
  return {
    evidence: [lastOutput, busyText(processes), kernel?.message ?? null].filter((part) => part !== null).join('; '),
    stoppedPids: processes.filter(isStopped).map(({pid}) => pid),
    tracedPids: processes.filter(isTraced).map(({pid}) => pid),
  };
}

/** A worker that has exited is why the others wait, if its parent does not notice. */
async function lookAt(pids: ReadonlySet<number>): Promise<readonly BusyProcess[]> {
  return readBusyProcesses([...pids, ...(await readZombiesOf(pids))]);
}

/** Kernel messages about processes of an engine that has just exited, if this user can read them. */
export async function askKernel(
  pids: ReadonlySet<number>,
  environment: NodeJS.ProcessEnv,
  cards: readonly KnownCard[],
): Promise<Finding | null> {
  const log = await readKernelLog(environment);
  return log.kind === 'read' ? findKernelCause(log.messages, pids, cards) : null;
}
